"""What waits before the stages in; leave to send a few more old articles out: live ones go first.

Old articles travel on the same topics as live ones, so whoever sends them asks here first. A few are let in at a
time, and none while more than that wait anywhere in the pipeline: what then waits are either the last few, which are
done in a moment, or live articles.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from connectors.kafka import admin
from streams.runtime import topology
from streams.runtime.settings import Settings

LOOK_SECONDS = 0.2  # between two looks: commits come once a second, and a look costs the broker some thirty questions
SAY_AFTER_SECONDS = 30.0  # what was let in is done within seconds; whoever waits longer should hear why

T = TypeVar("T")
Told = Callable[[str], None]


class Admission:
    """A context manager; `wait` before each few. Raises `Unavailable` when Kafka is not there."""

    def __init__(self, settings: Settings, told: Told, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """``told`` hears, once each time, why it takes long."""
        self.most = settings.backfill_messages
        self._settings = settings
        self._read = topology.consumer_groups(settings)
        self._told = told
        self._sleep = sleep
        self._open = ExitStack()
        self._client: Any = None

    def wait(self) -> None:
        """Until no more than `most` messages wait in the whole pipeline."""
        started = time.monotonic()
        said = False
        while (waiting := self._waiting()) > self.most:
            if not said and time.monotonic() - started > SAY_AFTER_SECONDS:
                self._told(f"{waiting:,} messages wait in the pipeline: live ones go first, and a worker has to run")
                said = True
            self._sleep(LOOK_SECONDS)

    def each(self, items: Iterable[T]) -> Iterator[T]:
        """The items, let in a few at a time."""
        for number, item in enumerate(items):
            if number % self.most == 0:
                self.wait()
            yield item

    def _waiting(self) -> int:
        return sum(admin.waiting(self._client, self._read).values())

    def __enter__(self) -> Self:
        self._client = self._open.enter_context(admin.admin(self._settings))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)
