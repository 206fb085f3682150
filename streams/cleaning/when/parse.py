"""Date texts as people and programs write them -> days, or times with a zone; every possible reading of a text."""

import email.utils
import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Literal

from streams.cleaning.when import calendars, zones
from streams.contract import cldr

Precision = Literal["second", "day"]

_YEAR = r"((?:1[34]|19|20|2[456])\d\d)"  # in any supported calendar
_OFFSET = r"[+-]\d\d?(?::?\d\d)?(?!\d)"
_ISO = re.compile(
    rf"(?<!\d){_YEAR}-(\d\d)-(\d\d)"
    rf"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(?:([A-Z]{{1,5}}\b)?\s?({_OFFSET})?)?)?(?![\d])"
)
_YEAR_FIRST = re.compile(rf"(?<!\d){_YEAR}[./]\s?(\d{{1,2}})[./]\s?(\d{{1,2}})(?!\d)")
_EAST_ASIAN = re.compile(rf"(?<!\d){_YEAR}\s*[年년]\s*(\d{{1,2}})\s*[月월]\s*(\d{{1,2}})\s*[日일]")
_VIETNAMESE = re.compile(
    rf"(?<!\d)(\d{{1,2}})\s+(?:tháng|thg)\s+(\d{{1,2}}),?\s+(?:năm\s+)?{_YEAR}(?!\d)", re.IGNORECASE
)
_NUMERIC = re.compile(rf"(?<![\d./-])(\d{{1,2}})([./-])(\d{{1,2}})\2{_YEAR}(?![\d/-])")
_SHORT_YEAR = re.compile(r"(?<![\d./-])(\d\d)\.(\d\d)\.(\d\d)(?![\d./-])")  # 25.04.24, as in German
_YEAR_FIRST_LANGUAGES = {"ja", "ko", "zh", "hu", "und"}
_MONTH = r"([^\W\d_][^\s\d,،/()|:;<>–—-]{1,19}(?:\s[^\W\d_][^\s\d,،/()|:;<>–—-]{2,12})?)"  # "kānūn ath-thānī" has two
_DAY_MONTH_NAME = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|º|ª|-?го)?[\s.,/-]+(?:de |of |d')?{_MONTH}\.?[\s,،/-]+(?:de |del |พ\.ศ\. ?)?"
    rf"{_YEAR}(?!\d)",
    re.IGNORECASE,
)
_MONTH_NAME_DAY = re.compile(rf"{_MONTH}\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}(?!\d)", re.IGNORECASE)
_TIME = r"\d{1,2}:\d\d(?::\d\d)?(?:\s?[AP]M)?"
# Thu Nov 26 09:00:00 EST 2026: what Java, C and Unix print
_YEAR_LAST = re.compile(
    rf"(?:{_MONTH}|(\d\d?)[月월])\.?\s+(\d{{1,2}}),?\s+({_TIME})\s+(?:(\S{{1,12}})\s+)?{_YEAR}(?!\d)", re.IGNORECASE
)
_RFC_822 = re.compile(
    r"(?:[A-Z]{1,12},?\s{1,4})?\d{1,2}[ -][A-Z]{3,9}[ -](?:\d\d|[1-9]\d{3})\s+\d\d?:\d\d(?::\d\d)?\s+"
    r"(?:[+-]\d{4}|UTC?|GMT|Z|[ECMP][SD]T)",
    re.IGNORECASE,
)
_DOT_NET = re.compile(r"/?Date\((\d{12,13})(?:[+-]\d{4})?\)/?")
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})[:.h](\d\d)(?::(\d\d))?(?:[.,]\d{1,9})?\s{0,4}(a\.?m\.?|p\.?m\.?)?\s{0,4}(?:uhr|h)?\s{0,4}\(?"
    rf"([A-Z]{{1,5}}\b)?\s{{0,4}}({_OFFSET})?(?![\d:])",
    re.IGNORECASE,
)
# a 12-hour clock with a North American zone implies that the month comes first
_AMERICAN = re.compile(r"\d\s?[ap]\.?m\.?,?\s*\(?(?:[ECMP][SD]?T|Eastern|Central|Mountain|Pacific)\b", re.IGNORECASE)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_GREGORIAN = range(1900, 2200)
_OWN_CALENDAR = {"fa", "ps", "ar", "ur", "ku", "az"}  # languages of countries that count years from 1400 on
_OWN_SCRIPT = re.compile("[\u0600-\u06ff]")
_ETHIOPIC_LANGUAGES = {"am", "ti"}  # 19/03/2019 is in November 2026 there, and looks like a Gregorian day
_NEAR = timedelta(days=3)  # most pages are fetched within days: of two readings, the one this near to the fetch ...
_FAR = timedelta(days=20)  # ... is right if the other is this far off
# The locales of languages that have several sets of month names, and the languages searched by ``any_language``.
_LOCALES = {"ar": ("ar", "ar_SY", "ar_MA", "ar_DZ"), "de": ("de", "de_AT"), "sr": ("sr", "sr_Latn"), "no": ("nb",)}
_LANGUAGES = (
    "en de fr es it pt nl sv no da fi pl cs sk sl hr ro hu tr el ru uk bg sr ar fa he hi th vi id ms ja "
    "zh ko lt lv et ca"
)

