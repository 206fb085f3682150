"""How many attempts a delivery has had -> how long to wait before the next one, or None when it is given up."""

from datetime import timedelta

from streams.contract.messages import digest

# Growing as Standard Webhooks 1.0.0 advises, and longest at the end: a receiver that restarts misses seconds, one that
# is being deployed minutes, one whose keeper sleeps a night, and one that breaks on Friday evening has until Monday
# evening. Eleven attempts over 70 hours in all.
STEPS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
JITTER = 0.1  # of a step either way: alerts that failed together do not all come back in one second
MOST_ASKED = timedelta(hours=1)  # of Retry-After: a receiver may slow us down, but not put news off for days


def next_attempt(attempts: int, retry_after_seconds: float | None, key: str) -> timedelta | None:
    """The pause after ``attempts`` attempts (1: after the first), or None when there is no further one.

    ``retry_after_seconds`` is what the receiver asked for: the pause is never shorter than that, up to an hour.
    ``key`` (the alert's id) spreads the pauses: the same arguments always give the same pause, so that a log that is
    replayed plans the same attempts. Raises `ValueError` for fewer than one attempt: the first needs no pause.
    """
    if attempts < 1:
        raise ValueError(f"{attempts} attempts: the first one needs no pause")
    if attempts > len(STEPS):
        return None
    share = int(digest(key, str(attempts))[:8], 16) / 0xFFFFFFFF  # 0 to 1
    planned = STEPS[attempts - 1] * (1 - JITTER + 2 * JITTER * share)
    if retry_after_seconds is None:
        return planned
    asked = timedelta(seconds=min(retry_after_seconds, MOST_ASKED.total_seconds()))
    return max(planned, asked * (1 + JITTER * share))
