"""What a person asks for in, clauses of an Elasticsearch query out. Nothing typed can be a syntax error."""

import re
from datetime import datetime
from typing import Any

from connectors.elastic.fields import SEARCHED
from connectors.elastic.names import Family
from streams.errors import Misuse

MOST_CHARACTERS = 500  # nobody types more
MOST_WORDS = 32  # 250 alternatives kept the embedded server busy for 26 s, and some thousand words end it
# Not FUZZY, NEAR and SLOP: fifty words with ~2 kept a full server busy for 28 s.
OPERATORS = "AND|OR|NOT|PHRASE|PRECEDENCE|PREFIX|WHITESPACE|ESCAPE"

Query = dict[str, Any]


def words_in(words: str, family: Family) -> Query:
    """Simple query string: the server's own language for what people type, which has no syntax errors."""
    count = len(re.findall(r"\w+", short(words)))
    if count > MOST_WORDS:
        raise Misuse(f"{count} words to search for are too many: at most {MOST_WORDS}")
    title, *others = SEARCHED[family]
    return {
        "simple_query_string": {
            "query": words,
            "fields": [f"{title}^3", *others],
            "default_operator": "and",
            "flags": OPERATORS,
        }
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
