"""What all messages share: the base types, the schema version and the digest that makes ids."""

import hashlib
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

SCHEMA = 1
MAX_VALUE_BYTES = 900_000  # brokers reject 1 MiB by default; the rest is room for keys, headers and batches


class Value(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a message. Fields with their default value are not written."""


class Message(Struct, frozen=True, kw_only=True):
    """A message of a topic. ``schema``: version of the type that wrote it."""

    schema: int = SCHEMA


Moment = Annotated[datetime, Meta(tz=True)]


def clipped(text: str, most: int) -> str:
    """Cut a text to ``most`` characters, the last of which is then ``…``."""
    return text if len(text) <= most else text[: most - 1] + "…"


def digest(*parts: str | bytes) -> str:
    """Return a stable id of its parts: 128 bits as 32 hexadecimal digits, the same on every machine.

    The hash is cryptographic, since parts come from third parties, who must not be able to construct two with
    the same id.
    """
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()
