"""The topics of dead letters and of their resolutions in; each letter once, with what became of it, out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from connectors.cli.common.times import shown
from connectors.kafka.reader import Reader, Record
from streams.contract import deadletter, topics
from streams.contract.codec import decode
from streams.contract.deadletter import DeadLetter
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import Resolution
from streams.runtime.settings import Settings

_FIGURES = re.compile(r"\d[\d,.:]*")

NOBODY = "unknown"  # the source of letters that tell none

By = Literal["reason", "stage", "source"]


def row(letter: DeadLetter, now: datetime) -> tuple[str, ...]:
    """A line of the table."""
    state = f"{letter.state}, attempt {letter.attempts}" if letter.attempts else letter.state
    if letter.resolution and not letter.is_open:
        state = f"{state}, by {letter.resolution.by}: {letter.resolution.reason}".removesuffix(": ")
    since = age(now - letter.time)
    source = letter.source or letter.origin
    return letter.id, since, letter.stage, letter.error, source, state, letter.place, letter.reason


def report(letter: DeadLetter, now: datetime) -> dict[str, Any]:
    """For programs."""
    names = ("id", "time", "stage", "error", "reason", "source", "origin", "topic", "partition", "offset", "key")
    resolved = letter.resolution if not letter.is_open else None
    return {
        **{name: getattr(letter, name) for name in names},
        "size": letter.size,
        "age_seconds": max(0, int((now - letter.time).total_seconds())),
        "state": letter.state,
        "attempts": letter.attempts,
        "resolved": resolved and {"at": shown(resolved.at), "by": resolved.by, "reason": resolved.reason},
    }


def group(letter: DeadLetter, by: By) -> str:
    """What it is counted under. Reasons that differ in figures alone are one."""
    if by == "stage":
        return letter.stage
    if by == "source":
        return letter.source or NOBODY
    return f"{letter.error}: {_FIGURES.sub('N', letter.reason)}"


@dataclass(frozen=True)
class Filter:
    """Which letters are meant; nothing set means all."""

    stage: str | None = None
    reason: str | None = None  # part of the reason, or the error's name
    source: str | None = None

    def takes(self, letter: DeadLetter) -> bool:
        reason = (self.reason or "").casefold()
        return (
            self.stage in (None, letter.stage)
            and (self.source is None or self.source.casefold() in _sources(letter))
            and (reason in letter.reason.casefold() or reason == letter.error.casefold())
        )


def _sources(letter: DeadLetter) -> tuple[str, ...]:
    """What `--source` may call it: its publisher, else where it came from, as the list shows, or "unknown"."""
    return (letter.source.casefold(),) if letter.source else (letter.origin.casefold(), NOBODY)


def everything(settings: Settings) -> list[DeadLetter]:
    """All letters that are kept, the newest first. Raises `Unavailable` or `UsageError`."""
    # resolutions first: what passes meanwhile is then still in the list, and never one that nobody has refused
    with Reader(settings, [topics.RESOLUTIONS]) as reader:
        resolutions = _resolutions(reader.to_the_end())
    with Reader(settings, [topics.DEADLETTERS]) as reader:
        return read(reader.to_the_end(), resolutions)


def read(records: Iterable[Record], resolutions: dict[str, Resolution]) -> list[DeadLetter]:
    """A message that was refused again counts once, as the last time said."""
    found: dict[str, DeadLetter] = {}
    for record in records:
        letter = _letter(record, resolutions)
        before = found.get(letter.id)
        if before is None or (before.attempt, before.time) <= (letter.attempt, letter.time):
            found[letter.id] = letter
    return sorted(found.values(), key=lambda letter: letter.time, reverse=True)


def one(letters: Sequence[DeadLetter], beginning: str) -> DeadLetter:
    """The letter whose id begins so. Raises `UsageError` when there is none, or more than one."""
    meant = [letter for letter in letters if letter.id.startswith(beginning)]
    if not meant:
        raise UsageError(f"there is no dead letter {beginning}: `storywatch deadletters` lists their ids")
    if len(meant) > 1:
        raise UsageError(f"{len(meant)} dead letters begin with {beginning}: write more of the id")
    return meant[0]


def records_of(settings: Settings, letters: Sequence[DeadLetter]) -> Iterator[tuple[DeadLetter, Record]]:
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


def _letter(record: Record, resolutions: dict[str, Resolution]) -> DeadLetter:
    place = (record.partition, record.offset)
    found = deadletter.parse_letter(record.topic, place, record.time, record.key, record.value, record.headers)
    return replace(found, resolution=resolutions.get(found.id))
