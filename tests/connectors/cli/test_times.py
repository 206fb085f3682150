"""Times as people write them."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.cli.common import times
from streams.contract.errors import UsageError

NOW = datetime(2026, 3, 4, 12, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("5 min", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("3D", timedelta(days=3)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_a_duration_counts_back_from_now(text: str, ago: timedelta) -> None:
    assert times.parse_bound(text, "--since", NOW) == NOW - ago


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T10:30", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
        ("2026-03-01T10:30:00Z", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
        ("2026-03-01T10:30:00+02:00", datetime(2026, 3, 1, 8, 30, tzinfo=UTC)),
    ],
)
def test_iso_times_without_a_zone_are_utc(text: str, meant: datetime) -> None:
    assert times.parse_bound(text, "--since", NOW) == meant
    assert times.parse_fetched_at(text, NOW) == meant


@pytest.mark.parametrize("text", ["", "h", "-2h", "2 fortnights", "03/04/2026", "999999w", "0001-01-01T00:00+14:00"])
def test_an_invalid_time_names_the_option(text: str) -> None:
    with pytest.raises(UsageError, match="--since"):
        times.parse_bound(text, "--since", NOW)


@pytest.mark.parametrize("text", ["2h", "2026-03-05", "1989-12-31"])
def test_articles_are_fetched_at_a_past_time_of_the_web(text: str) -> None:
    with pytest.raises(UsageError, match="--fetched-at"):
        times.parse_fetched_at(text, NOW)


def test_times_are_shown_in_utc_to_the_second() -> None:
    assert times.iso_time(NOW) == "2026-03-04T12:00:00Z"
    assert times.iso_time(datetime.fromisoformat("2026-03-04T14:00:00+02:00")) == "2026-03-04T12:00:00Z"
    assert times.iso_time(None) == ""


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s ago"),
        (59, "59 s ago"),
        (300, "5 min ago"),
        (3 * 3600, "3 h ago"),
        (47 * 3600, "47 h ago"),
        (3 * 86_400, "3 days ago"),
        (-600, "in 10 min"),
        (40 * 86_400, "2026-01-19"),
    ],
)
def test_times_for_people_are_relative_to_now(seconds: int, told: str) -> None:
    now = datetime(2026, 2, 28, 12, tzinfo=UTC)
    assert times.ago(now - timedelta(seconds=seconds), now) == told
    assert times.ago(None, now) == ""
