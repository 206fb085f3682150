"""The strict mapping of each index, made from the types of its documents (`records.py`)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from msgspec import structs

from connectors.elastic.document_part import FieldType
from connectors.elastic.names import Family
from connectors.elastic.records import RECORDS

Properties = dict[str, dict[str, Any]]

FOLDED = "storywatch_folded"  # the analyzer that the analysis component template defines
TERM_CHARACTERS = (
    8191  # Lucene refuses a term over 32,766 bytes and with it the document; UTF-8 takes up to 4 a character
)

_FOLDED = {"type": "text", "analyzer": FOLDED}
_KEYWORD = {"type": "keyword", "ignore_above": TERM_CHARACTERS}
_DEFINITIONS: Mapping[FieldType, dict[str, Any]] = {
    FieldType.KEYWORD: _KEYWORD,
    FieldType.NAME: {**_KEYWORD, "fields": {"text": _FOLDED}},
    FieldType.TEXT: {"type": "text", "fields": {"folded": _FOLDED}},
    FieldType.TITLE: {"type": "text", "fields": {"folded": _FOLDED, "keyword": _KEYWORD}},
    FieldType.STORED: {"type": "object", "enabled": False},
}
_PLAIN = {datetime: FieldType.DATE, bool: FieldType.FLAG, int: FieldType.COUNT, float: FieldType.SCORE}


def properties(family: Family) -> Properties:
    """Document field -> its definition. Made when first used: commands that only search do not need it."""
    return _properties(RECORDS[family])


@cache
def _properties(kind: type) -> Properties:
    hints = get_type_hints(kind, include_extras=True)
    return {one.encode_name: _definition(hints[one.name]) for one in structs.fields(kind)}


def _definition(hint: Any) -> dict[str, Any]:
    """Of the type of one value, since a field may always hold several; strings, enums and literals are keywords."""
    arguments = get_args(hint)
    if get_origin(hint) is Annotated:
        marked = next((one for one in arguments[1:] if isinstance(one, FieldType)), None)
        return _definition(arguments[0]) if marked is None else _DEFINITIONS.get(marked, {"type": marked.value})
    if get_origin(hint) in (Union, UnionType):
        return _definition(next(one for one in arguments if one is not NoneType))
    if get_origin(hint) is tuple:
        return _definition(arguments[0])
    if hasattr(hint, "__struct_fields__"):
        return {"properties": _properties(hint)}
    return {"type": _PLAIN[hint].value} if hint in _PLAIN else _KEYWORD


# Where a word without a field name is searched, from Kibana's query bar too.
SEARCHED: Mapping[Family, tuple[str, ...]] = {
    Family.ARTICLES: ("article.title.folded", "article.summary.folded", "article.body.folded"),
    Family.STORIES: ("story.title.folded", "article.title.folded"),
    Family.ALERTS: ("story.title.folded", "article.title.folded", "alert.reason.folded"),
    Family.DEADLETTERS: ("error.message.folded", "resolution.reason.folded"),
    Family.AUDIT: ("change.name.text", "change.by.text"),
    Family.LINKS: ("link.reasons.folded", "link.by.text"),
    Family.NOTICES: ("source.name.text", "alert.reason.folded"),
}


def mapping(family: Family) -> dict[str, Any]:
    return {"dynamic": "strict", "properties": properties(family)}


def flat(properties: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field below ``properties`` with its dotted path; sub-fields (``fields``) count as fields."""
    for name, definition in properties.items():
        here = f"{path}{name}"
        if "properties" in definition:
            yield from flat(definition["properties"], f"{here}.")
            continue
        yield here, definition
        yield from flat(definition.get("fields", {}), f"{here}.")


def conflicts(family: Family, found: Mapping[str, Any]) -> list[str]:
    """Why the mapping on the server cannot be extended to hold this family's documents: one line per conflict."""
    problems = [] if found.get("dynamic") == "strict" else ["it is not strict: it was not made by `storywatch init`"]
    there = dict(flat(found.get("properties", {})))
    for path, wanted in flat(properties(family)):
        kind = there.get(path, wanted).get("type", "object")
        if kind != wanted["type"]:
            problems.append(f"field {path} is {kind}, not {wanted['type']}")
    objects = (path for path, definition in properties(family).items() if "properties" in definition)
    problems += [f"field {path} holds a value, not an object" for path in objects if path in there]
    return problems


def missing(family: Family, found: Mapping[str, Any]) -> list[str]:
    """The fields of this family that a mapping lacks."""
    there = dict(flat(found.get("properties", {})))
    return [path for path, _ in flat(properties(family)) if path not in there]


def covers(family: Family, simulated: Mapping[str, Any]) -> bool:
    """Whether the index that the server would make (``_simulate_index``) can hold this family."""
    found = simulated.get("template", {}).get("mappings", {})
    return not conflicts(family, found) and not missing(family, found)
