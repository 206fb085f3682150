"""The outcome of a poll -> the pause before the next one, in seconds."""

import re

INTERVAL_SECONDS = 300.0  # the usual lifetime of publishers' caches; a news desk needs minutes, a server not seconds
MAX_HONOURED_SECONDS = 900.0  # many feeds declare an hour and change every few minutes
MAX_BACK_OFF_SECONDS = 3_600.0  # a feed that recovers is noticed within the hour
MAX_DOUBLINGS = 16  # far beyond the longest back-off; keeps the number small
JITTER = 0.1  # share of the pause by which it varies, so that feeds are not polled in step
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})")


def after_success(interval_seconds: float, ttl_seconds: float | None, cache_control: str) -> float:
    """The interval; longer, up to `MAX_HONOURED_SECONDS`, if the feed's ttl or its max-age says so."""
    found = _MAX_AGE.search(cache_control.lower())
    declared = max(ttl_seconds or 0.0, float(found.group(1)) if found else 0.0)
    return max(interval_seconds, min(declared, MAX_HONOURED_SECONDS))


def after_failure(interval_seconds: float, failures: int, asked_seconds: float | None) -> float:
    """Doubled after each failure in a row, or as long as the server asked; at most `MAX_BACK_OFF_SECONDS`."""
    doubled = interval_seconds * 2.0 ** min(failures, MAX_DOUBLINGS)
    return max(interval_seconds, min(max(doubled, asked_seconds or 0.0), MAX_BACK_OFF_SECONDS))


def jittered(pause_seconds: float, chance: float) -> float:
    """The pause, longer or shorter by up to `JITTER` of it; ``chance`` is in [0, 1)."""
    return pause_seconds * (1.0 + JITTER * (2.0 * chance - 1.0))
