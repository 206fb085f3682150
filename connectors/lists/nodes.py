"""YAML nodes -> values of msgspec types, with the line of each mistake and what may have been meant."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import yaml

from connectors.lists import durations
from streams.contract import validation
from streams.contract.errors import UsageError

# in YAML a list and a text are written in more than one way
_WANTED = {
    **validation.WANTED,
    "str": "one text, in quotes if it has signs of YAML",
    "array": "a list, such as [one, other]",
    "object": "fields, such as {one: value}",
}
_SWITCHES = {"yes": True, "on": True, "no": False, "off": False}  # as in YAML 1.1, beside true and false


@dataclass(frozen=True)
class Mistake:
    """One mistake in a file. ``line`` counts from 1."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class InvalidFields(UsageError):
    """Fields whose values do not fit. ``reasons``: of each, the path of the field and one line."""

    def __init__(self, reasons: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(reason for _, reason in reasons))
        self.reasons = tuple(reasons)


@dataclass
class Nodes:
    """Reads nodes and collects mistakes. ``lines``: the line of each field that was read, by its path."""

    mistakes: list[Mistake] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def note(self, node: yaml.Node, reason: str) -> None:
        """Add a mistake at the line of a node."""
        self.mistakes.append(Mistake(line_of(node), reason))

    def pairs(self, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
        """The fields of a mapping, each once."""
        seen: set[str] = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in seen:
                self.note(key, f"{name!r} is given twice")
            else:
                seen.add(name)
                yield name, value

    def fields(self, node: yaml.MappingNode, kind: type, path: str = "") -> dict[str, Any]:
        """The fields of a mapping as values of those of the struct ``kind``, without those that have a mistake."""
        hints = types_of(kind)
        values: dict[str, Any] = {}
        for name, value in self.pairs(node):
            if name not in hints:
                self.note(value, f"unknown field {path + name!r}{meant(name, hints)}")
                continue
            self.lines[path + name] = line_of(value)
            before = len(self.mistakes)
            found = self._value(value, hints[name], path + name)
            if len(self.mistakes) == before:
                values[name] = found
        return values

    def _value(self, node: yaml.Node, hint: Any, path: str) -> Any:
        core = validation.core_type(hint)
        if _is_struct(core):
            return self._struct(node, core, path)
        if get_origin(core) is tuple and isinstance(node, yaml.ScalarNode) and node.value:
            return self.note(node, f"{path}: a list is expected, such as [{node.value[:60]}]")
        item = validation.core_type(get_args(core)[0]) if get_origin(core) is tuple else None
        if _is_struct(item) and isinstance(node, yaml.SequenceNode):
            return tuple(self._struct(one, item, f"{path}[{place}]") for place, one in enumerate(node.value))
        try:
            if core is timedelta:
                return durations.parse(node.value if isinstance(node, yaml.ScalarNode) else "")
            plain = _plain(node)
            if core is bool and isinstance(plain, str):
                plain = _SWITCHES.get(plain.lower(), plain)
            return msgspec.convert(plain, hint, strict=False)
        except UsageError as error:
            return self.note(node, f"{path}: {error}")
        except msgspec.ValidationError as error:
            return self.note(node, f"{path}: {_in_words(error)}{self._one_of(node, core)}")

    def _struct(self, node: yaml.Node, kind: Any, path: str) -> Any:
        if not isinstance(node, yaml.MappingNode):
            return self.note(node, f"{path}: fields are expected, such as `{next(iter(types_of(kind)))}: ...`")
        before = len(self.mistakes)
        values = self.fields(node, kind, f"{path}.")
        missing = [one.name for one in msgspec.structs.fields(kind) if one.required and one.name not in values]
        if missing and len(self.mistakes) == before:
            self.note(node, f"{path}: `{missing[0]}` is missing")
        return kind(**values) if not missing else None

    def _one_of(self, node: yaml.Node, core: Any) -> str:
        choices = validation.choices(core)
        if not choices:
            return ""
        entries = node.value if isinstance(node, yaml.SequenceNode) else [node]
        given = [one.value for one in entries if isinstance(one, yaml.ScalarNode) and one.value not in choices]
        return f": write one of {', '.join(choices)}{meant(given[0], choices) if given else ''}"


def line_of(node: yaml.Node) -> int:
    """The line of a node, counted from 1."""
    return int(node.start_mark.line) + 1


def meant(given: str, known: Iterable[str]) -> str:
    """A question that names the known word that is nearest to an unknown one; "" if none is near."""
    close = difflib.get_close_matches(given.lower(), list(known), n=1, cutoff=0.6)
    return f" (was {close[0]!r} meant?)" if close else ""


def _plain(node: yaml.Node) -> Any:
    """The value of a node. Scalars stay text, so that a language ``no`` is not taken for false."""
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one) for one in node.value]
    return {_plain(key): _plain(value) for key, value in node.value if isinstance(key, yaml.ScalarNode)}


@cache
def types_of(kind: type) -> dict[str, Any]:
    """The fields of a struct with their types."""
    return get_type_hints(kind, include_extras=True)


def _is_struct(core: Any) -> bool:
    return hasattr(core, "__struct_fields__")


def _in_words(error: msgspec.ValidationError) -> str:
    """What to write instead, for the usual types; else what is wrong."""
    found = validation.fault(error, _WANTED)
    return f"write {found.wanted}" if found.wanted else found.said
