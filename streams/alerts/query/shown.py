"""Syntax tree -> text for people, close to what they typed."""

from collections.abc import Sequence

from streams.alerts.query.fields import KEY, PUBLISHER_ID
from streams.alerts.query.tree import Ago, All, Bound, Either, Not, Phrase, Prefix, Present, Query, Range, Value


def shown(query: Query) -> str:
    """Write a query, or a part of one, as text."""
    match query:
        case Phrase(field, text, tokens):
            return _in_field(field, f'"{text}"' if len(tokens) > 1 else text)
        case Prefix(field, text, _):
            return _in_field(field, f"{text}*")
        case Value(field, values):
            return _in_field(field, values[0] if len(values) == 1 else f"({' OR '.join(values)})")
        case Present(field):
            return f"{field}:*"
        case Range(field, low, high):
            return f"{field}:[{_bound(low)} TO {_bound(high)}}}"
        case Not(clause):
            return f"-{_grouped(clause)}"
        case All(clauses):
            return " ".join(map(_grouped, clauses))
        case Either(clauses):
            typed = _typed(clauses)
            return shown(typed[0]) if len(typed) == 1 else " OR ".join(map(_grouped, typed))


def _typed(clauses: Sequence[Query]) -> Sequence[Query]:
    """The clauses that somebody has typed: of a name also its key is searched."""
    keys = (KEY, PUBLISHER_ID)
    return [one for one in clauses if not (isinstance(one, Value) and one.field in keys)] or clauses


def _grouped(query: Query) -> str:
    several = isinstance(query, All) or (isinstance(query, Either) and len(_typed(query.clauses)) > 1)
    return f"({shown(query)})" if several else shown(query)


def _in_field(field: str, text: str) -> str:
    return f"{field}:{text}" if field else text


def _bound(bound: Bound | None) -> str:
    if bound is None:
        return "*"
    if isinstance(bound, Ago):
        hours = round(bound.passed.total_seconds() / 3_600)
        return f"now{-hours:+d}h"
    return str(bound) if isinstance(bound, int) else bound.isoformat(timespec="minutes")
