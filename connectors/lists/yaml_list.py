"""A YAML file with a list of entries: read with the line of each mistake, and written; its JSON Schema."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import yaml

from connectors.lists import durations
from connectors.lists.nodes import InvalidFields, Mistake, Nodes, line_of, meant
from streams.cleaning.who.registry import YAML_LOADER
from streams.contract.errors import UsageError

MAX_BYTES = 10_000_000  # 50,000 sources
MAX_DEPTH = 8  # the deepest valid file has 6 levels

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")


@dataclass(frozen=True)
class Entry(Generic[T]):
    """What an entry of a file describes. ``line``: where it begins; ``lines``: of its fields, by path."""

    value: T
    line: int
    lines: Mapping[str, int]

    def mistake(self, reason: str) -> Mistake:
        """A mistake at the line of the field with whose path and a colon ``reason`` begins, else of the entry."""
        path = reason.partition(":")[0]
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return Mistake(self.lines.get(path, self.line), reason)


class _NotSupported(Exception):
    """YAML that is refused before it is read."""

    def __init__(self, event: yaml.Event, reason: str) -> None:
        super().__init__(reason)
        self.mistake = Mistake(event.start_mark.line + 1 if event.start_mark else 1, reason)


@dataclass(frozen=True)
class YamlList(Generic[S]):
    """A kind of file: a mapping with one key, ``name``, whose value is a list of ``spec``.

    ``what``: one entry, for people; ``first``: its most important field, which it has to have.
    """

    name: str
    what: str
    spec: type[S]
    first: str
    title: str
    limit: int = field(default=MAX_BYTES)

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of the file, which editors use for completion and checks."""
        file = msgspec.defstruct(
            f"{self.name.capitalize()}File",
            [(self.name, tuple[self.spec, ...])],  # type: ignore[name-defined]
            frozen=True,
            forbid_unknown_fields=True,
        )
        file.__doc__ = "The whole file."
        generated = msgspec.json.schema(file)
        for one in generated["$defs"].values():
            if "properties" in one:
                one["additionalProperties"] = False
        _describe_durations(generated)
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": self.title, **generated}

    def write_schema(self, path: Path) -> None:
        """Update a schema file after a change of the types."""
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self.schema())) + b"\n")

    def dump(self, specs: Iterable[S]) -> str:
        """The file that `parse` reads, without the defaults."""
        built = {self.name: [as_written(one) for one in specs]}
        text: str = yaml.safe_dump(built, allow_unicode=True, sort_keys=False, width=100)
        return text

    def parse(self, content: bytes, make: Callable[[S], T]) -> tuple[list[Entry[T]], list[Mistake]]:
        """The entries of a file, made of their specifications, and its mistakes, in the order of their lines.

        An entry with a mistake is left out; so is one of which ``make`` raises `UsageError`.
        """
        if len(content) > self.limit:
            return [], [Mistake(1, f"the file is over the limit of {self.limit:,} bytes")]
        try:
            root = _compose(content)
        except _NotSupported as error:
            return [], [error.mistake]
        except yaml.MarkedYAMLError as error:
            return [], [_syntax_mistake(error, content)]
        except yaml.reader.ReaderError:
            return [], [Mistake(1, "the file is no text in UTF-8: save it as UTF-8")]
        except (yaml.YAMLError, ValueError) as error:  # ValueError: dates that do not exist, of the C parser too
            return [], [Mistake(1, f"not YAML: {' '.join(str(error).split())[:200]}")]
        nodes = Nodes()
        found = [one for node in self._items(root, nodes) if (one := self._entry(node, nodes, make)) is not None]
        return found, sorted(nodes.mistakes, key=lambda one: one.line)

    def _items(self, root: yaml.Node | None, nodes: Nodes) -> Sequence[yaml.Node]:
        if isinstance(root, yaml.SequenceNode):
            nodes.note(root, f"write `{self.name}:` in a line above the list")
            return ()
        if not isinstance(root, yaml.MappingNode):
            reason = f"a mapping with the key `{self.name}` is expected, whose value is a list"
            nodes.mistakes.append(Mistake(1, reason))
            return ()
        items: Sequence[yaml.Node] = ()
        for name, node in nodes.pairs(root):
            if name != self.name:
                nodes.note(node, f"unknown field {name!r}{meant(name, [self.name])}")
            elif isinstance(node, yaml.SequenceNode):
                items = node.value
            else:
                nodes.note(node, f"`{self.name}` is a list: begin each {self.what} with `- {self.first}:`")
        return items

    def _entry(self, node: yaml.Node, nodes: Nodes, make: Callable[[S], T]) -> Entry[T] | None:
        if not isinstance(node, yaml.MappingNode):
            nodes.note(node, f"a {self.what} is a mapping that has at least `{self.first}: ...`")
            return None
        one = Nodes()
        values = one.fields(node, self.spec)
        if self.first not in values and not one.mistakes:
            one.note(node, f"a {self.what} without `{self.first}`")
        nodes.mistakes += one.mistakes
        if self.first not in values:
            return None
        read = Entry(None, line_of(node), one.lines)
        try:
            made = make(self.spec(**values))
        except InvalidFields as error:
            found = [(path, reason) for path, reason in error.reasons if path in values or not one.mistakes]
            nodes.mistakes += [Mistake(one.lines.get(path, read.line), reason) for path, reason in found]
        except UsageError as error:
            nodes.mistakes += [] if one.mistakes else [read.mistake(str(error))]
        else:
            return None if one.mistakes else Entry(made, read.line, read.lines)
        return None


