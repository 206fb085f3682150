"""How a story moves, by when its articles came."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.views.growth import of_bucket, since, state
from connectors.views.stories import Growth

NOW = datetime(2031, 3, 4, 15, 30, tzinfo=UTC)


def growth(hours_ago: list[float]) -> Growth:
    """As the server counts articles of so many hours ago."""
    moments = [moment for hours in hours_ago if (moment := NOW - timedelta(hours=hours)) >= since(NOW)]
    hours_ = [moment.replace(minute=0).timestamp() * 1000 for moment in moments]
    bucket = {"recent": {"hours": {"buckets": [{"key": hour, "doc_count": 1} for hour in hours_]}}}
    return of_bucket(bucket, NOW).growth


def moves(hours_ago: list[float], sources: int = 1, *, first: float | None = None) -> str:
    grown = growth(hours_ago)
    first_seen = NOW - timedelta(hours=max(hours_ago) if first is None else first)
    return state(first_seen, NOW - timedelta(hours=min(hours_ago)), sources, grown, NOW)


@pytest.mark.parametrize(
    ("hours_ago", "sources", "told"),
    [
        ([5, 3, 1], 3, "breaking"),
        ([5, 2, 1], 2, "growing"),
        ([7, 2, 1], 3, "growing"),
        ([1], 1, "steady"),
        ([20, 16, 12, 8, 4, 2], 4, "steady"),
        ([20, 16, 12, 8, 4, 2, 1, 1], 4, "growing"),
        ([30], 5, "steady"),
        ([71], 5, "steady"),
        ([73], 5, "closed"),
    ],
)
def test_states_follow_from_times_and_sources(hours_ago: list[float], sources: int, told: str) -> None:
    assert moves(hours_ago, sources) == told


def test_an_archive_that_arrives_now_is_not_breaking() -> None:
    assert moves([0.1] * 40, 20, first=300) == "growing"


def test_a_rate_is_of_the_last_three_hours() -> None:
    found = growth([0.2, 1, 2, 6])
    assert (found.per_hour, found.articles) == (1.2, 4)  # 3 articles since 13:00


def test_a_story_without_articles_is_closed() -> None:
    assert state(None, None, 0, growth([]), NOW) == "closed"
