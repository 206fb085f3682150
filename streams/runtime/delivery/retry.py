"""Retries work with exponential backoff while a server is unavailable."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from streams.contract.errors import Unavailable
from streams.runtime import metrics
from streams.runtime.backoff import exponential_backoff

log = structlog.get_logger("storywatch.delivery")

T = TypeVar("T")


class Retrier:
    """The retries of one stage. ``limit_seconds``: give up after that; None: never."""

    def __init__(self, stage: str, limit_seconds: float | None) -> None:
        self._stage = stage
        self._limit_seconds = limit_seconds
        self.waiting_for: str | None = None  # why the stage stands still, for the health check

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """The result of ``await work()``. Raises `Unavailable` when the time limit is over."""
        started = time.monotonic()
        pause = exponential_backoff()
        while True:
            try:
                result = await work()
            except Unavailable as error:
                if self._limit_seconds is not None and time.monotonic() - started > self._limit_seconds:
                    raise
                if self.waiting_for is None:
                    log.warning("waiting", stage=self._stage, reason=str(error))
                self.waiting_for = str(error)
                metrics.RETRIES.labels(self._stage).inc()
                await asyncio.sleep(next(pause))
            else:
                if self.waiting_for is not None:
                    log.info("going on", stage=self._stage, waited_seconds=round(time.monotonic() - started, 1))
                    self.waiting_for = None
                return result
