"""Work that needs a server in, its result out: tried again with growing pauses while the server is away."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from streams.contract.errors import Unavailable
from streams.contract.stage import Stage
from streams.runtime import metrics
from streams.runtime.backoff import exponential_backoff
from streams.runtime.settings import Settings

log = structlog.get_logger("storywatch.patience")

T = TypeVar("T")


class Patience:
    """That of one stage. ``waiting_for``: why it stands still on purpose, for the health check."""

    def __init__(self, stage: Stage, settings: Settings) -> None:
        self._stage = stage
        self._settings = settings
        self.waiting_for: str | None = None

    async def through(self, work: Callable[[], Awaitable[T]]) -> T:
        """The result of ``await work()``. Raises `Unavailable` when a stage that does not wait has tried for long."""
        started = time.monotonic()
        pause = exponential_backoff()
        while True:
            try:
                result = await work()
            except Unavailable as error:
                away = time.monotonic() - started
                if not self._stage.waits and away > self._settings.transient_seconds:
                    raise
                if self.waiting_for is None:
                    log.warning("waiting", stage=self._stage.name, reason=str(error))
                self.waiting_for = str(error)
                metrics.RETRIES.labels(self._stage.name).inc()
                await asyncio.sleep(next(pause))
            else:
                if self.waiting_for is not None:
                    log.info("going on", stage=self._stage.name, waited_seconds=round(time.monotonic() - started, 1))
                    self.waiting_for = None
                return result
