"""The outcome of a poll -> the pause before the next one, in seconds."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

# bounds of an interval that adapts
FASTEST_SECONDS = 60.0
SLOWEST_SECONDS = 1_800.0
ACTIVE_SECONDS = 600.0  # the slowest in hours that usually bring something
SPEED_UP, SLOW_DOWN = 1.5, 1.2  # together they settle where every third poll brings something
USUALLY_ACTIVE = 0.5  # chance of an hour
INTERVAL_SECONDS = 300.0  # the usual lifetime of publishers' caches; a news desk needs minutes, a server not seconds
MAX_HONOURED_SECONDS = 900.0  # many feeds declare an hour and change every few minutes
MAX_BACK_OFF_SECONDS = 3_600.0  # a feed that recovers is noticed within the hour
MAX_DOUBLINGS = 16  # far beyond the longest back-off; keeps the number small
JITTER = 0.1  # share of the pause by which it varies, so that feeds are not polled in step
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})")


def max_age_seconds(cache_control: str) -> float:
    """The max-age of a ``Cache-Control`` header; 0 without one."""
    found = _MAX_AGE.search(cache_control.lower())
    return float(found.group(1)) if found else 0.0


def after_success(interval_seconds: float, declared_seconds: float) -> float:
    """The interval; longer, up to `MAX_HONOURED_SECONDS`, if the source's ttl or its max-age says so."""
    return max(interval_seconds, min(declared_seconds, MAX_HONOURED_SECONDS))


def adapted(pace_seconds: float | None, *, news: bool) -> float:
    """The interval after a poll: shorter if it brought something, else longer."""
    pace = pace_seconds or INTERVAL_SECONDS
    return max(FASTEST_SECONDS, min(pace / SPEED_UP if news else pace * SLOW_DOWN, SLOWEST_SECONDS))


def after_skips(due: datetime, hours: Collection[int], days: Collection[int]) -> datetime:
    """The first moment from ``due`` on that is in none of these hours and weekdays (UTC); ``due`` if they are all."""
    moment = due
    for _ in range(24 * 7):
        if moment.hour not in hours and moment.weekday() not in days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due


def after_failure(interval_seconds: float, failures: int, asked_seconds: float | None) -> float:
    """Doubled after each failure in a row, or as long as the server asked; at most `MAX_BACK_OFF_SECONDS`."""
    doubled = interval_seconds * 2.0 ** min(failures, MAX_DOUBLINGS)
    return max(interval_seconds, min(max(doubled, asked_seconds or 0.0), MAX_BACK_OFF_SECONDS))


def jittered(pause_seconds: float, chance: float) -> float:
    """The pause, longer or shorter by up to `JITTER` of it; ``chance`` is in [0, 1)."""
    return pause_seconds * (1.0 + JITTER * (2.0 * chance - 1.0))