def same_twice(entries: Iterable[Entry[T]], key: Callable[[T], str], what: str) -> tuple[list[Entry[T]], list[Mistake]]:
    """The entries with different keys, the first of each, and a mistake for each other one."""
    first: dict[str, Entry[T]] = {}
    mistakes = []
    for one in entries:
        before = first.setdefault(key(one.value), one)
        if before is not one:
            mistakes.append(Mistake(one.line, f"the same {what} as in line {before.line}: {key(one.value)}"))
    return list(first.values()), mistakes


def as_written(value: Any) -> Any:
    """A specification as plain values without its defaults, with lengths of time as people write them."""
    if isinstance(value, timedelta):
        return durations.show(value)
    if isinstance(value, msgspec.Struct):
        parts = ((one, getattr(value, one.name)) for one in msgspec.structs.fields(value))
        return {one.encode_name: as_written(part) for one, part in parts if part != _default(one)}
    if isinstance(value, list | tuple):
        return [as_written(one) for one in value]
    return msgspec.to_builtins(value)


def _default(one: msgspec.structs.FieldInfo) -> Any:
    return one.default if one.default_factory is msgspec.NODEFAULT else one.default_factory()


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


# what libyaml says of usual mistakes -> what to do
_SYNTAX = (
    ("found a tab character", "a tab: indent with spaces"),
    ("mapping values are not allowed", "a colon in a text, or a line that is indented wrongly: put the text in quotes"),
    ("another document", "a second document (---): a file has one"),
    ("did not find expected", "check the brackets, quotes and indentation of this line and the one above"),
)


def _syntax_mistake(error: yaml.MarkedYAMLError, content: bytes) -> Mistake:
    said, mark = str(error.problem or error.context), error.problem_mark or error.context_mark
    if error.context_mark is not None and "quoted scalar" in str(error.context):
        return Mistake(error.context_mark.line + 1, "not YAML: a quote that is not closed")
    line = mark.line if mark is not None else 0
    words = next((words for begin, words in _SYNTAX if begin in said), "")
    if mark is not None and "cannot start any token" in said:
        at = content.decode("utf-8", "replace").splitlines()[line : line + 1]
        sign = at[0][mark.column : mark.column + 1] if at else ""
        words = _SYNTAX[0][1] if sign == "\t" else f"a text that begins with {sign!r}: put it in quotes"
    return Mistake(line + 1, f"not YAML: {words or said}")


def _describe_durations(schema: Any) -> None:
    """Lengths of time are ``6h`` in these files, not as ISO 8601 writes them."""
    if isinstance(schema, list):
        for one in schema:
            _describe_durations(one)
    elif isinstance(schema, dict):
        if schema.get("format") == "duration":
            del schema["format"]
            schema["pattern"] = durations.PATTERN
        for one in schema.values():
            _describe_durations(one)
