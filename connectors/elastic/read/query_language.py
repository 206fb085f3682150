"""Query in the language of tracks and searches -> a query of Elasticsearch that the same articles answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.elastic.fields import SEARCHED
from connectors.elastic.names import Family
from streams.alerts import query as q
from streams.contract.errors import UsageError

TITLE_WEIGHT = 3

# field of the language -> fields of the documents; of names those in `.text` are searched
_EVERYWHERE: Mapping[str, Sequence[str]] = {
    "person": ["entities.persons"],
    "org": ["entities.organisations"],
    "place": ["entities.places"],
    "group": ["entities.groups"],
    "publisher": ["publisher.name"],
    "owner": ["publisher.owner"],
    q.KEY: ["entities.keys"],
    q.PUBLISHER_ID: ["publisher.id", "publisher.domain"],
    "country": ["publisher.country"],
    "label": ["article.labels"],
    "language": ["article.language"],
    "kind": ["article.kind"],
    "lane": ["article.lane"],
    "copies": ["article.copy.relation", "article.copy.text_relation"],
    "sources": ["story.source_count"],
    "publishers": ["story.publisher_count"],
    "articles": ["story.articles"],
    "published": ["article.published"],
}
_PATHS: Mapping[Family, Mapping[str, Sequence[str]]] = {
    Family.ARTICLES: {
        **_EVERYWHERE,
        "title": ["article.title.folded"],
        "summary": ["article.summary.folded"],
        "body": ["article.body.folded"],
        "author": ["article.authors"],
        "credit": ["article.credits"],
        "section": ["article.section"],
        "tag": ["article.tags"],
        q.ID: ["article.id"],
        "words": ["article.words"],
        "modified": ["article.modified"],
        "seen": ["@timestamp"],
    },
    Family.STORIES: {**_EVERYWHERE, "title": SEARCHED[Family.STORIES], "seen": ["story.first_seen"]},
}
_NAMES = frozenset(field.name for field in q.FIELDS if field.kind is q.FieldKind.NAME)


def translated(query: q.Query, family: Family, now: datetime) -> dict[str, Any]:
    """Translate a query for the articles or the stories. ``now``: the time to which ``now-7d`` refers.

    Raises `UsageError` for a field that the documents of the family do not have.
    """
    return _Translation(family, now).of(query)


@dataclass(frozen=True)
class _Translation:
    family: Family
    now: datetime

    def of(self, query: q.Query) -> dict[str, Any]:
        """A phrase matches within one value of one field; the clauses of a conjunction may match in different ones."""
        match query:
            case q.Phrase(field, text):
                return {"multi_match": {"query": text, "type": "phrase", "fields": self._searched(field)}}
            case q.Prefix(field, text, token):
                fields = self._searched(field)
                # folded by the server, as far as it folds words, and as words are folded where it does so
                choices = [_prefix(one, fields) for one in dict.fromkeys((text.lower(), token))]
                return choices[0] if len(choices) == 1 else _any_of(choices)
            case q.Not(clause):
                return {"bool": {"must_not": [self.of(clause)]}}
            case q.All(clauses):
                return {"bool": {"must": [self.of(clause) for clause in clauses]}}
            case q.Either(clauses):
                return _any_of([self.of(clause) for clause in clauses])
            case q.Value(field, values):
                return _filter([{"terms": {path: list(values)}} for path in self._paths(field)])
            case q.Present(field):
                return _filter([{"exists": {"field": path}} for path in self._paths(field)])
            case q.Range(field, low, high):
                limits = {"gte": self._limit(low), "lt": self._limit(high)}
                given = {name: limit for name, limit in limits.items() if limit is not None}
                return _filter([{"range": {path: given}} for path in self._paths(field)])

    def _searched(self, field: str) -> list[str]:
        if field == q.ANY:
            title, *others = SEARCHED[self.family]
            return [f"{title}^{TITLE_WEIGHT}", *others]
        return [f"{path}.text" if field in _NAMES else path for path in self._paths(field)]

    def _paths(self, field: str) -> Sequence[str]:
        found = _PATHS[self.family].get(field)
        if found is None:
            raise UsageError(f"query: {self.family} have no {field}: leave it out, or search articles")
        return found

    def _limit(self, bound: q.Bound | None) -> int | str | None:
        moment = bound.before(self.now) if isinstance(bound, q.Ago) else bound
        return moment.isoformat(timespec="milliseconds") if isinstance(moment, datetime) else moment


def _prefix(beginning: str, fields: list[str]) -> dict[str, Any]:
    return {"simple_query_string": {"query": f"{beginning}*", "fields": fields, "flags": "PREFIX"}}


def _any_of(choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"should": choices, "minimum_should_match": 1}}


def _filter(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """A condition that does not count for the order of the results."""
    return {"bool": {"filter": choices if len(choices) == 1 else [_any_of(choices)]}}
