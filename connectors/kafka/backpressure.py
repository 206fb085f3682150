"""Sends old articles only while the pipeline has little to do, so that live ones go first.

Old articles travel on the same topics as live ones. A sender of old articles therefore waits while more than half of
`Settings.backfill_messages` messages wait anywhere in the pipeline, and then sends the other half. What waits at any
time are the last few, which are done in a moment, or live articles.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from connectors.kafka import admin
from streams.runtime import topology
from streams.runtime.settings import Settings

POLL_SECONDS = 0.2  # commits come once a second, and a measurement costs the broker some thirty requests
REPORT_AFTER_SECONDS = 30.0  # a batch takes seconds; a user who waits longer should learn why

T = TypeVar("T")


class Backpressure:
    """A context manager. Raises `Unavailable` when Kafka is not reachable."""

    def __init__(
        self, settings: Settings, report: Callable[[str], None], *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """``report`` gets one line in each wait that takes longer than `REPORT_AFTER_SECONDS`."""
        self.batch_size = max(1, settings.backfill_messages // 2)
        self._most_waiting = settings.backfill_messages // 2
        self._settings = settings
        self._groups = topology.consumer_groups(settings)
        self._report = report
        self._sleep = sleep
        self._open = ExitStack()
        self._client: Any = None

    def wait(self) -> None:
        """Return when the whole pipeline has room for `batch_size` messages."""
        started = time.monotonic()
        reported = False
        while (waiting := self._lag()) > self._most_waiting:
            if not reported and time.monotonic() - started > REPORT_AFTER_SECONDS:
                self._report(f"{waiting:,} messages wait in the pipeline: live ones go first, and a worker has to run")
                reported = True
            self._sleep(POLL_SECONDS)

    def each(self, items: Iterable[T]) -> Iterator[T]:
        """The items, with a `wait` before each `batch_size` of them."""
        for number, item in enumerate(items):
            if number % self.batch_size == 0:
                self.wait()
            yield item

    def _lag(self) -> int:
        return sum(admin.measure_lag(self._client, self._groups).values())

    def __enter__(self) -> Self:
        self._client = self._open.enter_context(admin.admin(self._settings))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)
