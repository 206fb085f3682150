"""Numbers and dates in queries -> half-open ranges: each stands for a span, 2026-11 for a month, 3 for [3, 4)."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from streams.alerts.query.errors import fail
from streams.alerts.query.fields import Field, FieldKind
from streams.alerts.query.tree import Ago, Bound, Range

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:?\d\d)?)?)?)?", re.ASCII | re.IGNORECASE
)
_AGO = re.compile(r"now(?:([+-])(\d{1,5})([mhdw]))?", re.ASCII | re.IGNORECASE)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MOMENT_FORM = "a date such as 2026-11-30, 2026-11-30T10:30 (UTC) or now-7d"


class Span(NamedTuple):
    """[``start``, ``end``)."""

    start: Bound
    end: Bound


def span(field: Field, text: str, column: int) -> Span:
    """Read a number or date. Raises `InvalidQuery`."""
    if field.kind is FieldKind.NUMBER:
        if not _NUMBER.fullmatch(text):
            fail(column, f"{field.name}: takes a whole number of at most 9 digits, such as {field.name}:>=3")
        return Span(int(text), int(text) + 1)
    if (found := _AGO.fullmatch(text)) is not None:
        sign, amount, unit = found.groups()
        passed = timedelta(**{_UNITS[unit.lower()]: int(amount)}) if unit else timedelta(0)
        passed = -passed if sign == "+" else passed
        return Span(Ago(passed), Ago(passed - timedelta(milliseconds=1)))
    if (found := _DATE.fullmatch(text)) is None:
        fail(column, f"{field.name}: takes {_MOMENT_FORM}")
    try:
        return _date(*found.groups())
    except (ValueError, OverflowError):
        fail(column, f"there is no such date: {field.name}: takes {_MOMENT_FORM}")


def _date(
    year: str, month: str | None, day: str | None, hour: str | None, minute: str | None, second: str | None,
    zone: str | None,
) -> Span:  # fmt: skip
    clock = f"{hour or '00'}:{minute or '00'}:{second or '00'}"
    offset = "+00:00" if zone is None or zone in "Zz" else zone
    start = datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}T{clock}{offset}").astimezone(UTC)
    if second is not None:
        return Span(start, start + timedelta(seconds=1))
    if hour is not None:
        return Span(start, start + timedelta(minutes=1))
    if day is not None:
        return Span(start, start + timedelta(days=1))
    if month is not None:
        return Span(start, (start + timedelta(days=31)).replace(day=1))
    return Span(start, start.replace(year=start.year + 1))


def equal(field: Field, text: str, column: int) -> Range:
    return Range(field.name, *span(field, text, column))


def above(field: Field, text: str, column: int, *, included: bool) -> Range:
    found = span(field, text, column)
    return Range(field.name, found.start if included else found.end, None)


def below(field: Field, text: str, column: int, *, included: bool) -> Range:
    found = span(field, text, column)
    return Range(field.name, None, found.end if included else found.start)
