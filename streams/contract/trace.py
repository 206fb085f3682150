"""The trace of an article: one hop per stage, in a header of each message that results from it.

It travels beside the messages and never in them: neither an id nor a decision depends on when something was done, so a
message that is made again after a crash is the same one, with the times of the later attempt.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from streams import __version__
from streams.contract.topics import Headers

HEADER = "way"
RECEIVE = "receive"  # the hop of the command that takes an article in, before the first stage
MOST_HOPS = 16  # an article passes nine; only a loop makes more
MOST_BYTES = 4_096  # 16 hops take 1,500; anything larger is not ours
MOST_CHARACTERS = 100  # of a stage's name, and of a version
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)  # times outside are not ours

Name = Annotated[str, Meta(max_length=MOST_CHARACTERS)]
Time = Annotated[datetime, Meta(tz=True)]


class Hop(Struct, frozen=True, array_like=True):
    """One stage of an article's trace. ``left`` is None while the stage works on it; ``version`` is the code's."""

    stage: Name
    arrived: Time
    left: Time | None
    version: Name


Trace = tuple[Hop, ...]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Trace).decode


def now() -> datetime:
    return datetime.now(UTC)


def open_hop(stage: str, arrived: datetime) -> Hop:
    """A hop that begins now, in this version of the code."""
    return Hop(stage, arrived, None, __version__)


def read(headers: Headers) -> Trace | None:
    """The trace in the headers of a message: empty without one, None for an invalid one."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    for name, value in pairs:
        if name == HEADER:
            return _read(value or b"")
    return ()


def _read(value: bytes) -> Trace | None:
    if len(value) > MOST_BYTES:
        return None
    try:
        found: Trace = _decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    times = [time for hop in found for time in (hop.arrived, hop.left) if time is not None]
    return found if len(found) <= MOST_HOPS and all(EARLIEST <= time <= LATEST for time in times) else None


def close_hop(so_far: Trace, left: datetime) -> list[tuple[str, bytes]]:
    """The headers of messages that are sent when the last hop ends, at ``left``."""
    if not so_far:
        return []
    *before, last = so_far
    return [header((*before, msgspec.structs.replace(last, left=left)))]


def header(trace: Trace) -> tuple[str, bytes]:
    """The header that holds a trace, cut to its latest hops."""
    return HEADER, _encode(trace[-MOST_HOPS:])
