"""The pace of fetches: some at once, then so many a second, however often it is asked."""

import pytest

from streams.runtime.faust.fetch_pacing import AT_ONCE, EVERY_SECONDS, TokenBucket


def fetches(pace: TokenBucket, begin: float, seconds: float) -> list[float]:
    """The times at which fetches go out when there is always something to fetch."""
    now, out = begin, []
    while now < begin + seconds:
        if (left := pace.left(now)) > 0:
            now += left
            continue
        pace.count(now)
        out.append(now)
        now += 0.001
    return out


def test_a_burst_goes_out_at_once_then_one_per_interval() -> None:
    pace = TokenBucket()
    first = fetches(pace, 1000.0, AT_ONCE * 0.001)
    assert len(first) == AT_ONCE
    later = fetches(pace, first[-1] + 0.001, 10.0)
    assert len(later) == pytest.approx(10.0 / EVERY_SECONDS, abs=1)
    assert fetches(pace, 2000.0, AT_ONCE * 0.001) == pytest.approx([2000 + number / 1000 for number in range(AT_ONCE)])


def test_a_fetch_now_and_then_never_waits() -> None:
    pace = TokenBucket()
    for number in range(100):
        now = 1000.0 + number * EVERY_SECONDS
        assert pace.left(now) <= 0
        pace.count(now)
