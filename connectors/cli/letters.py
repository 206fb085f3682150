"""Records of the dead letter topic in, each refused message once, newest first, out."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.cli.times import shown
from connectors.kafka.reader import Record

UNKNOWN = "?"  # a header is missing: somebody else wrote to our topic


@dataclass(frozen=True)
class Letter:
    """One dead letter. ``topic``, ``partition`` and ``offset`` are of the message that was refused."""

    time: datetime
    stage: str
    error: str
    reason: str
    origin: str
    topic: str
    partition: str
    offset: str
    key: str
    size: int  # bytes of the refused message

    def row(self) -> tuple[str, ...]:
        place = f"{self.topic}/{self.partition}/{self.offset}"
        return shown(self.time), self.stage, self.error, self.origin, place, self.reason

    def report(self) -> dict[str, Any]:
        return asdict(self)


def read(records: Iterable[Record], stage: str | None) -> list[Letter]:
    """A message that was refused again after a restart counts once, as the last time said."""
    found: dict[tuple[str, str, str], Letter] = {}
    for record in records:
        letter = _letter(record)
        if stage is None or letter.stage == stage:
            found[letter.topic, letter.partition, letter.offset] = letter
    return sorted(found.values(), key=lambda letter: letter.time, reverse=True)


def _letter(record: Record) -> Letter:
    said = record.headers
    ours = "topic" in said
    return Letter(
        time=_time(said.get("time"), record.time),
        stage=said.get("stage", UNKNOWN),
        error=said.get("error", UNKNOWN),
        reason=said.get("reason", UNKNOWN),
        origin=said.get("origin", ""),
        topic=said["topic"] if ours else record.topic,
        partition=said.get("partition", UNKNOWN) if ours else str(record.partition),
        offset=said.get("offset", UNKNOWN) if ours else str(record.offset),
        key=(record.key or b"").decode(errors="replace"),
        size=len(record.value or b""),
    )


def _time(text: str | None, written: datetime) -> datetime:
    """As the header says, else when it was written."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return written
    return found if found.tzinfo else found.replace(tzinfo=UTC)
