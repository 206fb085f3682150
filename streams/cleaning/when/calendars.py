"""Dates of other calendars -> Gregorian dates.

Buddhist, Minguo and Japanese years are Gregorian years with another epoch, so their days are exact. Persian dates use
the arithmetic 33-year cycle, which agrees with the astronomical calendar from 1799 to 2256. Ethiopic dates are exact.
Islamic dates use the tabular calendar of astronomers, which may differ by a day from the one that a country announces.
(N. Dershowitz and E. Reingold, Calendrical Calculations, 2018.)
"""

import re
from datetime import date

from streams.cleaning.text.characters import fold

_DAY_ZERO = 1_721_425  # the Julian day number before 1 January of the year 1
_BUDDHIST = 543  # years before the Gregorian count
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_BUDDHIST_YEARS, OTHER_YEARS, _GREGORIAN_YEARS = range(2450, 2700), range(1300, 1500), range(1900, 2200)
_CONVERTED = 0.8  # confidence of a converted day where one rule serves for all countries

_PERSIAN_MONTHS = (
    "فروردین حمل وری", "اردیبهشت ثور غویی", "خرداد جوزا غبرگولی", "تیر سرطان چنگاښ", "مرداد امرداد اسد زمری",
    "شهریور سنبله وږی", "مهر میزان تله", "آبان عقرب لړم", "آذر قوس لیندۍ", "دی جدی مرغومی", "بهمن دلو سلواغه",
    "اسفند حوت کب",
)  # fmt: skip
_ISLAMIC_MONTHS = (
    "محرم/المحرم", "صفر", "ربيع الأول/ربیع الاول", "ربيع الآخر/ربيع الثاني/ربیع الثانی",
    "جمادى الأولى/جمادى الأول/جمادی الاول", "جمادى الآخرة/جمادى الثانية/جمادى الثاني/جمادی الثانی", "رجب", "شعبان",
    "رمضان", "شوال", "ذو القعدة/ذي القعدة/ذوالقعدة/ذی القعده", "ذو الحجة/ذي الحجة/ذوالحجة/ذی الحجه",
)  # fmt: skip
_ETHIOPIC_MONTHS = (
    "መስከረም", "ጥቅምት", "ኅዳር/ህዳር/ሕዳር", "ታኅሣሥ/ታህሳስ/ታሕሳስ/ታህሣሥ", "ጥር", "የካቲት", "መጋቢት", "ሚያዝያ/ሚያዚያ", "ግንቦት", "ሰኔ",
    "ሐምሌ/ሃምሌ", "ነሐሴ/ነሃሴ", "ጳጉሜን/ጳጉሜ",
)  # fmt: skip


def _numbers(months: tuple[str, ...], separator: str) -> dict[str, int]:
    return {fold(name): number for number, names in enumerate(months, 1) for name in names.split(separator)}


_PERSIAN, _ISLAMIC = _numbers(_PERSIAN_MONTHS, " "), _numbers(_ISLAMIC_MONTHS, "/")
_ETHIOPIC = _numbers(_ETHIOPIC_MONTHS, "/")
_NAMED = re.compile(
    r"(?<!\d)(\d{1,2})[\s،,]+((?:[^\W\d_]|[\u064b-\u065f])+(?:[\s\u200c](?:[^\W\d_]|[\u064b-\u065f])+)?)"
    r"(?:[\s\u200c]+ماه)?[\s،,]+((?:1[34]|19|20)\d\d)(?!\d)"
)
_NAMED_MONTH_FIRST = re.compile(r"([\u1200-\u137f]{1,20})\s{1,4}(\d{1,2})[\s፣,]+(?:ቀን\s+)?((?:19|20)\d\d)(?!\d)")
_ERA = re.compile(rf"({'|'.join(_ERAS)})\s*(\d{{1,3}}|元)\s*年\s*(\d{{1,2}})\s*月\s*(\d{{1,2}})\s*日")


def to_gregorian(year: int, month: int, day: int) -> list[tuple[date, float]]:
    """The Gregorian days that a day in figures may be, with their confidence, by its year.

    A Persian or Islamic year can be either; until 2031 at most one of the two is in the time of the web, so the time of
    the fetch decides.
    """
    if year in _GREGORIAN_YEARS:
        return _valid((_gregorian(year, month, day), 1.0))
    if year in _BUDDHIST_YEARS:
        return _valid((_gregorian(year - _BUDDHIST, month, day), 1.0))
    if year in OTHER_YEARS:
        return _valid((_persian(year, month, day), _CONVERTED), (_islamic(year, month, day), _CONVERTED))
    return []


def find_named_day(text: str) -> list[tuple[date, float]]:
    """The first day in ``text`` with a month or era of another calendar, as `to_gregorian`. Digits must be ASCII."""
    era = _ERA.search(text)
    if era:
        year = _ERAS[era[1]] + (1 if era[2] == "元" else int(era[2]))
        return _valid((_gregorian(year, int(era[3]), int(era[4])), 1.0))
    for found in _NAMED.finditer(text):
        year, day, name = int(found[3]), int(found[1]), fold(found[2])
        for month in (name, name.split(" ")[0]):
            if month in _PERSIAN:
                return _valid((_persian(year, _PERSIAN[month], day), _CONVERTED))
            if month in _ISLAMIC:
                return _valid((_islamic(year, _ISLAMIC[month], day), _CONVERTED))
            if month in _ETHIOPIC:
                return _valid((_ethiopic(year, _ETHIOPIC[month], day), _CONVERTED))
    for found in _NAMED_MONTH_FIRST.finditer(text):
        if fold(found[1]) in _ETHIOPIC:
            return _valid((_ethiopic(int(found[3]), _ETHIOPIC[fold(found[1])], int(found[2])), _CONVERTED))
    return []


def _valid(*found: tuple[date | None, float]) -> list[tuple[date, float]]:
    return [(day, confidence) for day, confidence in found if day is not None]


def _gregorian(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _persian(year: int, month: int, day: int) -> date | None:
    if not (year in OTHER_YEARS and 1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        return None
    before = 31 * (month - 1) - max(0, month - 7)
    return date.fromordinal(1_948_319 + 365 * (year - 1) + (8 * year + 21) // 33 + before + day - _DAY_ZERO)


def _islamic(year: int, month: int, day: int) -> date | None:
    if not (year in OTHER_YEARS and 1 <= month <= 12 and 1 <= day <= 30):
        return None
    number = (11 * year + 3) // 30 + 354 * year + 30 * month - (month - 1) // 2 + day + 1_948_054
    return date.fromordinal(number - _DAY_ZERO)


def _ethiopic(year: int, month: int, day: int) -> date | None:
    if not (1 <= month <= 13 and 1 <= day <= 30):
        return None
    return date.fromordinal(1_724_220 + 365 * (year - 1) + year // 4 + 30 * (month - 1) + day - _DAY_ZERO)
