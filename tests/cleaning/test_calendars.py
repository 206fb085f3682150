"""Dates of other calendars and digits: the right day or none, with less confidence after a conversion."""

from datetime import UTC, date, datetime

import pytest

from streams.cleaning.when.parse import parse_machine_date, readings

FETCHED = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("28 พฤศจิกายน 2569", "th"),
        ("28 พ.ย. 2569", "th"),
        ("28/11/2569", "th"),
        ("7 آذر 1405", "fa"),
        ("۷ آذر ۱۴۰۵", "fa"),
        ("۱۴۰۵/۰۹/۰۷", "fa"),
        ("28 تشرين الثاني 2026", "ar"),
        ("٢٨ نوفمبر ٢٠٢٦", "ar"),
        ("18 جمادى الآخرة 1448 هـ - 28 نوفمبر 2026", "ar"),
        ("令和8年11月28日", "ja"),
        ("２０２６年１１月２８日", "ja"),
        ("民國115年11月28日", "zh"),
        ("ኅዳር 19 ቀን 2019", "am"),
        ("28 tháng 11, 2026", "vi"),
    ],
)
def test_a_day_of_another_calendar_is_ours(text: str, language: str) -> None:
    moment = parse_machine_date(text, FETCHED, language)
    assert moment is not None
    assert moment.day == date(2026, 11, 28)


@pytest.mark.parametrize(
    ("year", "first"), [(1378, date(1999, 3, 21)), (1399, date(2020, 3, 20)), (1405, date(2026, 3, 21))]
)
def test_persian_new_year(year: int, first: date) -> None:
    assert first in {moment.day for moment in readings(f"1 فروردین {year}", "fa")}


def test_a_converted_day_is_less_sure_than_a_written_one() -> None:
    converted, written = readings("18 جمادى الآخرة 1448", "ar")[0], readings("28 نوفمبر 2026", "ar")[0]
    assert converted.confidence < written.confidence == 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("25.10.1415", "de"),  # a battle
        ("19/03/2019", "am"),  # a day of November 2026 there, and of March 2019 for others
        ("1405-13-40", "fa"),
        ("2083-08-13", "ne"),
        ("Mon, 01 Jan 0001 00:00:00 +0000", "en"),
        ("ክረምት 2019", "am"),
    ],
)
def test_what_could_be_another_day_is_none(text: str, language: str) -> None:
    assert parse_machine_date(text, FETCHED, language) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Thu Nov 26 09:00:00 EST 2026", 26),
        ("Fri Nov 27 00:30:09 CET 2026", 27),
        ("Thu Nov 26 09:00:00 2026", 26),
        ("jeu. nov. 26 09:00:00 CET 2026", 26),
        ("Do Nov 26 09:00:00 MEZ 2026", 26),
        ("木 11月 26 09:00:00 JST 2026", 26),
        ("Thu Nov 26 2026 09:00:00 GMT+0100 (Central European Standard Time)", 26),
        ("Thursday, 26-Nov-26 09:00:00 GMT", 26),
        ("2026-11-26T09:00:00+01:00[Europe/Berlin]", 26),
        ("/Date(1795683600000)/", 26),
        ("Thu, 26 Nov 2026 09:00:00 +99999999999999999999", 26),
    ],
)
def test_dates_as_programs_print_them(text: str, day: int) -> None:
    moment = parse_machine_date(text, FETCHED)
    assert moment is not None
    assert moment.day == date(2026, 11, day)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("Thu, 26 Nov 2026 10:15:00 GMT+7", 3),
        ("2026-11-26 10:15:00 GMT+7", 3),
        ("2026-11-26T10:15:00 UTC+2", 8),
        ("2026-11-26T10:15:00+02", 8),
        ("Thu, 26 Nov 2026 10:15:00 -3", 13),
        ("Thu Nov 26 10:15:00 GMT+02:00 2026", 8),
    ],
)
def test_a_zone_as_a_number_gives_the_time(text: str, hour: int) -> None:
    moment = parse_machine_date(text, FETCHED)
    assert moment is not None
    assert moment.value == datetime(2026, 11, 26, hour, 15, tzinfo=UTC)


def test_american_clocks_say_that_the_month_comes_first() -> None:
    assert parse_machine_date("10/04/2026 05:07 AM EDT", FETCHED) is not None
    assert [moment.day for moment in readings("10/04/2026 05:07 AM EDT")] == [date(2026, 10, 4)]
    assert parse_machine_date("10/04/2026", FETCHED) is None
    agreed = parse_machine_date("10/04/2026", FETCHED, agreeing={date(2026, 10, 4)})
    assert agreed is not None
    assert agreed.day == date(2026, 10, 4)


def test_a_year_and_a_month_are_no_day() -> None:
    assert parse_machine_date("2026/11", FETCHED) is None
    assert parse_machine_date("2026-11", FETCHED) is None
