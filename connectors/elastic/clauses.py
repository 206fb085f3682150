"""What a person asks for in, clauses of an Elasticsearch query out. Nothing typed can be a syntax error."""

from datetime import datetime
from typing import Any

from connectors.elastic.fields import SEARCHED
from connectors.elastic.names import Family
from streams.errors import Misuse

MOST_CHARACTERS = 500  # a query of some thousand words ends the embedded server; people type less

Query = dict[str, Any]


def words_in(words: str, family: Family) -> Query:
    """Simple query string: the server's own language for what people type, which has no syntax errors."""
    title, *others = SEARCHED[family]
    return {
        "simple_query_string": {"query": short(words), "fields": [f"{title}^3", *others], "default_operator": "and"}
    }


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
    """Raises `Misuse` for a text that nobody would type."""
    if len(text) > MOST_CHARACTERS:
        raise Misuse(f"{len(text):,} characters to search for are too many: at most {MOST_CHARACTERS}")
    return text


def between(since: datetime | None, until: datetime | None) -> list[Query]:
    limits = {"gte": since and since.isoformat(), "lt": until and until.isoformat()}
    given = {name: limit for name, limit in limits.items() if limit}
    return [{"range": {"@timestamp": given}}] if given else []


def term(field: str, value: str) -> Query:
    return {"term": {field: {"value": value}}}


def any_of(*queries: Query) -> Query:
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


def all_of(filters: list[Query]) -> Query:
    return {"bool": {"filter": filters}} if filters else {"match_all": {}}
