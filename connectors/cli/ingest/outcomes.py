"""What became of arrivals: filed, known already, or refused by a stage and why. Topics and commits tell it."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import msgspec

from connectors.kafka import admin
from connectors.kafka.reader import KafkaRecord, Reader
from streams.contract import topics
from streams.runtime.settings import Settings
from streams.runtime.topology import PIPELINE

LOOK_SECONDS = 0.5  # commits come once a second
SAY_AFTER_SECONDS = 30.0  # a worker files an article within seconds; whoever waits longer should hear what is missing
FOLLOWED = (topics.CLEAN, topics.UNIQUE, topics.TAGGED, topics.FILED, topics.DEADLETTERS)
_READ_BY = {place.reads.base: place for place in PIPELINE if place.reads in (topics.RAW, *FOLLOWED[:3])}

Verdict = Literal["filed", "known", "refused"]


@dataclass(frozen=True)
class Outcome:
    """Of one arrival. ``known``: its text was there already, and nothing changed."""

    verdict: Verdict
    article: str | None = None
    story: str | None = None
    stage: str | None = None
    reason: str | None = None


class _Said(msgspec.Struct):
    """What any message on the way says of its article."""

    id: str = ""
    arrival: str | None = None
    article: "_Said | None" = None
    filing: "_Filing | None" = None


class _Filing(msgspec.Struct):
    story: str = ""


_read = msgspec.json.Decoder(_Said).decode


@dataclass
class _Way:
    """Where an arrival was seen last."""

    topic: str
    partition: int
    offset: int
    article: str | None = None


@dataclass
class OutcomeTracker:
    """Follows arrivals from the moment that it is made, so make it before they are sent. A context manager."""

    settings: Settings
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises `Unavailable` when Kafka is away."""
        self._reader = Reader(self.settings, list(FOLLOWED), from_now=True)
        self._ways: dict[str, _Way] = {}

    def expect(self, arrival: str, sent: Any) -> None:
        """An arrival that the broker has confirmed as ``sent`` (topic, partition, offset)."""
        self._ways[arrival] = _Way(topics.RAW.base, sent.partition, sent.offset)
        self.outcomes.pop(arrival, None)

    def until_all_are_told(
        self, told: Callable[[int, int], None], note: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
    ) -> Mapping[str, Outcome]:
        """Wait until each expected arrival has its outcome. ``told`` hears how many have, of how many."""
        wanted = len(self._ways)
        since, said = time.monotonic(), False
        while True:
            before = len(self.outcomes)
            self._look()
            told(len(self.outcomes), wanted)
            if len(self.outcomes) == wanted:
                return self.outcomes
            if len(self.outcomes) != before:
                since = time.monotonic()
            elif not said and time.monotonic() - since > SAY_AFTER_SECONDS:
                note(
                    f"{wanted - len(self.outcomes):,} articles wait: `storywatch status` says whether a worker runs "
                    f"and what is before them; Ctrl-C stops waiting, they stay in Kafka"
                )
                said = True
            sleep(LOOK_SECONDS)

    def _look(self) -> None:
        """Commits first: what a stage had handled by then has left its mark on the topics that are read after."""
        open_ways = {arrival: way for arrival, way in self._ways.items() if arrival not in self.outcomes}
        handled = {base: self._handled(base) for base in {way.topic for way in open_ways.values()}}
        stood = {arrival: (way.topic, way.partition, way.offset) for arrival, way in open_ways.items()}
        for record in self._reader.read_to_end():
            self._take(record)
        for arrival, (topic, partition, offset) in stood.items():
            way = self._ways[arrival]
            unmoved = (way.topic, way.partition, way.offset) == (topic, partition, offset)
            if unmoved and arrival not in self.outcomes and handled[topic].get(partition, 0) > offset:
                stage = _READ_BY[topic].name
                self.outcomes[arrival] = Outcome("known", way.article, stage=stage)

    def _handled(self, base: str) -> dict[int, int]:
        place = _READ_BY[base]
        name = place.reads.name(self.settings.topic_prefix)
        return admin.committed_by_partition(self.settings, self.settings.app_id(place.app), name)

    def _take(self, record: KafkaRecord) -> None:
        for said in _about(record):
            way = self._ways.get(said.arrival or said.id)
            if way is None:
                continue
            arrival = said.arrival or said.id
            base = record.topic.removeprefix(self.settings.topic_prefix)
            if base == topics.DEADLETTERS.base:
                reason = record.headers.get("reason", "?")
                self.outcomes[arrival] = Outcome(
                    "refused", way.article, stage=record.headers.get("stage", "?"), reason=reason
                )
            elif base == topics.FILED.base:
                self.outcomes[arrival] = Outcome("filed", said.id, said.filing.story if said.filing else None)
            else:
                way.topic, way.partition, way.offset, way.article = base, record.partition, record.offset, said.id

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._reader.close()


def _about(record: KafkaRecord) -> Iterator[_Said]:
    """What the message says of an article; nothing of one that is about something else."""
    try:
        said = _read(record.value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    inner = said.article or said
    inner.filing = said.filing
    yield inner
