"""The retry schedule of webhooks: number of attempts -> pause before the next one."""

from datetime import timedelta

from streams.contract.messages import digest

# Growing as Standard Webhooks 1.0.0 advises, and longest at the end: a restarting receiver is away for seconds, a
# deployment takes minutes, a fault may last a night, and a receiver that breaks on Friday evening has until Monday
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
JITTER = 0.1  # of a step either way, so that alerts that failed together are not all retried in one second
MOST_ASKED = timedelta(hours=1)  # of Retry-After: a receiver may slow alerts down, but not defer them for days


def next_attempt(attempts: int, retry_after_seconds: float | None, key: str) -> timedelta | None:
    """Return the pause after ``attempts`` attempts (1: after the first), or None when there is no further attempt.

    ``retry_after_seconds``: the receiver's request; the pause is never shorter than that, up to an hour. ``key`` (the
    alert's id) seeds the jitter: the same arguments always give the same pause, so that a replayed log plans the same
    attempts. Raises `ValueError` for fewer than one attempt.
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


def longest_pause(attempts: int) -> timedelta:
    """Return the longest pause that `next_attempt` gives after ``attempts`` attempts, whatever was asked for."""
    step = STEPS[min(max(attempts, 1), len(STEPS)) - 1]
    return max(step, MOST_ASKED) * (1 + JITTER)
