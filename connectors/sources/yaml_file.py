"""`sources.yaml`: read with the line of each mistake and what may have been meant, and written; its JSON Schema."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from connectors.sources.spec import SourceSpec, to_source
from streams.cleaning.who.registry import YAML_LOADER
from streams.contract.errors import UsageError
from streams.contract.messages import WatchedSource

SCHEMA_FILE = Path(__file__).with_name("sources.schema.json")
MAX_BYTES = 10_000_000  # 50,000 sources
MAX_DEPTH = 8  # the deepest valid file has 5 levels
MAX_MISTAKES = 20  # that are reported
_FIELDS = {one.name: one for one in msgspec.structs.fields(SourceSpec)}


class SourcesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    sources: tuple[SourceSpec, ...]


@dataclass(frozen=True)
class Mistake:
    """One mistake in a file. ``line`` counts from 1."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class _NotSupported(Exception):
    """YAML that is refused before it is read."""

    def __init__(self, event: yaml.Event, reason: str) -> None:
        super().__init__(reason)
        self.mistake = Mistake(event.start_mark.line + 1 if event.start_mark else 1, reason)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file, which editors use for completion and checks."""
    generated = msgspec.json.schema(SourcesFile)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The sources that Storywatch watches",
        **generated,
    }


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Update the schema file after a change of `SourceSpec`."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(schema())) + b"\n")


def dump(specs: Iterable[SourceSpec]) -> str:
    """The file that `parse` reads, without the defaults."""
    built = {"sources": [msgspec.to_builtins(one) for one in specs]}
    text: str = yaml.safe_dump(built, allow_unicode=True, sort_keys=False, width=100)
    return text


def parse(content: bytes, now: datetime) -> tuple[list[WatchedSource], list[Mistake]]:
    """The sources of a file, and its mistakes, in the order of their lines. A source with a mistake is left out."""
    if len(content) > MAX_BYTES:
        return [], [Mistake(1, f"the file is over the limit of {MAX_BYTES:,} bytes")]
    try:
        root = _compose(content)
    except _NotSupported as error:
        return [], [error.mistake]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return [], [Mistake(mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}")]
    except (yaml.YAMLError, ValueError) as error:  # ValueError: dates that do not exist, of the C parser too
        return [], [Mistake(1, f"not YAML: {' '.join(str(error).split())[:200]}")]
    found: list[WatchedSource] = []
    mistakes: list[Mistake] = []
    lines: dict[str, int] = {}
    for node in _items(root, mistakes):
        source = _source(node, now, mistakes)
        if source is None:
            continue
        if source.id in lines:
            mistakes.append(Mistake(_line(node), f"the same address as in line {lines[source.id]}: {source.url}"))
            continue
        lines[source.id] = _line(node)
        found.append(source)
    return found, sorted(mistakes, key=lambda one: one.line)


def _compose(content: bytes) -> yaml.Node | None:
    """The document as nodes with their lines. Aliases are refused: ten lines of them can expand to gigabytes."""
    depth = 0
    for event in yaml.parse(content, Loader=YAML_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise _NotSupported(event, f"an alias (*{event.anchor}), which is not supported")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _NotSupported(event, f"nested deeper than {MAX_DEPTH} levels")
    return yaml.compose(content, Loader=YAML_LOADER)


def _items(root: yaml.Node | None, mistakes: list[Mistake]) -> Sequence[yaml.Node]:
    if not isinstance(root, yaml.MappingNode):
        mistakes.append(Mistake(1, "a mapping with the key `sources` is expected, whose value is a list"))
        return ()
    items: Sequence[yaml.Node] = ()
    for name, node in _pairs(root, mistakes):
        if name != "sources":
            mistakes.append(Mistake(_line(node), f"unknown field {name!r}{_meant(name, ['sources'])}"))
        elif isinstance(node, yaml.SequenceNode):
            items = node.value
        else:
            mistakes.append(Mistake(_line(node), "`sources` is a list: begin each source with `- url:`"))
    return items


def _source(node: yaml.Node, now: datetime, mistakes: list[Mistake]) -> WatchedSource | None:
    if not isinstance(node, yaml.MappingNode):
        mistakes.append(Mistake(_line(node), "a source is a mapping that has at least `url: https://...`"))
        return None
    before = len(mistakes)
    values: dict[str, Any] = {}
    for name, value in _pairs(node, mistakes):
        if name not in _FIELDS:
            mistakes.append(Mistake(_line(value), f"unknown field {name!r}{_meant(name, _FIELDS)}"))
            continue
        try:
            values[name] = msgspec.convert(_plain(value), _FIELDS[name].type, strict=False)
        except msgspec.ValidationError as error:
            given = value.value if isinstance(value, yaml.ScalarNode) else ""
            choices = _choices(name)
            one_of = f", one of {', '.join(choices)}{_meant(given, choices)}" if choices else ""
            mistakes.append(Mistake(_line(value), f"{name}: {str(error).rstrip('.')}{one_of}"))
    if "url" not in values and len(mistakes) == before:
        mistakes.append(Mistake(_line(node), "a source without `url`"))
    if len(mistakes) > before:
        return None
    try:
        return to_source(SourceSpec(**values), now)
    except UsageError as error:
        mistakes.append(Mistake(_line(node), str(error)))
        return None


def _pairs(node: yaml.MappingNode, mistakes: list[Mistake]) -> Iterator[tuple[str, yaml.Node]]:
    """The fields of a mapping, each once."""
    seen: set[str] = set()
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if name in seen:
            mistakes.append(Mistake(_line(key), f"{name!r} is given twice"))
        else:
            seen.add(name)
            yield name, value


def _plain(node: yaml.Node) -> Any:
    """The value of a node. Scalars stay text, so that a language ``no`` is not taken for false."""
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one) for one in node.value]
    return {_plain(key): _plain(value) for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _choices(name: str) -> list[str]:
    """The values that a field may have, if it is one of a few."""
    info = msgspec.inspect.type_info(_FIELDS[name].type)
    kind = info.type if isinstance(info, msgspec.inspect.Metadata) else info
    if isinstance(kind, msgspec.inspect.LiteralType):
        return [str(value) for value in kind.values]
    return [str(one.value) for one in kind.cls] if isinstance(kind, msgspec.inspect.EnumType) else []


def _meant(given: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(given.lower(), list(known), n=1, cutoff=0.6)
    return f" (was {close[0]!r} meant?)" if close else ""


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
