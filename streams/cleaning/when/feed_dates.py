"""A date text of a feed or sender -> a point in time, and whether its zone is beyond doubt.

Lenient beyond RFC 822 and ISO 8601: ``GMT+7``, ``UTC+2``, ``+02``, ``-3``, names of zones, zones in parentheses and
before the year, digits of other scripts, ISO week dates, 12-hour clocks, two-digit years, wrong weekdays. Years of
other calendars are rejected. A time without a zone, or with an ambiguous one, gives only the day. The module `parse`
reads the dates of pages, with stricter rules, since any text may stand there.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from streams.cleaning.when.parse import Moment, choose, month_names, readings
from streams.cleaning.when.zones import feed_zone

MAX_CHARACTERS = 120  # longer than any date, and short enough for all patterns here
_EARLIEST, _LATEST = 1990, 2100  # Gregorian years of the web

_SPACE = re.compile(r"[\s\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_CLOCK = re.compile(
    r"(?<![\d.,:])(\d{1,2})(?:[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d{1,9})?)?)?\s{0,4}(a\.?\s?m\b\.?|p\.?\s?m\b\.?)?(?!\d)",
    re.IGNORECASE,
)
_ISO_CLOCK = re.compile(
    r"[T ,]\s{0,4}(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?\s{0,4}(a\.?m\b\.?|p\.?m\b\.?)?(?!\d)", re.IGNORECASE
)
_OFFSET = re.compile(r"\(?\s{0,4}(?:UTC|GMT|UT|Z|[A-Z]{2,5})?\s?([+-])\s?(\d{1,2})(?::?(\d{2}))?(?!\d)", re.IGNORECASE)
_LETTERS = re.compile(r"\(?\s{0,4}([A-Z]{1,5})\b(?![/_])", re.IGNORECASE)
_PLACE = re.compile(r"[\[(]?\s{0,4}([A-Z][A-Za-z]{1,20}/[A-Za-z_+\-0-9]{1,30}(?:/[A-Za-z_]{1,30})?)")
_ISO_DAY = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)|(?<!\d)((?:19|20)\d\d)(\d{2})(\d{2})(?=T|$)")
_ISO_WEEK = re.compile(r"(?<!\d)(\d{4})-?W(\d{2})(?:-?([1-7]))?(?!\d)")
_ISO_ORDINAL = re.compile(r"^(\d{4})-(\d{3})(?!\d)")
_NAMED_DAY = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|ª)?[\s.,/-]+(?:de\s|of\s|d')?([^\W\d_]{3,14})\.?"
    r"(?:[\s,/-]+(?:de\s|del\s)?'?(\d{4}|\d{2})(?![\d:]))?",
    re.IGNORECASE,
)
_NAMED_MONTH = re.compile(
    r"([^\W\d_]{3,14})\.?\s{1,4}(\d{1,2})(?:st|nd|rd|th)?(?![\d:])(?:,?\s{1,4}(\d{4})(?![\d:]))?", re.IGNORECASE
)
_YEAR_LAST = re.compile(r"(?<!\d)((?:19|20)\d\d)\s{0,4}$")


@dataclass(frozen=True)
class FeedDate:
    """A date. Where ``unambiguous`` is False its zone is unknown: then it is a day that may be off by one."""

    moment: Moment
    unambiguous: bool = True


def parse(text: str, language: str = "en", fetched: datetime | None = None) -> FeedDate | None:
    """The first date in ``text``; None for an unreadable one, or a year outside of 1990 to 2100.

    ``fetched`` decides between 3 April and 4 March, as in `choose`.
    """
    text = _normalise(text)
    if not text or len(text) > MAX_CHARACTERS:
        return None
    found = _day(text, language)
    if found is None:
        return _numeric(text, language, fetched)
    day, rest, iso = found
    return _timed(day, rest, language, iso) if _EARLIEST <= day.year <= _LATEST else None


def _normalise(text: str) -> str:
    """The text with ASCII digits, single spaces, one kind of minus, and no marks of direction."""
    text = unicodedata.normalize("NFKC", text[: 2 * MAX_CHARACTERS]).replace("−", "-").replace("‐", "-")
    digits = (str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    return _SPACE.sub(" ", "".join(digits)).strip(" ,;")


def _day(text: str, language: str) -> tuple[date, str, bool] | None:
    """The day, the text that may contain the time, and whether the day is in ISO 8601."""
    try:
        if found := _ISO_DAY.search(text):
            year, month, day = (int(found[i] or found[i + 3]) for i in (1, 2, 3))
            return date(year, month, day), text[found.end() :] or text[: found.start()], True
        if found := _ISO_WEEK.search(text):
            return date.fromisocalendar(int(found[1]), int(found[2]), int(found[3] or 1)), text[found.end() :], True
        if found := _ISO_ORDINAL.search(text):
            first = date(int(found[1]), 1, 1) + timedelta(days=int(found[2]) - 1)
            return (first, text[found.end() :], True) if first.year == int(found[1]) and found[2] != "000" else None
        return _by_name(text, language)
    except (ValueError, OverflowError):
        return None


def _by_name(text: str, language: str) -> tuple[date, str, bool] | None:
    for pattern, day_at, month_at in ((_NAMED_DAY, 1, 2), (_NAMED_MONTH, 2, 1)):
        for found in pattern.finditer(text):
            name = found[month_at].lower().rstrip(".")
            month = month_names(language).get(name) or month_names("en").get(name)
            year = found[3]
            rest = f"{text[: found.start()]} ; {text[found.end() :]}"
            if month and year is None:  # Thu Nov 26 09:00:00 EST 2026
                last = _YEAR_LAST.search(rest)
                year, rest = (last[1], rest[: last.start()]) if last else (None, rest)
            if month and year:
                return date(_full_year(year), month, int(found[day_at])), rest, False
    return None


def _full_year(year: str) -> int:
    """The year in full; two digits as in RFC 5322, where 00 to 49 are of this century."""
    return int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 50 else 1900)


def _timed(day: date, rest: str, language: str, iso: bool) -> FeedDate | None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    clock = (_ISO_CLOCK.match(rest) if iso else None) or _clock(rest)
    time = _time(clock) if clock else None
    if clock is None or time is None:
        return FeedDate(Moment(midnight, "day"))
    zone, unambiguous = _zone(rest[clock.end() :], language, day)
    if zone is None:
        return FeedDate(Moment(midnight, "day"), unambiguous)
    try:
        local = datetime(day.year, day.month, day.day, tzinfo=zone) + time
        return FeedDate(Moment(local.astimezone(UTC), "second"))
    except (ValueError, OverflowError):
        return None


def _clock(rest: str) -> re.Match[str] | None:
    """The first hours and minutes, or hour with am or pm; a bare number is not a time."""
    return next((found for found in _CLOCK.finditer(rest) if found[2] or found[4]), None)


def _time(clock: re.Match[str]) -> timedelta | None:
    hour, minute, second = int(clock[1]), int(clock[2] or 0), int(clock[3] or 0)
    if clock[4]:
        if not 1 <= hour <= 12:
            return None if hour > 23 or hour == 0 else timedelta(hours=hour, minutes=minute, seconds=second)
        hour = hour % 12 + (12 if clock[4].lower().startswith("p") else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return None
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def _zone(tail: str, language: str, day: date) -> tuple[timezone | ZoneInfo | None, bool]:
    """The zone after a time, or None; False if it has an invalid, unknown or ambiguous one."""
    tail = tail.strip(" ;,")
    if found := _OFFSET.match(tail):
        span = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        if span > timedelta(hours=14):  # the largest offset in use; 1530 written for 15:30 is not a zone
            return None, False
        return timezone(-span if found[1] == "-" else span), True
    if found := _PLACE.match(tail):
        try:
            return ZoneInfo(found[1]), True
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None, False
    found = _LETTERS.match(tail)
    if not found:
        return None, not tail
    zone = feed_zone(found[1], language)
    return zone, zone is not None


def _numeric(text: str, language: str, fetched: datetime | None) -> FeedDate | None:
    """A date in figures only, in which day and month may be swapped, as on pages."""
    moments = [moment for moment in readings(text, language) if _EARLIEST <= moment.value.year <= _LATEST]
    chosen = choose(moments, fetched) if fetched else (moments[0] if len(moments) == 1 else None)
    return FeedDate(chosen) if chosen is not None else None
