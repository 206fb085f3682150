"""Sends old articles no faster than the pipeline handles them, so that live ones do not wait for them.

Old articles travel on the same topics as live ones. A sender of old articles therefore has at most
`Settings.backfill_messages` of them in the pipeline at a time, and fewer while they take long (`BackfillWindow`). What
live articles wait there does not keep old ones out.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from connectors.kafka.backfill_window import BackfillWindow
from connectors.kafka.load import PipelineLoad
from streams.runtime import topology
from streams.runtime.settings import Settings

POLL_SECONDS = 0.2  # stages commit once a second
REPORT_AFTER_SECONDS = 30.0  # a batch takes seconds; a user who waits longer should learn why

T = TypeVar("T")


class Backpressure:
    """A context manager. Its methods raise `Unavailable` when Kafka does not answer."""

    def __init__(
        self,
        settings: Settings,
        report: Callable[[str], None],
        *,
        load: PipelineLoad | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``report`` gets one line in each wait that takes longer than `REPORT_AFTER_SECONDS`.

        ``load``: one that is shared; its owner closes it.
        """
        steps = topology.article_path(settings)
        late = len(steps) * settings.commit_seconds  # half of it is waiting for commits, which delays no article
        self.batch_size = max(1, settings.backfill_messages // 4)
        self._window = BackfillWindow(steps, settings.backfill_messages, late)
        self._report = report
        self._load = load if load is not None else PipelineLoad(settings, clock=clock)
        self._own_load = load is None
        self._clock = clock
        self._sleep = sleep
        self._measured = float("-inf")

    def wait(self, count: int = 1, *, seconds: float = float("inf")) -> bool:
        """Return once ``count`` more articles may be sent; they count as sent from then on. False after ``seconds``.

        The broker has confirmed those of the call before.
        """
        started = self._clock()
        reported = False
        while not self._admit(count):
            waited = self._clock() - started
            if waited > seconds:
                return False
            if not reported and waited > REPORT_AFTER_SECONDS:
                self._report(
                    f"{self._window.in_flight:,} old articles are in the pipeline, and more wait: live ones go first, "
                    f"and a worker has to run"
                )
                reported = True
            self._sleep(POLL_SECONDS)
        return True

    def each(self, items: Iterable[T], flush: Callable[[], None]) -> Iterator[T]:
        """Yield the items, with a `wait` before each. ``flush`` makes the broker confirm those before."""
        for item in items:
            flush()
            self.wait()
            yield item

    def _admit(self, count: int) -> bool:
        now = self._clock()
        if now - self._measured >= POLL_SECONDS:  # also while there is room: what has passed by now is known earlier
            self._window.update(self._load.measure(since=now))
            self._measured = now
        if not self._window.admits(count):
            return False
        self._window.add(count, self._clock())
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own_load:
            self._load.close()
