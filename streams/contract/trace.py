"""The way of an article so far: one step a stage, in the header of each message that comes of it.

It travels beside the messages and never in them: neither an id nor a decision depends on when something was done,
so a message that is made again after a crash is the same one, with the times at which it was done again.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from streams import __version__

HEADER = "way"
RECEIVE = "receive"  # the step of the command that takes an article in, before the first stage
MOST_STEPS = 16  # an article passes nine; beyond this only a loop can have made them
MOST_BYTES = 4_096  # 16 steps take 1,500; more did not come from us
MOST_CHARACTERS = 100  # of a stage's name, and of a version
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)  # others did not come from us

Name = Annotated[str, Meta(max_length=MOST_CHARACTERS)]
Time = Annotated[datetime, Meta(tz=True)]


class Hop(Struct, frozen=True, array_like=True):
    """One stage of an article's way. ``left`` is None while the stage has it, ``version`` is that of the code."""

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
    """A step that begins, in this code."""
    return Hop(stage, arrived, None, __version__)


def read(headers: Any) -> Trace | None:
    """The trace in the headers of a message (pairs of name and bytes): empty without one, None for an invalid one."""
    pairs: Iterable[tuple[str, bytes | None]] = headers or ()
    for name, value in pairs:
        if name == HEADER:
            return _read(value or b"")
    return ()


def _read(value: bytes) -> Trace | None:
    if len(value) > MOST_BYTES:
        return None
    try:
        way: Trace = _decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    times = [time for open_hop in way for time in (open_hop.arrived, open_hop.left) if time is not None]
    return way if len(way) <= MOST_STEPS and all(EARLIEST <= time <= LATEST for time in times) else None


def close_hop(way: Trace, left: datetime) -> list[tuple[str, bytes]]:
    """The headers of what is sent at the end of the last step, at ``left``."""
    if not way:
        return []
    *before, last = way
    return [header((*before, msgspec.structs.replace(last, left=left)))]


def header(way: Trace) -> tuple[str, bytes]:
    """The header that holds a way as it is."""
    return HEADER, _encode(way[-MOST_STEPS:])