_AGE_NUMBER_FIRST = re.compile(
    r"\b(\d{1,2})\s?(min\w*|m|hours?|hrs?|h|days?|d|uur|uren|dagen|timer|dager|dage|timmar|dagar|ore|giorni|saat|gün|"
    r"dakika|час\w*|минут\w*|дн\w*|день|godzin\w*|dni|dzień)\s(?:ago|geleden|siden|sedan|fa|önce|назад|temu)\b",
    re.IGNORECASE,
)
_AGE_WORD_FIRST = re.compile(
    r"\b(?:vor|il y a|hace|há)\s(\d{1,2})\s(minut\w*|stunden?|tag\w*|heures?|jours?|horas?|d[ií]as?)\b", re.IGNORECASE
)
_AGE_EAST_ASIAN = re.compile(r"(\d{1,2})\s?(分钟|分鐘|分|小时|小時|時間|天|日|분|시간|일)\s?(?:前|전)")
_DAY_UNITS = ("d", "gi", "gün", "дн", "де", "tag", "jour", "天", "日", "일")
_MINUTE_UNITS = ("m", "dakika", "минут", "分", "분")


@dataclass(frozen=True)
class Moment:
    """A point in time, UTC. Precision "day": midnight of the date, whatever the zone was.

    ``confidence``: below 1 where it was converted from another calendar by a rule that holds in most countries.
    """

    value: datetime
    precision: Precision
    confidence: float = 1.0

    @property
    def day(self) -> date:
        """The date in UTC."""
        return self.value.date()


def readings(text: str, language: str = "en", *, any_language: bool = False) -> list[Moment]:
    """All readings of the first date in ``text``: none, one, or two where day and month can be swapped.

    ``language``: of the month names. ``any_language``: also month names of other languages that mean only one month.
    """
    own_script = language in _OWN_CALENDAR or _OWN_SCRIPT.search(text) is not None
    text = _ascii_digits(text)
    iso = _ISO.search(text)
    if iso:
        return _iso(iso)
    if language not in _ETHIOPIC_LANGUAGES:
        for pattern in (_YEAR_FIRST, _EAST_ASIAN):
            found = pattern.search(text)
            if found and (own_script or int(found[1]) > _GREGORIAN.start):
                return _days(text, found.end(), (int(found[1]), int(found[2]), int(found[3])))
    named = _named(text, language, any_language=any_language)
    if named:
        return named
    other = [Moment(_midnight(day), "day", confidence) for day, confidence in calendars.find_named_day(text)]
    numeric = None if other or language in _ETHIOPIC_LANGUAGES else _NUMERIC.search(text)
    short = _SHORT_YEAR.search(text) if not (other or numeric or language in _YEAR_FIRST_LANGUAGES) else None
    if short:
        return _days(text, short.end(), (2000 + int(short[3]), int(short[2]), int(short[1])))
    if not numeric:
        return other
    first, separator, second, year = int(numeric[1]), numeric[2], int(numeric[3]), int(numeric[4])
    if year < _GREGORIAN.start and not own_script:
        return []
    day_first, month_first = (year, second, first), (year, first, second)
    # with points the day always comes first; the month comes first in English, and hardly elsewhere
    if separator == "." or language not in ("en", "und", "tl"):
        return _days(text, numeric.end(), day_first)
    if _AMERICAN.search(text) and first <= 12:
        return _days(text, numeric.end(), month_first)
    return _days(text, numeric.end(), day_first, month_first)


