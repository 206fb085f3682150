"""Time zones and relative times as people write them."""

from datetime import date, datetime, timedelta

import pytest

from streams.cleaning.when.dates import from_lines
from streams.cleaning.when.parse import parse_age, readings
from streams.cleaning.when.zones import parse_zone
from tests.cleaning.arrivals import FETCHED


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("3 hours ago", timedelta(hours=3)),
        ("Published 45 mins ago", timedelta(minutes=45)),
        ("vor 2 Tagen", timedelta(days=2)),
        ("il y a 5 heures", timedelta(hours=5)),
        ("hace 20 minutos", timedelta(minutes=20)),
        ("3 часа назад", timedelta(hours=3)),
        ("5時間前", timedelta(hours=5)),
        ("2 giorni fa", timedelta(days=2)),
    ],
)
def test_how_long_ago(text: str, span: timedelta) -> None:
    assert parse_age(text) == span


@pytest.mark.parametrize("text", ["300 years ago", "ten days ago", "he said hours ago"])
def test_no_span_of_a_page(text: str) -> None:
    assert parse_age(text) is None


@pytest.mark.parametrize(
    ("name", "offset", "hours"), [("CET", None, 1), ("MESZ", None, 2), (None, "+05:30", 5.5), ("GMT", "+2", 2)]
)
def test_zones_that_mean_one(name: str | None, offset: str | None, hours: float) -> None:
    found = parse_zone(name, offset)
    assert found is not None
    assert found.utcoffset(None) == timedelta(hours=hours)


@pytest.mark.parametrize("name", ["IST", "EST", "CST", "BST", "pm", None])
def test_zones_that_mean_several_are_none(name: str | None) -> None:
    assert parse_zone(name, None) is None


def test_a_time_with_a_zone_is_exact_and_one_without_is_a_day() -> None:
    exact, day = readings("12 January 2026, 00:30 CET")[0], readings("12 January 2026, 00:30")[0]
    assert (exact.precision, exact.day) == ("second", date(2026, 1, 11))
    assert (day.precision, day.day) == ("day", date(2026, 1, 12))


def test_a_span_by_the_title_dates_a_text_by_its_fetch() -> None:
    found = from_lines([], ["3 hours ago"], [], FETCHED, "en").published
    assert found is not None
    assert found.value == datetime(2026, 1, 12, tzinfo=FETCHED.tzinfo)
    assert found.confidence < 0.7
    assert from_lines([], ["3 hours ago", "2 days ago"], [], FETCHED, "en").published is None
