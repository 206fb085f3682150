"""`sources.yaml`: read with the line of each mistake and what may have been meant, and written; its JSON Schema."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.http.net import PERMISSION
from connectors.lists.nodes import InvalidFields, Mistake
from connectors.lists.yaml_list import YamlList, same_twice
from connectors.sources.spec import SourceSpec, to_source
from streams.contract.messages import WatchedSource

SCHEMA_FILE = Path(__file__).with_name("sources.schema.json")
_FILE = YamlList("sources", "source", SourceSpec, "url", "The sources that Storywatch watches")


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file, which editors use for completion and checks."""
    return _FILE.schema()


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Update the schema file after a change of `SourceSpec`."""
    _FILE.write_schema(path)


def dump(specs: Iterable[SourceSpec]) -> str:
    """The file that `parse` reads, without the defaults."""
    return _FILE.dump(specs)


def parse(content: bytes, now: datetime) -> tuple[list[WatchedSource], list[Mistake]]:
    """The sources of a file, and its mistakes, in the order of their lines. A source with a mistake is left out."""

    def make(spec: SourceSpec) -> WatchedSource:
        try:
            return to_source(spec, now)
        except InvalidFields as error:
            raise InvalidFields([(name, _in_file(reason)) for name, reason in error.reasons]) from error

    entries, mistakes = _FILE.parse(content, make)
    entries, repeated = same_twice(entries, lambda source: source.url, "address")
    return [one.value for one in entries], sorted([*mistakes, *repeated], key=lambda one: one.line)


def _in_file(reason: str) -> str:
    return reason.replace(PERMISSION, "; `allow_private: true` permits it")
