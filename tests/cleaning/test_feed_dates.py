"""Dates as feeds write them: the right time, only the day where the zone is unknown, and never a wrong time."""

from datetime import UTC, datetime

import pytest

from streams.cleaning.when.feed_dates import parse

DAY = datetime(2024, 9, 5, tzinfo=UTC)


def moment(text: str, language: str = "en") -> str | None:
    reading = parse(text, language, datetime(2024, 9, 6, tzinfo=UTC))
    return (
        None
        if reading is None
        else reading.moment.value.strftime("%d %H:%M" if reading.moment.precision == "second" else "%d")
    )


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Thu, 05 Sep 2024 10:15:00 +0200", "05 08:15"),
        ("Thu, 05 Sep 2024 10:15:00 GMT+7", "05 03:15"),
        ("Thu, 05 Sep 2024 10:15:00 GMT+0530", "05 04:45"),
        ("2024-09-05T10:15:00 UTC+2", "05 08:15"),
        ("2024-09-05T10:15:00+02", "05 08:15"),
        ("Thu, 05 Sep 2024 10:15:00 -3", "05 13:15"),
        ("2024-09-05T10:15:00Z+02:00", "05 08:15"),
        ("2024-09-05 10:15:00 +0000 UTC", "05 10:15"),
        ("Thu, 05 Sep 2024 10:15 +0530 (IST)", "05 04:45"),
        ("Thu, 05 Sep 2024 10:15 (CEST)", "05 08:15"),
        ("Thu, 05 Sep 2024 10:15 JST", "05 01:15"),
        ("Thu, 05 Sep 2024 10:15 SAST", "05 08:15"),
        ("Thu, 05 Sep 2024 10:15 AEST", "05 00:15"),
        ("Thu, 05 Sep 2024 10:15 BRT", "05 13:15"),
        ("Thu, 05 Sep 2024 10:15 EDT", "05 14:15"),
        ("Thu Sep 05 10:15:00 EST 2024", "05 15:15"),
        ("2024-09-05T10:15:00 Europe/Berlin", "05 08:15"),
        ("September 5, 2024 10:15 PM UTC", "05 22:15"),
        ("Thu, 05 Sep 2024 12:00 AM GMT", "05 00:00"),
        ("Thu, 05 Sep 2024 8 AM GMT", "05 08:00"),
        ("Mon, 05 Sep 24 10:15:00 GMT", "05 10:15"),
        ("2024-W36-4T10:15:00Z", "05 10:15"),
        ("20240905T101500Z", "05 10:15"),
        ("2024-9-5 8:05 GMT", "05 08:05"),
        ("2024-09-05T24:00:00Z", "06 00:00"),
        ("۲۰۲۴-۰۹-۰۵T۱۰:۱۵:۰۰Z", "05 10:15"),
        ("05/09/2024 10:15:00 +0200", "05 08:15"),
    ],
)
def test_a_moment_with_a_zone_is_read(text: str, utc: str) -> None:
    assert moment(text) == utc


@pytest.mark.parametrize(
    "text",
    ["2024-09-05 10:15:00", "Thu Sep  5 10:15:00 2024", "2024-W36-4", "2024-249", "5 Sep 2024", "２０２４年９月５日"],
)
def test_without_a_zone_it_is_a_day(text: str) -> None:
    assert moment(text) == "05"


@pytest.mark.parametrize("zone", ["IST", "BST", "+9900", "+99999999999", "XYZ", "A"])
def test_a_zone_that_could_be_several_is_a_day_and_not_sure(zone: str) -> None:
    reading = parse(f"Thu, 05 Sep 2024 10:15:00 {zone}")
    assert reading is not None
    assert (reading.moment.value, reading.moment.precision, reading.unambiguous) == (DAY, "day", False)


def test_the_language_tells_which_of_several_zones_is_meant() -> None:
    assert moment("2024-09-05 10:15 CST", "zh") == "05 02:15"
    assert moment("2024-09-05 10:15 CST", "en") == "05 16:15"
    assert moment("2024-09-05 10:15 IST", "hi") == "05 04:45"


def test_names_of_months_and_days_of_other_languages_are_read() -> None:
    assert moment("jeu., 05 septembre 2024 10:15:00 +0200", "fr") == "05 08:15"
    assert moment("5 de setembro de 2024", "pt") == "05"


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "1403-06-15T10:15:00Z", "2567-09-05", "1446-03-01", "2024-02-31", "9" * 500, "2024-W99-1", "0"],
)
def test_what_is_no_day_of_our_calendar_is_none(text: str) -> None:
    assert moment(text) is None
