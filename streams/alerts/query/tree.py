"""The syntax tree of a query: what `parse` returns, and what memory and server evaluate."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ANY = ""  # the field of a word without a field: title, summary or body
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One word or several in one value of a text field: ``tokens`` adjacent and in this order.

    ``text``: as typed, for the server's analyzer.
    """

    field: str
    text: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A word of a text field that begins with ``token``."""

    field: str
    text: str
    token: str


@dataclass(frozen=True, slots=True)
class Value:
    """A field that has one of these values exactly."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ago:
    """A time before the moment at which the query is evaluated; negative for one after it."""

    passed: timedelta

    def before(self, now: datetime) -> datetime:
        """Return the time, to the millisecond, as the server stores times."""
        try:
            then = now.astimezone(UTC) - self.passed
        except OverflowError:
            then = _FIRST if self.passed > timedelta(0) else _LAST
        return then.replace(microsecond=then.microsecond // 1000 * 1000)


Bound = int | datetime | Ago


@dataclass(frozen=True, slots=True)
class Range:
    """A number or time in [``low``, ``high``); None is open. A missing one is in no range."""

    field: str
    low: Bound | None
    high: Bound | None


@dataclass(frozen=True, slots=True)
class Present:
    """A field that has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class Not:
    clause: "Query"


@dataclass(frozen=True, slots=True)
class All:
    """All clauses hold."""

    clauses: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one clause holds."""

    clauses: tuple["Query", ...]


Leaf = Phrase | Prefix | Value | Range | Present
Query = Leaf | Not | All | Either
