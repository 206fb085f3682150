"""A record of the dead letters' topic in; the letter that it is out, and what became of it.

Read like this by the list (`storywatch deadletters`) and by the stage that stores letters, so both say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from streams.contract.deadletter import MOST_ID_CHARACTERS, Subject, letter_id, source_of, subject_of, texts
from streams.contract.messages import Resolution

UNKNOWN = "?"  # a header is missing: somebody else wrote to our topic
MOST_DIGITS = 9  # of what a header says is a count

State = Literal["refused", "sent", "passed", "dropped"]


@dataclass(frozen=True)
class DeadLetter:
    """One dead letter. ``topic``, ``partition`` and ``offset`` are of the message that was refused."""

    id: str
    time: datetime
    stage: str
    error: str
    reason: str
    source: str
    origin: str
    topic: str
    partition: str
    offset: str
    key: str
    size: int  # bytes of the refused message
    attempt: int  # how often it had been sent again when it was refused last
    version: str  # of the code that refused it
    record: tuple[int, int]  # partition and offset of the letter itself
    resolution: Resolution | None = None

    @property
    def state(self) -> State:
        found = self.resolution
        return state(self.attempt, ResolutionState(found.attempt, found.state) if found else None)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def attempts(self) -> int:
        """How often it has been sent again."""
        return max(self.attempt, self.resolution.attempt if self.resolution else 0)

    @property
    def place(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class ResolutionState(NamedTuple):
    """What the last resolution of a letter says."""

    attempt: int
    state: Literal["sent", "passed", "dropped"]


class Refused(NamedTuple):
    """A letter with what its message is about, as the stage that stores it is given it."""

    letter: DeadLetter
    subject: Subject


OPEN: tuple[State, ...] = ("refused", "sent")


def state(attempt: int, fate: ResolutionState | None) -> State:
    """Of a letter that was refused last at ``attempt``: refused; sent again and not handled yet; or no more in the
    list, passed or dropped."""
    if fate is None or fate.attempt < attempt or (fate.state == "sent" and fate.attempt == attempt):
        return "refused"
    return fate.state


def read(
    topic: str,
    place: tuple[int, int],
    written: datetime,
    key: bytes | None,
    value: bytes | None,
    said: Mapping[str, str],
) -> DeadLetter:
    """``topic``, ``place`` (partition and offset) and ``written`` are of the letter's record, ``said`` its headers.

    Whatever is not as we write it is read as far as it can be.
    """
    ours = "topic" in said
    stage = said.get("stage", UNKNOWN)
    read_from = said["topic"] if ours else topic
    partition = said.get("partition", UNKNOWN) if ours else str(place[0])
    offset = said.get("offset", UNKNOWN) if ours else str(place[1])
    named = said.get("letter", "")
    return DeadLetter(
        id=named if 0 < len(named) <= MOST_ID_CHARACTERS else letter_id(stage, read_from, partition, offset),
        time=_time(said.get("time"), written),
        stage=stage,
        error=said.get("error", UNKNOWN),
        reason=said.get("reason", UNKNOWN),
        source=said["source"] if "source" in said else source_of(value),
        origin=said.get("origin", ""),
        topic=read_from,
        partition=partition,
        offset=offset,
        key=(key or b"").decode(errors="replace"),
        size=len(value or b""),
        attempt=_count(said.get("attempt", "0")),
        version=said.get("version", UNKNOWN),
        record=place,
    )


def refused(message: Any) -> Refused:
    """The letter that Faust's ``message`` is; raises nothing, since of a letter there can be no dead letter."""
    said = {name: text.decode(errors="replace") for name, text in texts(message.headers).items()}
    written = datetime.fromtimestamp(message.timestamp, UTC)
    letter = read(message.topic, (message.partition, message.offset), written, message.key, message.value, said)
    return Refused(letter, subject_of(letter.topic, message.value))


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else 0


def _time(text: str | None, written: datetime) -> datetime:
    """As the header says, else when it was written."""
    try:
        found = datetime.fromisoformat(text or "")
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return written
