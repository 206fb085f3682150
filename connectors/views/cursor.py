"""Where a list goes on: a position in one order of one choice, as text."""

import base64
import binascii
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from connectors.elastic.read.clauses import InvalidRequest
from streams.contract.messages import digest

MOST_CHARACTERS = 500
Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Key = Annotated[str, Meta(max_length=100)]

P = TypeVar("P")


def encode(position: Any, choice: object) -> str:
    """The cursor after the entry at this position. ``choice``: what was asked for, in a form that its repr tells."""
    packed = msgspec.json.encode([_mark(choice), position])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode(text: str, kind: type[P], choice: object) -> P:
    """The position in a cursor of the same choice. Raises `InvalidRequest` for any other text.

    A position is no secret: whoever makes one up gets the list from there, as if they had read up to it.
    """
    try:
        if len(text) <= MOST_CHARACTERS:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            mark, position = msgspec.json.decode(packed, type=tuple[str, kind])  # type: ignore[valid-type]
            if mark == _mark(choice):
                return position
    except (ValueError, binascii.Error, msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    raise InvalidRequest("this cursor is not one that this list has given: begin without it")


def _mark(choice: object) -> str:
    return digest(repr(choice))[:12]
