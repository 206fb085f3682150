"""What is wrong with a value, in plain words: messages of msgspec for people who write JSON, YAML and parameters."""

import re
from collections.abc import Mapping
from enum import EnumMeta
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

# what msgspec calls a type -> what to write, and what was written instead
WANTED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "array": "a list",
    "object": "an object with fields",
    "datetime": "a time with its zone, such as 2031-05-04T12:00:00Z",
    "date": "a date, such as 2031-05-04",
    "bytes": "text in base64",
}
_GOT = {**WANTED, "object": "an object", "datetime": "a time", "date": "a date"}
_COUNTED = {"str": ("character", "characters"), "array": ("entry", "entries"), "object": ("field", "fields")}
_BOUNDS = {">=": "of at least", "<=": "of at most", ">": "of more than", "<": "of less than"}
_PLACE = re.compile(r" - at (?:`key` in )?`\$\.?([^`]*)`$")
_EXPECTED = re.compile(r"Expected `([^`]{1,200})`(.*)", re.DOTALL)
_TIME_OF_DAY = "[0-5][0-9]$'"  # the end of the pattern of `docs/desk.md`: hours, colon, minutes


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one value. ``path``: of its field, "" for all of it. ``wanted``: what to write, "" if that is
    not known. ``got``: what was written, "" where the message of msgspec does not say it."""

    path: str
    wanted: str
    got: str
    said: str

    @property
    def reason(self) -> str:
        """One clause, without the field."""
        if not self.wanted:
            return self.said
        return f"expected {self.wanted}{f', got {self.got}' if self.got else ''}"

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


def fault(error: msgspec.ValidationError | str, wanted: Mapping[str, str] = WANTED) -> Fault:
    """Read a message of msgspec. ``wanted``: type -> what to write, in words that fit where it is written."""
    said = str(error)
    place = _PLACE.search(said)
    said = _PLACE.sub("", said).strip().rstrip(".")
    path = place.group(1) if place else ""
    expected = _EXPECTED.fullmatch(said)
    if expected is None:
        return _other(path, said, wanted)
    names = [name for name in expected.group(1).split(" | ") if name != "null"] or ["null"]
    rest = expected.group(2)
    if got := re.fullmatch(r", got `([^`]{1,80})`", rest):
        return Fault(path, _alternatives(names, wanted), _GOT.get(got.group(1), got.group(1)), said)
    return Fault(path, _bounded(names, rest.strip(), wanted), "", said)


def _alternatives(names: list[str], wanted: Mapping[str, str]) -> str:
    return " or ".join(dict.fromkeys(wanted.get(name, name) for name in names))


def _bounded(names: list[str], rest: str, wanted: Mapping[str, str]) -> str:
    """What to write where the type is right, but not the value."""
    what = _alternatives(names, wanted)
    if bound := re.fullmatch(r"(>=|<=|>|<) (-?[\d.]{1,30})", rest):
        return f"{what} {_BOUNDS[bound.group(1)]} {bound.group(2)}"
    if length := re.fullmatch(r"of length (>=|<=) (\d{1,20})", rest):
        most = "at most" if length.group(1) == "<=" else "at least"
        return f"{most} {length.group(2)} {_COUNTED.get(names[0], ('byte', 'bytes'))[length.group(2) != '1']}"
    if rest.startswith("matching regex"):
        return "a time of day, such as 22:00" if rest.endswith(_TIME_OF_DAY) else f"text {rest}"
    return what


def _other(path: str, said: str, wanted: Mapping[str, str]) -> Fault:
    if named := re.fullmatch(r"Object missing required field `([^`]*)`", said):
        return Fault(path, "", "", f"`{named.group(1)}` is missing")
    if named := re.fullmatch(r"Object contains unknown field `([^`]*)`", said):
        return Fault(path, "", "", f"unknown field `{named.group(1)}`")
    if value := re.fullmatch(r"Invalid (?:enum )?value (.{1,200})", said, re.DOTALL):
        return Fault(path, "", "", f"{value.group(1)} is unknown")
    for kind, name in (("RFC3339 encoded datetime", "datetime"), ("RFC3339 encoded date", "date")):
        if said == f"Invalid {kind}":
            return Fault(path, wanted[name], "", said)
    return Fault(path, "", "", said)


def core_type(hint: Any) -> Any:
    """The type without its constraints and without None."""
    if get_origin(hint) is Annotated:
        return core_type(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return core_type(next(one for one in get_args(hint) if one is not NoneType))
    return hint


def choices(hint: Any) -> list[str]:
    """The values that a field, or an entry of its list, may have, if it is one of a few; else none."""
    core = core_type(hint)
    if get_origin(core) in (tuple, list):
        return choices(get_args(core)[0])
    if get_origin(core) is Literal:
        return [str(value) for value in get_args(core)]
    return list(map(str, core)) if isinstance(core, EnumMeta) else []
