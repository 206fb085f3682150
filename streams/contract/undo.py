"""An undo log: records what one message changes in a state, so that all of it can be rolled back.

A message may be rejected after it has changed something: its result is too large to send, or a function raises an
unexpected exception. To build the state of its partition again would take seconds for a hundred thousand rows. So each
change notes a step that reverses it, and the steps run from the last to the first: the undo log of databases (Gray and
Reuter, "Transaction Processing", 1993, chapter 10).
"""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Undo:
    """The undo log of one state. Outside of an attempt nothing is noted."""

    def __init__(self) -> None:
        self._steps: list[tuple[Callable[..., Any], tuple[Any, ...]]] | None = None
        self.failed = False  # a step failed: the state is not what it was

    @property
    def noting(self) -> bool:
        return self._steps is not None

    def note(self, step: Callable[..., Any], *arguments: Any) -> None:
        """Note that ``step(*arguments)`` undoes the next change; it has to be safe if that change does not happen."""
        if self._steps is not None:
            self._steps.append((step, arguments))

    def item(self, mapping: MutableMapping[K, V], key: K, copied: Callable[[V], V] = lambda value: value) -> None:
        """Note the value of ``key`` before it changes. ``copied`` copies a value that is changed in place."""
        if self._steps is None:
            return
        if key in mapping:
            self.note(mapping.__setitem__, key, copied(mapping[key]))
        else:
            self.note(mapping.pop, key, None)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Notes the changes within the block; an error rolls them back."""
        steps = self._steps = []
        try:
            yield
        except BaseException:
            self._steps = None
            try:
                for step, arguments in reversed(steps):
                    step(*arguments)
            except Exception:  # the cause of the error may break the roll-back as well
                self.failed = True
            raise
        finally:
            self._steps = None
