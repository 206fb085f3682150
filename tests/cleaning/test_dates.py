"""Dates as pages write them: the right day, or none."""

from datetime import UTC, date, datetime

import pytest

from streams.cleaning.when.dates import from_lines
from streams.cleaning.when.parse import choose, parse_machine_date, readings
from tests.cleaning.arrivals import FETCHED


def day(text: str, language: str = "en", fetched: datetime = FETCHED) -> date | None:
    moment = choose(readings(text, language), fetched)
    return moment.day if moment else None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("12 January 2026", "en"),
        ("January 12th, 2026", "en"),
        ("Jan. 12, 2026", "en"),
        ("2026-01-12", "en"),
        ("2026/1/12", "en"),
        ("12.01.2026", "de"),
        ("12. Januar 2026", "de"),
        ("12 de enero de 2026", "es"),
        ("12 janvier 2026", "fr"),
        ("12 января 2026 г.", "ru"),
        ("2026年1月12日", "ja"),
        ("12/01/2026", "fr"),
        ("12-JAN-2026", "en"),
    ],
)
def test_a_day_is_read_in_many_languages(text: str, language: str) -> None:
    assert day(text, language) == date(2026, 1, 12)


def test_day_and_month_that_could_be_either_are_no_date() -> None:
    assert day("03/04/2025") is None
    assert day("13/04/2025") == date(2025, 4, 13)


def test_the_reading_near_the_fetch_wins_over_a_far_one() -> None:
    assert day("03/04/2025", fetched=datetime(2025, 4, 4, tzinfo=UTC)) == date(2025, 4, 3)


def test_a_numeric_zone_gives_the_time_and_letters_only_the_day() -> None:
    (letters,) = readings("12 January 2026 09:09 IST")
    assert letters.precision == "day"
    (numbers,) = readings("12 January 2026 09:09 +05:30")
    assert (numbers.precision, numbers.value) == ("second", datetime(2026, 1, 12, 3, 39, tzinfo=UTC))


@pytest.mark.parametrize(
    "text", ["1970-01-01", "1970-01-01T00:00:00Z", "0", "2026-02-31", "2026-01-15T00:00:00Z", "soon", ""]
)
def test_impossible_and_absurd_dates_are_none(text: str) -> None:
    assert parse_machine_date(text, FETCHED) is None


@pytest.mark.parametrize(
    "text", ["2026-01-12T10:00:00Z", "Mon, 12 Jan 2026 10:00:00 GMT", "1768212000", "1768212000000", "20260112T100000Z"]
)
def test_dates_of_programs_are_read(text: str) -> None:
    moment = parse_machine_date(text, FETCHED)
    assert moment is not None
    assert moment.value == datetime(2026, 1, 12, 10, tzinfo=UTC)


def lines(
    above: list[str] | None = None, beside: list[str] | None = None, below: list[str] | None = None
) -> date | None:
    published = from_lines(above or [], beside or [], below or [], FETCHED, "en").published
    return published.value.date() if published else None


def test_a_clock_at_the_top_is_not_the_articles_date() -> None:
    assert lines(above=["Tuesday, 02 January 2024 12:17 GMT"]) is None
    assert lines(above=["Tuesday, 13 January 2026 00:01 GMT"]) is None


def test_a_code_in_the_page_beats_the_header() -> None:
    assert lines(above=["date 2024-01-02"], below=["QUILLNEWS12012026000045017169ID1110584920"]) == date(2026, 1, 12)


def test_numbers_that_only_look_like_a_code_are_no_date() -> None:
    assert lines(below=["REF99992026000123"]) is None
    assert lines(below=["Phone: 12012026000"]) is None


def test_a_dateline_counts_near_the_title_only() -> None:
    assert lines(beside=["12 January 2026 | Jo Hale"]) == date(2026, 1, 12)
    assert lines(below=["11 January 2026"]) is None


def test_signs_that_disagree_give_no_date() -> None:
    assert lines(beside=["Published: 2 January 2026", "Published: 9 January 2026"]) is None


def test_an_updated_line_near_the_title_is_an_uncertain_date() -> None:
    times = from_lines([], ["Updated: 12 January 2026"], [], FETCHED, "en")
    assert times.published is not None
    assert times.published.value.date() == date(2026, 1, 12)
    assert times.published.confidence <= 0.5
    assert times.modified is not None
    assert times.modified.value.date() == date(2026, 1, 12)


def test_an_updated_line_far_from_the_title_is_no_publication() -> None:
    assert from_lines([], [], ["Updated: 12 January 2026"], FETCHED, "en").published is None


def test_an_agreeing_date_tells_day_from_month() -> None:
    assert lines(above=["date 2025-03-04"], beside=["Created: 04-03-2025 09:09 IST"]) == date(2025, 3, 4)
