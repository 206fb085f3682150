"""The topics of dead letters and of their resolutions in; each letter once, with what became of it, out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from connectors.cli.times import shown
from connectors.kafka.reader import Reader, Record
from streams import topics
from streams.codec import decode
from streams.deadletters import letter_id, source_of
from streams.errors import Misuse, Undecodable
from streams.messages import Resolution
from streams.settings import Settings

UNKNOWN = "?"  # a header is missing: somebody else wrote to our topic
_FIGURES = re.compile(r"\d[\d,.:]*")

State = Literal["refused", "sent", "passed", "dropped"]
By = Literal["reason", "stage", "source"]


@dataclass(frozen=True)
class Letter:
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
    record: tuple[int, int]  # partition and offset of the letter itself
    resolution: Resolution | None = None

    @property
    def state(self) -> State:
        """Refused; sent again and not handled yet; or no more in the list: passed, dropped."""
        found = self.resolution
        if found is None or found.attempt < self.attempt or (found.state == "sent" and found.attempt == self.attempt):
            return "refused"
        return found.state

    @property
    def is_open(self) -> bool:
        return self.state in ("refused", "sent")

    @property
    def attempts(self) -> int:
        """How often it has been sent again."""
        return max(self.attempt, self.resolution.attempt if self.resolution else 0)

    @property
    def place(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"

    def row(self, now: datetime) -> tuple[str, ...]:
        state = f"{self.state}, attempt {self.attempts}" if self.attempts else self.state
        if self.resolution and not self.is_open:
            state = f"{state}, by {self.resolution.by}: {self.resolution.reason}".removesuffix(": ")
        return self.id, age(now - self.time), self.stage, self.error, self.source, state, self.place, self.reason

    def report(self, now: datetime) -> dict[str, Any]:
        names = ("id", "time", "stage", "error", "reason", "source", "origin", "topic", "partition", "offset", "key")
        resolved = self.resolution if not self.is_open else None
        return {
            **{name: getattr(self, name) for name in names},
            "size": self.size,
            "age_seconds": max(0, int((now - self.time).total_seconds())),
            "state": self.state,
            "attempts": self.attempts,
            "resolved": resolved and {"at": shown(resolved.at), "by": resolved.by, "reason": resolved.reason},
        }

    def group(self, by: By) -> str:
        """What it is counted under. Reasons that differ in figures alone are one."""
        if by == "stage":
            return self.stage
        if by == "source":
            return self.source or "unknown"
        return f"{self.error}: {_FIGURES.sub('N', self.reason)}"


@dataclass(frozen=True)
class Filter:
    """Which letters are meant; nothing set means all."""

    stage: str | None = None
    reason: str | None = None  # part of the reason, or the error's name
    source: str | None = None

    def takes(self, letter: Letter) -> bool:
        reason = (self.reason or "").casefold()
        return (
            self.stage in (None, letter.stage)
            and (self.source is None or self.source.casefold() == letter.source.casefold())
            and (reason in letter.reason.casefold() or reason == letter.error.casefold())
        )


def everything(settings: Settings) -> list[Letter]:
    """All letters that are kept, the newest first. Raises `Unavailable` or `Misuse`."""
    # resolutions first: what passes meanwhile is then still in the list, and never one that nobody has refused
    with Reader(settings, [topics.RESOLUTIONS]) as reader:
        resolutions = _resolutions(reader.to_the_end())
    with Reader(settings, [topics.DEADLETTERS]) as reader:
        return read(reader.to_the_end(), resolutions)


def read(records: Iterable[Record], resolutions: dict[str, Resolution]) -> list[Letter]:
    """A message that was refused again counts once, as the last time said."""
    found: dict[str, Letter] = {}
    for record in records:
        letter = _letter(record, resolutions)
        before = found.get(letter.id)
        if before is None or (before.attempt, before.time) <= (letter.attempt, letter.time):
            found[letter.id] = letter
    return sorted(found.values(), key=lambda letter: letter.time, reverse=True)


def one(letters: Sequence[Letter], beginning: str) -> Letter:
    """The letter whose id begins so. Raises `Misuse` when there is none, or more than one."""
    meant = [letter for letter in letters if letter.id.startswith(beginning)]
    if not meant:
        raise Misuse(f"there is no dead letter {beginning}: `storywatch deadletters` lists their ids")
    if len(meant) > 1:
        raise Misuse(f"{len(meant)} dead letters begin with {beginning}: write more of the id")
    return meant[0]


def records_of(settings: Settings, letters: Sequence[Letter]) -> Iterator[tuple[Letter, Record]]:
    """Each letter with its record, which has the original bytes."""
    wanted = {letter.record: letter for letter in letters}
    with Reader(settings, [topics.DEADLETTERS]) as reader:
        for record in reader.to_the_end():
            if letter := wanted.pop((record.partition, record.offset), None):
                yield letter, record
            if not wanted:
                return


def age(passed: Any) -> str:
    """In the largest unit that fits: "5 s", "12 min", "3 h", "2 d"."""
    seconds = max(0, int(passed.total_seconds()))
    for name, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {name}"
    return f"{seconds} s"


def _resolutions(records: Iterable[Record]) -> dict[str, Resolution]:
    found: dict[str, Resolution] = {}
    for record in records:
        try:
            resolution = decode(record.value, Resolution)
        except Undecodable:  # a tombstone, or somebody else's
            continue
        before = found.get(resolution.letter)
        if before is None or before.attempt <= resolution.attempt:
            found[resolution.letter] = resolution
    return found


def _letter(record: Record, resolutions: dict[str, Resolution]) -> Letter:
    said = record.headers
    ours = "topic" in said
    stage = said.get("stage", UNKNOWN)
    topic = said["topic"] if ours else record.topic
    partition = said.get("partition", UNKNOWN) if ours else str(record.partition)
    offset = said.get("offset", UNKNOWN) if ours else str(record.offset)
    attempt = said.get("attempt", "0")
    id_ = said.get("letter") or letter_id(stage, topic, partition, offset)
    return Letter(
        id=id_,
        time=_time(said.get("time"), record.time),
        stage=stage,
        error=said.get("error", UNKNOWN),
        reason=said.get("reason", UNKNOWN),
        source=said["source"] if "source" in said else source_of(record.value),
        origin=said.get("origin", ""),
        topic=topic,
        partition=partition,
        offset=offset,
        key=(record.key or b"").decode(errors="replace"),
        size=len(record.value or b""),
        attempt=int(attempt) if attempt.isdecimal() else 0,
        record=(record.partition, record.offset),
        resolution=resolutions.get(id_),
    )


def _time(text: str | None, written: datetime) -> datetime:
    """As the header says, else when it was written."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return written
    return found if found.tzinfo else found.replace(tzinfo=UTC)
