"""Search terms and options -> clauses of an Elasticsearch query."""

from datetime import UTC, datetime
from typing import Any

from connectors.elastic.names import Family
from connectors.elastic.read.query_language import translated
from streams.alerts import query as language
from streams.contract.errors import UsageError
from streams.contract.messages import COPIES

Query = dict[str, Any]


class InvalidRequest(UsageError):
    """What was asked for cannot be searched: whoever asks has to change it."""


def words_in(words: str, family: Family, now: datetime | None = None) -> Query:
    """The query that ``words`` is in the language of `streams.alerts.query`. Raises `InvalidRequest` if it is none.

    ``now``: the time to which ``now-7d`` refers; by default the present.
    """
    try:
        return translated(language.parse(words), family, now or datetime.now(UTC))
    except UsageError as error:
        raise InvalidRequest(str(error)) from error


def names_entity(entity: str) -> Query:
    names = [f"entities.{kind}.text" for kind in ("persons", "organisations", "places", "groups")]
    return any_of(
        {"term": {"entities.keys": {"value": short(entity), "case_insensitive": True}}},
        {"multi_match": {"query": entity, "type": "phrase", "fields": names}},
    )


def from_publisher(publisher: str) -> Query:
    return any_of(
        *(
            {"term": {f"publisher.{name}": {"value": short(publisher), "case_insensitive": True}}}
            for name in ("id", "domain", "owner")
        ),
        {"match_phrase": {"publisher.name.text": publisher}},
    )


def short(text: str) -> str:
    """The text. Raises `InvalidRequest` when it is longer than a query may be."""
    if len(text) > language.MOST_CHARACTERS:
        raise InvalidRequest(f"{len(text):,} characters to search for are too many: at most {language.MOST_CHARACTERS}")
    return text


def between(since: datetime | None, until: datetime | None) -> list[Query]:
    limits = {"gte": since and since.isoformat(), "lt": until and until.isoformat()}
    given = {name: limit for name, limit in limits.items() if limit}
    return [{"range": {"@timestamp": given}}] if given else []


def term(field: str, value: str) -> Query:
    return {"term": {field: {"value": value}}}


def named(field: str, value: str) -> Query:
    """A keyword, whatever its case."""
    return {"term": {field: {"value": short(value), "case_insensitive": True}}}


def at_least(field: str, value: int | str) -> Query:
    return {"range": {field: {"gte": value}}}


def is_copy() -> Query:
    """Articles that carry another publisher's text, revisions of them too."""
    copies = sorted(one.value for one in COPIES)
    return any_of(*({"terms": {f"article.copy.{name}": copies}} for name in ("relation", "text_relation")))


def any_of(*queries: Query) -> Query:
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


def all_of(filters: list[Query]) -> Query:
    return {"bool": {"filter": filters}} if filters else {"match_all": {}}


def flag(field: str) -> Query:
    return {"term": {field: True}}
