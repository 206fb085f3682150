"""Dates as people write them in, days (and times with a zone) out: what the readings of one line can be."""

import email.utils
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Literal

from babel.core import Locale, UnknownLocaleError

from streams.cleaning import clocks

Precision = Literal["second", "day"]

_ISO = re.compile(
    r"(?<!\d)((?:19|20)\d\d)-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?)?(?![\d])"
)
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)[./](\d{1,2})[./](\d{1,2})(?!\d)")
_EAST_ASIAN = re.compile(r"((?:19|20)\d\d)\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_NUMERIC = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2((?:19|20)\d\d)(?![\d/-])")
_DAY_MONTH_NAME = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|ª)?[\s.,/-]+(?:de |of |d')?([^\W\d_]{3,14})\.?"
    r"[\s,/-]+(?:de |del )?((?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
_MONTH_NAME_DAY = re.compile(
    r"([^\W\d_]{3,14})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)(?!\d)", re.IGNORECASE
)
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})[:.h](\d\d)(?::(\d\d))?\s{0,4}(a\.?m\.?|p\.?m\.?)?\s{0,4}(?:uhr|h)?\s{0,4}\(?"
    r"([A-Z]{1,5}\b)?\s{0,4}([+-]\d\d?(?::?\d\d)?)?(?![\d:])",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_NEAR = timedelta(days=3)  # a page is mostly fetched within days: of two readings, the one that near ...
_FAR = timedelta(days=20)  # ... is right when the other lies this far off


@dataclass(frozen=True)
class Moment:
    """A point in time, UTC. Precision "day": midnight of the date, whatever the zone was."""

    value: datetime
    precision: Precision

    @property
    def day(self) -> date:
        return self.value.date()


def readings(text: str, language: str = "en") -> list[Moment]:
    """Every reading of the first date in ``text``: one, or two where day and month could be either, or none."""
    iso = _ISO.search(text)
    if iso:
        return _iso(iso)
    for pattern in (_YEAR_FIRST, _EAST_ASIAN):
        found = pattern.search(text)
        if found:
            return _days(text, found.end(), (int(found[1]), int(found[2]), int(found[3])))
    named = _named(text, language)
    if named:
        return named
    numeric = _NUMERIC.search(text)
    if not numeric:
        return []
    first, separator, second, year = int(numeric[1]), numeric[2], int(numeric[3]), int(numeric[4])
    day_first, month_first = (year, second, first), (year, first, second)
    # points part days from months in one order only; month first is written in English, and hardly elsewhere
    if separator == "." or language not in ("en", "und", "tl"):
        return _days(text, numeric.end(), day_first)
    return _days(text, numeric.end(), day_first, month_first)


def choose(options: list[Moment], fetched: datetime, agreeing: AbstractSet[date] = frozenset()) -> Moment | None:
    """The one reading that can be true: possible, else one that another date agrees with, else the near one."""
    possible = [m for m in options if plausible(m.value, fetched)]
    if len(possible) == 1:
        return possible[0]
    agreed = [m for m in possible if m.day in agreeing]
    if len(agreed) == 1:
        return agreed[0]
    near = [m for m in possible if abs(m.value - fetched) <= _NEAR]
    far = [m for m in possible if abs(m.value - fetched) >= _FAR]
    return near[0] if len(near) == 1 and len(near) + len(far) == len(possible) else None


def plausible(value: datetime, fetched: datetime) -> bool:
    """Not before 1990, when no page was on the web, and not later than a day after it was fetched."""
    return value.year >= 1990 and value <= fetched + timedelta(hours=24)


def machine(text: str, fetched: datetime, language: str = "en") -> Moment | None:
    """A date that a program wrote: ISO 8601, RFC 822, seconds or milliseconds since 1970; else as people write."""
    text = text.strip()
    if _EPOCH.fullmatch(text):
        seconds = int(text) / (1000 if len(text) == 13 else 1)
        return _possible(Moment(datetime.fromtimestamp(int(seconds), UTC), "second"), fetched)
    if "," in text[:6]:
        try:
            value = email.utils.parsedate_to_datetime(text)
        except (ValueError, IndexError, TypeError):
            value = None
        if value is not None:
            return _possible(_moment(value), fetched)
    try:
        return _possible(_moment(datetime.fromisoformat(text)), fetched)
    except (ValueError, OverflowError):
        return choose(readings(text, language), fetched)


def _possible(moment: Moment, fetched: datetime) -> Moment | None:
    return moment if plausible(moment.value, fetched) else None


def _moment(value: datetime) -> Moment:
    if value.tzinfo is None:
        return Moment(datetime(value.year, value.month, value.day, tzinfo=UTC), "day")
    return Moment(value.astimezone(UTC).replace(microsecond=0), "second")


def _iso(found: re.Match[str]) -> list[Moment]:
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        if hour is None or zone is None:
            return [Moment(datetime(int(year), int(month), int(day), tzinfo=UTC), "day")]
        local = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=clocks.zone(None, zone)
        )
        return [_moment(local)]
    except (ValueError, OverflowError):
        return []


def _days(text: str, end: int, *days: tuple[int, int, int]) -> list[Moment]:
    """Days as moments; with the time of day when it follows and says its zone in numbers or as UTC."""
    moments = []
    for year, month, day in dict.fromkeys(days):
        try:
            midnight = datetime(year, month, day, tzinfo=UTC)
        except ValueError:
            continue
        moments.append(_timed(midnight, text[end : end + 40]) or Moment(midnight, "day"))
    return moments


def _timed(midnight: datetime, tail: str) -> Moment | None:
    """The time of day, where its zone is beyond doubt; else the day is left alone."""
    clock = _CLOCK.search(tail)
    zone = clocks.zone(clock[5], clock[6]) if clock else None
    if clock is None or zone is None:
        return None
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        hour = hour % 12 + (12 if clock[4].lower().startswith("p") else 0)
    try:
        return _moment(midnight.replace(hour=hour, minute=minute, second=second, tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def _named(text: str, language: str) -> list[Moment]:
    for pattern, day_group, month_group in ((_DAY_MONTH_NAME, 1, 2), (_MONTH_NAME_DAY, 2, 1)):
        for found in pattern.finditer(text):
            name = found[month_group].lower().rstrip(".")
            month = months(language).get(name) or months("en").get(name)
            if month:
                return _days(text, found.end(), (int(found[3]), month, int(found[day_group])))
    return []


@cache
def months(language: str) -> dict[str, int]:
    """Month names of a language, wide and short, lower case, from the CLDR."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return {}
    names: dict[str, int] = {}
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in locale.months[context][width].items():
                names.setdefault(name.lower().rstrip("."), number)
    if language == "en":
        names["sept"] = 9
    return names
