"""Compares this machine's clock with the broker's, by the times around one record; a metric, and a warning."""

import asyncio
import time
from typing import Any

import structlog

from streams.runtime import metrics

log = structlog.get_logger("storywatch.clocks")

WARN_SECONDS = 5.0  # NTP keeps clocks within milliseconds; receivers of webhooks accept minutes


def ahead(began: float, stamped: float, ended: float) -> float:
    """Seconds that this clock is certainly ahead (negative: behind), if the broker stamped a record between the two."""
    if began > stamped:
        return began - stamped
    return min(0.0, ended - stamped)


def compare(sent: "asyncio.Future[Any]") -> None:
    """Compare clocks once the broker has confirmed the record that is being ``sent`` now."""
    began = time.time()

    def confirmed(done: "asyncio.Future[Any]") -> None:
        if done.cancelled() or done.exception() is not None:  # handled where the record is awaited
            return
        seconds = ahead(began, done.result().timestamp / 1000, time.time())
        metrics.CLOCK.set(seconds)
        if abs(seconds) >= WARN_SECONDS:
            log.warning(
                "this machine's clock and the broker's differ: keep both by NTP (docs/troubles.md)",
                seconds_ahead=round(seconds, 1),
            )

    sent.add_done_callback(confirmed)
