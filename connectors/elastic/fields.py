"""The strict mapping of each index as data: field name -> Elasticsearch type.

Entities are flat lists a type, since Kibana can neither filter nor chart nested fields well; their offsets are
stored, not indexed. Text fields have a ``.folded`` sub-field in which accents do not count, where the server can.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.elastic.names import Family

Properties = dict[str, dict[str, Any]]

FOLDED = "storywatch_folded"  # the analyzer that the analysis component template defines
TERM_CHARACTERS = (
    8191  # Lucene refuses a term over 32,766 bytes and with it the document; UTF-8 takes up to 4 a character
)

_folded = {"type": "text", "analyzer": FOLDED}
DATE = {"type": "date"}
FLAG = {"type": "boolean"}
COUNT = {"type": "integer"}
OFFSET = {"type": "long"}
SCORE = {"type": "float"}
SECONDS = {"type": "double"}  # a backfilled article is years old: a float would lose the seconds
STORED = {"type": "object", "enabled": False}
KEYWORD = {"type": "keyword", "ignore_above": TERM_CHARACTERS}
NAME = {**KEYWORD, "fields": {"text": _folded}}
TEXT = {"type": "text", "fields": {"folded": _folded}}
TITLE = {"type": "text", "fields": {"folded": _folded, "keyword": KEYWORD}}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"properties": properties}


_dating = _object(precision=KEYWORD, source=KEYWORD, confidence=SCORE)
_source = _object(key=KEYWORD, name=NAME)
_stage = _object(arrived=DATE, left=DATE, version=KEYWORD)

EVENT = _object(dataset=KEYWORD, kind=KEYWORD)
URL = _object(full=KEYWORD, original=KEYWORD, scheme=KEYWORD, domain=KEYWORD, path=KEYWORD)
PUBLISHER = _object(
    id=KEYWORD,
    name=NAME,
    domain=KEYWORD,
    country=KEYWORD,
    owner=KEYWORD,
    agency=FLAG,
    source=KEYWORD,
    confidence=SCORE,
)
ARTICLE = _object(
    id=KEYWORD,
    kind=KEYWORD,
    lane=KEYWORD,
    lane_reason=TEXT,
    title=TITLE,
    body=TEXT,
    body_source=KEYWORD,
    body_confidence=SCORE,
    summary=TEXT,
    section=KEYWORD,
    tags=KEYWORD,
    image=KEYWORD,
    language=KEYWORD,
    first_seen=DATE,
    fetched=DATE,
    published=DATE,
    published_by=_dating,
    modified=DATE,
    modified_by=_dating,
    revision=KEYWORD,
    arrival=KEYWORD,
    origin=KEYWORD,
    authors=NAME,
    credits=NAME,
    words=COUNT,
    links=KEYWORD,
    quotes=TEXT,
    numbers=KEYWORD,
    copy=_object(
        relation=KEYWORD,
        group=KEYWORD,
        of=KEYWORD,
        of_publisher=KEYWORD,
        similarity=SCORE,
        reason=TEXT,
        text_relation=KEYWORD,
    ),
    edit=_object(number=COUNT, title_before=TEXT, added=TEXT, removed=COUNT),
    received=DATE,
    filed=DATE,
    seconds_to_file=SECONDS,
    stages=_object(
        receive=_stage,
        clean=_stage,
        dedup=_stage,
        tag=_stage,
        story=_stage,
        match=_stage,
        decide=_stage,
        deliver=_stage,
        store=_object(arrived=DATE, version=KEYWORD),
    ),
)
STORY = _object(
    id=KEYWORD,
    title=TITLE,
    language=KEYWORD,
    first_seen=DATE,
    last_seen=DATE,
    articles=COUNT,
    source_count=COUNT,
    sources=NAME,
    source_keys=KEYWORD,
    publishers=NAME,
    update=KEYWORD,
    filing=_object(
        decision=KEYWORD,
        score=SCORE,
        threshold=SCORE,
        reasons=TEXT,
        nearest=KEYWORD,
        shared_entities=KEYWORD,
        shared_terms=KEYWORD,
        gap_seconds=SECONDS,
        moved_from=KEYWORD,
    ),
    brought=_object(source=_source, at=DATE),
    moved_to=KEYWORD,
    coverage=_object(source=_source, new_source=FLAG, new_publisher=FLAG, reason=TEXT),
)
ENTITIES = _object(persons=NAME, organisations=NAME, places=NAME, groups=NAME, keys=KEYWORD, details=STORED)
ALERT = _object(
    id=KEYWORD,
    made=DATE,
    condition=KEYWORD,
    reason=TEXT,
    source=_source,
    source_count=COUNT,
    seconds_to_make=SECONDS,
)
LETTER = _object(
    id=KEYWORD,
    state=KEYWORD,
    open=FLAG,
    attempts=COUNT,
    stage=KEYWORD,
    refused=DATE,
    attempt=COUNT,
    bytes=COUNT,
)
RESOLUTION = _object(state=KEYWORD, attempt=COUNT, offset=OFFSET, at=DATE, by=KEYWORD, reason=TEXT)

_common: Properties = {
    "@timestamp": DATE,
    "event": EVENT,
    "url": URL,
    "publisher": PUBLISHER,
    "article": ARTICLE,
    "story": STORY,
    "entities": ENTITIES,
}
FIELDS: Mapping[Family, Properties] = {
    Family.ARTICLES: _common,
    Family.STORIES: _common,
    Family.ALERTS: {
        **_common,
        "alert": ALERT,
        "track": _object(id=KEYWORD, name=NAME),
        "receiver": _object(id=KEYWORD, domain=KEYWORD),
        "delivery": _object(status=KEYWORD, attempts=COUNT, at=DATE, next_at=DATE, off=FLAG, answers=STORED),
        "http": _object(response=_object(status_code=COUNT)),
        "error": _object(message=TEXT),
    },
    Family.DEADLETTERS: {
        "@timestamp": DATE,
        "event": EVENT,
        "letter": LETTER,
        "resolution": RESOLUTION,
        "error": _object(message=TEXT, type=KEYWORD),
        "kafka": _object(topic=KEYWORD, partition=COUNT, offset=OFFSET, key=KEYWORD),
        "service": _object(version=KEYWORD),
        "article": _object(id=KEYWORD, arrival=KEYWORD, origin=KEYWORD),
        "publisher": _object(id=KEYWORD),
        "url": URL,
    },
}

# What a word without a field name is looked up in, from Kibana's query bar too.
SEARCHED: Mapping[Family, tuple[str, ...]] = {
    Family.ARTICLES: ("article.title.folded", "article.summary.folded", "article.body.folded"),
    Family.STORIES: ("story.title.folded", "article.title.folded"),
    Family.ALERTS: ("story.title.folded", "article.title.folded", "alert.reason.folded"),
    Family.DEADLETTERS: ("error.message.folded", "resolution.reason.folded"),
}


def mapping(family: Family) -> dict[str, Any]:
    return {"dynamic": "strict", "properties": FIELDS[family]}


def flat(properties: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field below some properties with its dotted path; sub-fields (``fields``) count as fields."""
    for name, definition in properties.items():
        here = f"{path}{name}"
        if "properties" in definition:
            yield from flat(definition["properties"], f"{here}.")
            continue
        yield here, definition
        yield from flat(definition.get("fields", {}), f"{here}.")


def conflicts(family: Family, found: Mapping[str, Any]) -> list[str]:
    """Why a mapping that the server has cannot hold this family's documents, whatever is added to it: one line each."""
    problems = [] if found.get("dynamic") == "strict" else ["it is not strict: it was not made by `storywatch init`"]
    there = dict(flat(found.get("properties", {})))
    for path, wanted in flat(FIELDS[family]):
        kind = there.get(path, wanted).get("type", "object")
        if kind != wanted["type"]:
            problems.append(f"field {path} is {kind}, not {wanted['type']}")
    objects = (path for path, definition in FIELDS[family].items() if "properties" in definition)
    problems += [f"field {path} holds a value, not an object" for path in objects if path in there]
    return problems


def missing(family: Family, found: Mapping[str, Any]) -> list[str]:
    """The fields of this family that a mapping does not have yet."""
    there = dict(flat(found.get("properties", {})))
    return [path for path, _ in flat(FIELDS[family]) if path not in there]


def covers(family: Family, simulated: Mapping[str, Any]) -> bool:
    """Whether the index that the server says it would make can hold this family."""
    found = simulated.get("template", {}).get("mappings", {})
    return not conflicts(family, found) and not missing(family, found)