def choose(options: Iterable[Moment], fetched: datetime, agreeing: AbstractSet[date] = frozenset()) -> Moment | None:
    """The only plausible reading, else the only one that equals another date of the article, else the near one.

    ``fetched``: when the page was fetched. ``agreeing``: other dates of the article. None where it stays ambiguous.
    """
    possible = [m for m in options if is_plausible(m.value, fetched)]
    if len(possible) == 1:
        return possible[0]
    agreed = [m for m in possible if m.day in agreeing]
    if len(agreed) == 1:
        return agreed[0]
    near = [m for m in possible if abs(m.value - fetched) <= _NEAR]
    far = [m for m in possible if abs(m.value - fetched) >= _FAR]
    return near[0] if len(near) == 1 and len(near) + len(far) == len(possible) else None


def is_plausible(value: datetime, fetched: datetime) -> bool:
    """Whether a date is in 1990, when the web began, or later, and at most a day after the fetch."""
    return value.year >= 1990 and value <= fetched + timedelta(hours=24)


def parse_machine_date(
    text: str, fetched: datetime, language: str = "en", agreeing: AbstractSet[date] = frozenset()
) -> Moment | None:
    """A date as programs write it: ISO 8601, RFC 822 and 850, Java's and C's, seconds or milliseconds since 1970.

    Zones may be numeric (``GMT+7``, ``UTC+2``, ``-3``). Other texts are read as people write dates. ``agreeing``: other
    dates of the article. None for an unreadable, ambiguous or implausible date.
    """
    text = _ascii_digits(text).strip()
    milliseconds = _DOT_NET.fullmatch(text)
    stamp = milliseconds[1] if milliseconds else text
    if milliseconds or _EPOCH.fullmatch(text):
        seconds = int(stamp) / (1000 if len(stamp) > 10 else 1)
        return _if_plausible(Moment(datetime.fromtimestamp(int(seconds), UTC), "second"), fetched)
    for read in (_by_rfc_822, datetime.fromisoformat):
        try:
            value = read(text)
        except (ValueError, OverflowError, IndexError, TypeError):
            continue
        if value.year in _GREGORIAN:
            return _if_plausible(_moment(value), fetched)
    return choose(readings(text, language, any_language=True), fetched, agreeing)


def _by_rfc_822(text: str) -> datetime:
    """A date by RFC 822, also with a full weekday and two-digit year (RFC 850). Raises `ValueError` for other forms."""
    if not _RFC_822.fullmatch(text):
        raise ValueError(text)
    value = email.utils.parsedate_to_datetime(re.sub(r"(?<=\d)-(?=[A-Za-z])|(?<=[A-Za-z])-(?=\d)", " ", text))
    return value if value.tzinfo else value.replace(tzinfo=UTC)  # written Z or -0000


def _if_plausible(moment: Moment, fetched: datetime) -> Moment | None:
    return moment if is_plausible(moment.value, fetched) else None


def _moment(value: datetime, confidence: float = 1.0) -> Moment:
    if value.tzinfo is None:
        return Moment(datetime(value.year, value.month, value.day, tzinfo=UTC), "day", confidence)
    return Moment(value.astimezone(UTC).replace(microsecond=0), "second", confidence)


