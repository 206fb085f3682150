"""What documents are made of: the types of fields in the mapping, and how attributes come from messages.

`records.py` has the documents of each index.
"""

from enum import Enum
from functools import cache
from types import SimpleNamespace
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Struct, structs

S = TypeVar("S", bound=Struct)


class FieldType(Enum):
    """The types of the mapping. ``.folded`` and ``.text`` are searched without regard to accents."""

    DATE = "date"
    FLAG = "boolean"
    COUNT = "integer"
    OFFSET = "long"
    SCORE = "float"
    SECONDS = "double"  # a backfilled article is years old: a float would lose the seconds
    KEYWORD = "keyword"
    NAME = "keyword with .text"
    TEXT = "text with .folded"
    TITLE = "text with .folded and .keyword"
    STORED = "returned, not searched"


Name = Annotated[str, FieldType.NAME]
Text = Annotated[str, FieldType.TEXT]
Title = Annotated[str, FieldType.TITLE]
Seconds = Annotated[float, FieldType.SECONDS]
Offset = Annotated[int, FieldType.OFFSET]


def copied(kind: type[S], *sources: object, **values: Any) -> S:
    """A ``kind`` with ``values``, and with the attributes of the same names of ``sources``, the first that is not None.

    Works from messages to parts of documents and back, nested ones included. Where ``kind`` has a default, None counts
    as not given. Raises `msgspec.ValidationError` when a value does not fit.
    """
    given: dict[str, Any] = {}
    for name, required in _fields(kind):
        value = values.get(name)
        if name not in values:
            for source in sources:
                if (value := getattr(source, name, None)) is not None:
                    break
        if value is not None or required:
            given[name] = value
    return msgspec.convert(SimpleNamespace(**given), kind, from_attributes=True)


@cache
def _fields(kind: type[Struct]) -> tuple[tuple[str, bool], ...]:
    """Attribute -> whether it is required."""
    return tuple((one.name, one.required) for one in structs.fields(kind))


class DocumentPart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stored document or a part of one."""
