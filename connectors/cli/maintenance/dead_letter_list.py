"""The topics of dead letters and of resolutions -> each dead letter once, with its state."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from connectors.cli.common import output
from connectors.cli.common.times import iso_time
from connectors.kafka.reader import KafkaRecord, Reader
from streams.contract import deadletter, topics
from streams.contract.codec import decode
from streams.contract.deadletter import DeadLetter
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import Resolution
from streams.runtime.settings import Settings

_NUMBERS = re.compile(r"\d[\d,.:]*")

UNKNOWN_SOURCE = "unknown"  # of letters that name no publisher

COLUMNS = (
    output.Column("letter", style="cyan"),
    output.Column("age", style="dim"),
    output.Column("stage"),
    output.Column("error"),
    output.Column("source", wrap=True),
    output.Column("state", wrap=True),
    output.Column("message", wrap=True),
    output.Column("reason", wrap=True),
)

GroupBy = Literal["reason", "stage", "source"]


def print_list(letters: Sequence[DeadLetter], now: datetime, *, as_json: bool) -> None:
    """Print the letters as a table or as JSON."""
    if as_json:
        output.document([report(letter, now) for letter in letters])
    else:
        output.table(COLUMNS, [_row(letter, now) for letter in letters])


def print_counts(letters: Iterable[DeadLetter], by: GroupBy, limit: int, *, as_json: bool) -> None:
    """Print the largest groups of letters with their numbers."""
    counts = Counter(group_name(letter, by) for letter in letters).most_common(limit)
    if as_json:
        output.document([{by: name, "count": count} for name, count in counts])
    else:
        columns = [output.Column("count", right=True), output.Column(by, wrap=True)]
        output.table(columns, [(str(count), name) for name, count in counts])


def _row(letter: DeadLetter, now: datetime) -> tuple[str, ...]:
    """A row of the table."""
    state = f"{letter.state}, attempt {letter.attempts}" if letter.attempts else letter.state
    if letter.resolution and not letter.is_open:
        state = f"{state}, by {letter.resolution.by}: {letter.resolution.reason}".removesuffix(": ")
    since = age(now - letter.time)
    source = letter.source or letter.origin
    return letter.id, since, letter.stage, letter.error, source, state, letter.place, letter.reason


def report(letter: DeadLetter, now: datetime) -> dict[str, Any]:
    """The letter as a JSON object."""
    names = ("id", "time", "stage", "error", "reason", "source", "origin", "topic", "partition", "offset", "key")
    resolved = letter.resolution if not letter.is_open else None
    return {
        **{name: getattr(letter, name) for name in names},
        "size": letter.size,
        "age_seconds": max(0, int((now - letter.time).total_seconds())),
        "state": letter.state,
        "attempts": letter.attempts,
        "resolved": resolved and {"at": iso_time(resolved.at), "by": resolved.by, "reason": resolved.reason},
    }


def group_name(letter: DeadLetter, by: GroupBy) -> str:
    """The group that the letter is counted in. Reasons that differ only in numbers are one group."""
    if by == "stage":
        return letter.stage
    if by == "source":
        return letter.source or UNKNOWN_SOURCE
    return f"{letter.error}: {_NUMBERS.sub('N', letter.reason)}"


@dataclass(frozen=True)
class DeadLetterFilter:
    """Selects letters; all if nothing is set."""

    stage: str | None = None
    reason: str | None = None  # part of the reason, or the error's name
    source: str | None = None

    @property
    def is_set(self) -> bool:
        return self != DeadLetterFilter()

    def select(self, settings: Settings, *, resolved: bool) -> list[DeadLetter]:
        """The matching letters, open or resolved, the newest first. Raises as `read_all`."""
        return [letter for letter in read_all(settings) if letter.is_open != resolved and self.matches(letter)]

    def matches(self, letter: DeadLetter) -> bool:
        reason = (self.reason or "").casefold()
        return (
            self.stage in (None, letter.stage)
            and (self.source is None or self.source.casefold() in _source_names(letter))
            and (reason in letter.reason.casefold() or reason == letter.error.casefold())
        )


def _source_names(letter: DeadLetter) -> tuple[str, ...]:
    """What `--source` matches: the publisher; without one the origin, as the list shows, and "unknown"."""
    return (letter.source.casefold(),) if letter.source else (letter.origin.casefold(), UNKNOWN_SOURCE)


def read_all(settings: Settings) -> list[DeadLetter]:
    """Read all letters that Kafka retains, the newest first. Raises `Unavailable` or `UsageError`."""
    # Resolutions are read first: a letter that passes meanwhile is still listed, and every resolution has its letter.
    with Reader(settings, [topics.RESOLUTIONS]) as reader:
        resolutions = _resolutions(reader.read_to_end())
    with Reader(settings, [topics.DEADLETTERS]) as reader:
        return latest_of_each(reader.read_to_end(), resolutions)


def latest_of_each(records: Iterable[KafkaRecord], resolutions: dict[str, Resolution]) -> list[DeadLetter]:
    """Records -> letters, the newest first; of a message that was refused several times only the last letter."""
    found: dict[str, DeadLetter] = {}
    for record in records:
        letter = _letter(record, resolutions)
        before = found.get(letter.id)
        if before is None or (before.attempt, before.time) <= (letter.attempt, letter.time):
            found[letter.id] = letter
    return sorted(found.values(), key=lambda letter: letter.time, reverse=True)


def find(letters: Sequence[DeadLetter], prefix: str) -> DeadLetter:
    """The letter with this prefix of its id. Raises `UsageError` if there is none or more than one."""
    found = [letter for letter in letters if letter.id.startswith(prefix)]
    if not found:
        raise UsageError(f"there is no dead letter {prefix}: `storywatch deadletters` lists their ids")
    if len(found) > 1:
        raise UsageError(f"{len(found)} dead letters begin with {prefix}: give more of the id")
    return found[0]


def select_open(settings: Settings, letter_id: str | None, selection: DeadLetterFilter, all_: bool) -> list[DeadLetter]:
    """The open letters selected by an id, a filter or --all. Raises `UsageError` for none or several of these, and if
    nothing matches."""
    if (letter_id is not None) + selection.is_set + all_ != 1:
        raise UsageError("select dead letters: an ID, or some of --stage, --reason and --source, or --all")
    if letter_id is None:
        found = selection.select(settings, resolved=False)
        if not found:
            raise UsageError("no dead letter matches: `storywatch deadletters` lists them")
        return found
    letter = find(read_all(settings), letter_id)
    if not letter.is_open:
        raise UsageError(f"dead letter {letter.id} is no longer in the list: it was {letter.state}")
    return [letter]


def with_records(settings: Settings, letters: Sequence[DeadLetter]) -> Iterator[tuple[DeadLetter, KafkaRecord]]:
    """Yields each letter with its record, which has the original bytes."""
    remaining = {letter.record: letter for letter in letters}
    with Reader(settings, [topics.DEADLETTERS]) as reader:
        for record in reader.read_to_end():
            if letter := remaining.pop((record.partition, record.offset), None):
                yield letter, record
            if not remaining:
                return


def age(passed: Any) -> str:
    """The duration in the largest unit that fits: "5 s", "12 min", "3 h", "2 d"."""
    seconds = max(0, int(passed.total_seconds()))
    for name, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {name}"
    return f"{seconds} s"


def _resolutions(records: Iterable[KafkaRecord]) -> dict[str, Resolution]:
    found: dict[str, Resolution] = {}
    for record in records:
        try:
            resolution = decode(record.value, Resolution)
        except Undecodable:  # a tombstone, or another program's message
            continue
        before = found.get(resolution.letter)
        if before is None or before.attempt <= resolution.attempt:
            found[resolution.letter] = resolution
    return found


def _letter(record: KafkaRecord, resolutions: dict[str, Resolution]) -> DeadLetter:
    place = (record.partition, record.offset)
    found = deadletter.parse_letter(record.topic, place, record.time, record.key, record.value, record.headers)
    return replace(found, resolution=resolutions.get(found.id))
