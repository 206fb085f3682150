"""Evaluates a query on an article in memory, as the server evaluates its translation."""

from datetime import datetime

from streams.alerts.query.article import QueriedArticle
from streams.alerts.query.tree import Ago, All, Bound, Either, Not, Phrase, Prefix, Present, Query, Range, Value


def holds(query: Query, article: QueriedArticle, now: datetime) -> bool:
    """Return whether the article matches the query. ``now``: the time to which ``now-7d`` refers."""
    match query:
        case Phrase(field, _, tokens):
            return f" {' '.join(tokens)} " in (article.texts.get(field, "") if field else article.text)
        case Prefix(field, _, token):
            return f" {token}" in (article.texts.get(field, "") if field else article.text)
        case Not(clause):
            return not holds(clause, article, now)
        case All(clauses):
            return all(holds(clause, article, now) for clause in clauses)
        case Either(clauses):
            return any(holds(clause, article, now) for clause in clauses)
        case Value(field, values):
            return not article.values.get(field, frozenset()).isdisjoint(values)
        case Range(field, low, high):
            found = article.ranked.get(field)
            return found is not None and _from(low, found, now) and not (high is not None and _from(high, found, now))
        case Present(field):
            known = article.texts.get(field) or article.values.get(field)
            return bool(known) or article.ranked.get(field) is not None


def _from(bound: Bound | None, found: int | datetime, now: datetime) -> bool:
    """Return whether ``found`` is at or above ``bound``."""
    if bound is None:
        return True
    limit = bound.before(now) if isinstance(bound, Ago) else bound
    return found >= limit  # type: ignore[operator]  # both are numbers, or both times
