"""The way of an article so far: one step a stage, in the header of each message that comes of it.

It travels beside the messages and never in them: neither an id nor a decision depends on when something was done,
so a message that is made again after a crash is the same one, with the times at which it was done again.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from streams import __version__

HEADER = "way"
RECEIVE = "receive"  # the step of the command that takes an article in, before the first stage
MOST_STEPS = 16  # an article passes nine; beyond this only a loop can have made them
MOST_BYTES = 4_096  # 16 steps take 1,500; more did not come from us


class Step(Struct, frozen=True, array_like=True):
    """One stage of an article's way. ``left`` is None while the stage has it, ``version`` is that of the code."""

    stage: str
    arrived: datetime
    left: datetime | None
    version: str


Way = tuple[Step, ...]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Way).decode


def now() -> datetime:
    return datetime.now(UTC)


def step(stage: str, arrived: datetime) -> Step:
    """A step that begins, in this code."""
    return Step(stage, arrived, None, __version__)


def read(headers: Any) -> Way:
    """The way in the headers of a message (pairs of name and bytes); empty where there is none that can be read."""
    pairs: Iterable[tuple[str, bytes]] = headers or ()
    for name, value in pairs:
        if name == HEADER and len(value) <= MOST_BYTES:
            try:
                return _decode(value)
            except (msgspec.DecodeError, UnicodeDecodeError):
                return ()
    return ()


def leaving(way: Way, left: datetime) -> list[tuple[str, bytes]]:
    """The headers of what is sent at the end of the last step, at ``left``."""
    if not way:
        return []
    *before, last = way
    return [header((*before, msgspec.structs.replace(last, left=left)))]


def header(way: Way) -> tuple[str, bytes]:
    """The header that holds a way as it is."""
    return HEADER, _encode(way[-MOST_STEPS:])
