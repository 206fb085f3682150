"""Where a client is in the log: the next offset of each partition, as the id of an event."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from connectors.elastic.read.clauses import InvalidRequest
from connectors.kafka.tail import Offsets, Part

MOST_CHARACTERS = 20_000  # a hundred partitions of three topics, and more
Offset = Annotated[int, Meta(ge=0, le=2**63 - 1)]


def encode(offsets: Offsets) -> str:
    """The offsets in the order of topic and partition."""
    packed = msgspec.msgpack.encode([offsets[part] for part in sorted(offsets)])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode(text: str, now: Offsets) -> dict[Part, int]:
    """The offsets of an id, none of them beyond ``now``. Raises `InvalidRequest` for what is no id of this log."""
    try:
        if len(text) <= MOST_CHARACTERS:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            found = msgspec.msgpack.decode(packed, type=list[Offset])
            if len(found) == len(now):
                return {part: min(offset, now[part]) for part, offset in zip(sorted(now), found, strict=True)}
    except (ValueError, binascii.Error, msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    raise InvalidRequest("this Last-Event-ID is not one that this stream has given: connect without it")


def distance(earlier: Mapping[Part, int], later: Mapping[Part, int]) -> int:
    """Number of records between two places."""
    return sum(max(0, later[part] - offset) for part, offset in earlier.items())
