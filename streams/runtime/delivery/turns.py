"""In which order the effects of messages begin that are in work beside each other: that of the log.

Two revisions of one article, which have the same key, always keep their order. Beyond that it is kept so that the log
of the next topic says what arrived first, as far as that costs nobody time: a message that was set aside, since it
takes long, is waited for by those of its own key alone.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Turn:
    """That of one message. ``passed``: others need not wait for it; ``over``: its effects have begun, or never will."""

    key: Any
    passed: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Turns:
    """Those of the messages that one stage has in work."""

    def __init__(self) -> None:
        self._turns: dict[Turn, None] = {}  # in the order of the log

    @property
    def aside(self) -> int:
        """How many are in work that were set aside."""
        return sum(turn.passed.is_set() for turn in self._turns)

    def enter(self, key: Any) -> Turn:
        """The turn of the next message of the log; messages of one ``key`` never overtake each other."""
        turn = Turn(key)
        self._turns[turn] = None
        return turn

    async def come(self, turn: Turn) -> None:
        """Wait until the effects of a message may begin."""
        for before in list(self._turns):
            if before is turn:
                return
            await before.passed.wait()
            if before.key == turn.key and not before.over.is_set():
                self.set_aside(turn)  # who waits for this one would wait for that one too
                await before.over.wait()

    def set_aside(self, turn: Turn) -> None:
        """A message takes long: those behind it go on."""
        turn.passed.set()

    def leave(self, turn: Turn) -> None:
        """The effects of a message have begun, or it was given up."""
        self._turns.pop(turn, None)
        turn.passed.set()
        turn.over.set()
