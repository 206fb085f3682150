"""The JSON Schema of a line for `storywatch ingest`, generated from `connectors.files.objects.FIELDS`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from connectors.files.objects import FIELDS, NAME_FIELDS

SCHEMA_FILE = Path(__file__).with_name("line.schema.json")
_TEXT = {"type": ["string", "null"]}
_NAME = {
    "type": ["string", "object", "array", "null"],
    "items": {"type": ["string", "object"]},
    "properties": {name: {"type": "string"} for name in NAME_FIELDS},
}
_TIME = {"type": ["string", "number", "null"]}
# field -> its description and its schema
DESCRIBED: Mapping[str, tuple[str, dict[str, Any]]] = {
    "url": ("Address of the article, http or https. Its id comes from it.", _TEXT),
    "html": ("The whole page, as it was served.", _TEXT),
    "body": ("The article's own text and nothing else; tags in it are taken out. Used where there is no html.", _TEXT),
    "title": ("The headline. Alone, without html and body, the article is a headline.", _TEXT),
    "summary": ("What the publisher says of it in a sentence or two.", _TEXT),
    "published": (
        "When it was published: ISO 8601, RFC 2822, Unix seconds or milliseconds, or as pages write it.",
        _TIME,
    ),
    "authors": ("Names of people: a text, an object with a name, or a list of either.", _NAME),
    "publisher": ("Name of the outlet: a text or an object with a name.", _NAME),
    "language": ("Language code, such as en or pt-BR.", _TEXT),
    "labels": ("Words of your own to find it by: a text or a list of texts.", _NAME),
    "fetched_at": ("When it was fetched from the web: ISO 8601, Unix seconds or milliseconds.", _TIME),
}


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line. Other fields are allowed, and ignored."""
    properties: dict[str, Any] = {}
    for wanted, names in FIELDS.items():
        described, kind = DESCRIBED[wanted]
        properties[names[0]] = {"description": described, **kind}
        properties |= {alias: {"description": f"Another name of {names[0]}.", **kind} for alias in names[1:]}
    texts = [name for wanted in ("html", "body", "title") for name in FIELDS[wanted]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line that `storywatch ingest` takes",
        "type": "object",
        "properties": dict(sorted(properties.items())),
        "anyOf": [{"required": [name]} for name in texts],
    }


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Update the schema file after a change of `FIELDS`."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(schema())) + b"\n")