def _ascii_digits(text: str) -> str:
    """The text with digits of all scripts, and full-width characters, as ASCII."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else unicodedata.normalize("NFKC", c) if "！" <= c <= "～" else c
        for c in text
    )


def _iso(found: re.Match[str]) -> list[Moment]:
    year, month, day = (int(part) for part in found.groups()[:3])
    hour, minute, second, letters, offset = found.groups()[3:]
    zone = zones.parse_zone(letters, offset) if hour else None
    return [
        # software that uses another calendar also writes Z after local time
        _clocked(midnight, int(hour), int(minute), int(second or 0), zone, confidence)
        if zone and year not in calendars.OTHER_YEARS
        else Moment(midnight, "day", confidence)
        for midnight, confidence in (
            (_midnight(value), confidence) for value, confidence in calendars.to_gregorian(year, month, day)
        )
    ]


def _clocked(midnight: datetime, hour: int, minute: int, second: int, zone: object, confidence: float) -> Moment:
    try:
        return _moment(midnight.replace(hour=hour, minute=minute, second=second, tzinfo=zone), confidence)  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return Moment(midnight, "day", confidence)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _days(text: str, end: int, *days: tuple[int, int, int]) -> list[Moment]:
    """Days as moments, with the time of day if one follows that names its zone in numbers or unambiguous letters."""
    moments = []
    for parts in dict.fromkeys(days):
        for day, confidence in calendars.to_gregorian(*parts):
            timed = _timed(_midnight(day), text[end : end + 40]) if parts[0] in _GREGORIAN else None
            moments.append(timed or Moment(_midnight(day), "day", confidence))
    return moments


def _timed(midnight: datetime, tail: str) -> Moment | None:
    """Midnight with the time of day in ``tail``; None where its zone is not beyond doubt."""
    clock = _CLOCK.search(tail)
    zone = zones.parse_zone(clock[5], clock[6]) if clock else None
    if clock is None or zone is None:
        return None
    hour = int(clock[1])
    if clock[4]:
        hour = hour % 12 + (12 if clock[4].lower().startswith("p") else 0)
    found = _clocked(midnight, hour, int(clock[2]), int(clock[3] or 0), zone, 1.0)
    return found if found.precision == "second" else None


def _named(text: str, language: str, *, any_language: bool) -> list[Moment]:
    for pattern, day_group, month_group in ((_DAY_MONTH_NAME, 1, 2), (_MONTH_NAME_DAY, 2, 1)):
        for found in pattern.finditer(text):
            month = _month(found[month_group], language, any_language=any_language)
            if month:
                return _days(text, found.end(), (int(found[3]), month, int(found[day_group])))
    for found in _YEAR_LAST.finditer(text):
        name, figure, day, clock, zone, year = found.groups()
        month = int(figure) if figure else _month(name, language, any_language=any_language)
        if month:
            # the letters of a machine's zone are ambiguous: only a number or UTC counts
            zone = zone if re.search(r"\d", zone or "") or zone in ("GMT", "UTC", "Z") else ""
            return _days(f"{clock} {zone}", 0, (int(year), month, int(day)))
    vietnamese = _VIETNAMESE.search(text)
    return _days(text, vietnamese.end(), tuple(map(int, vietnamese.groups()[::-1]))) if vietnamese else []  # type: ignore[arg-type]


def _month(name: str, language: str, *, any_language: bool) -> int | None:
    """The number of a month by its name of one or two words; one of the two may be a weekday or the next word."""
    name = " ".join(name.lower().split())
    forms = [form.rstrip(".") for form in (name, *name.split(" "))]
    for language_or_all in (language, "en", *(["*"] if any_language else [])):
        table = _months_of_all() if language_or_all == "*" else month_names(language_or_all)
        found = next((table[form] for form in forms if form in table), None)
        if found:
            return found
    return None


def parse_age(text: str) -> timedelta | None:
    """``3 hours ago``, in twenty languages, as a span of time; None without one."""
    found = _AGE_NUMBER_FIRST.search(text) or _AGE_WORD_FIRST.search(text) or _AGE_EAST_ASIAN.search(text)
    if not found:
        return None
    count, unit = int(found[1]), found[2].lower()
    if unit.startswith(_DAY_UNITS):
        return timedelta(days=count)
    return timedelta(minutes=count) if unit.startswith(_MINUTE_UNITS) else timedelta(hours=count)


@cache
def month_names(language: str) -> dict[str, int]:
    """The month names of a language by CLDR, wide and abbreviated, lower case, to their numbers."""
    names: dict[str, int] = {}
    for tag in _LOCALES.get(language, (language,)):
        contexts: tuple[cldr.Context, ...] = ("format", "stand-alone")
        widths: tuple[cldr.Width, ...] = ("wide", "abbreviated")
        for context in contexts:
            for width in widths:
                for number, name in cldr.months(tag, context, width).items():
                    names.setdefault(_ascii_digits(name).lower().rstrip("."), number)
    if language == "en":
        names["sept"] = 9
    return names


@cache
def _months_of_all() -> dict[str, int]:
    """The month names that mean the same month in all languages that have them."""
    known: dict[str, set[int]] = {}
    for language in _LANGUAGES.split():
        for name, number in month_names(language).items():
            known.setdefault(name, set()).add(number)
    return {name: numbers.pop() for name, numbers in known.items() if len(numbers) == 1}
