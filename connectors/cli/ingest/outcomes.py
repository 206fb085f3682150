"""Finds out from topics and committed offsets whether arrivals were filed, known already, or refused and why."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from connectors.cli.common.output import counted
from connectors.kafka import admin
from connectors.kafka.reader import KafkaRecord, Reader
from streams.contract import topics
from streams.contract.deadletter import peek
from streams.runtime.settings import Settings
from streams.runtime.topology import PIPELINE

POLL_SECONDS = 0.5  # stages commit once a second
HINT_AFTER_SECONDS = 30.0  # a worker files an article within seconds; after this a hint says what may be missing
FOLLOWED = (topics.CLEAN, topics.UNIQUE, topics.TAGGED, topics.FILED, topics.DEADLETTERS)
_READER_OF = {place.reads.base: place for place in PIPELINE if place.reads in (topics.RAW, *FOLLOWED[:3])}

Verdict = Literal["filed", "known", "refused"]


@dataclass(frozen=True)
class Outcome:
    """The outcome of one arrival. ``known``: its text was known already, and nothing changed."""

    verdict: Verdict
    article: str | None = None
    story: str | None = None
    stage: str | None = None
    reason: str | None = None


@dataclass
class _LastMessage:
    """The last message seen about an arrival."""

    topic: str
    partition: int
    offset: int
    article: str | None = None


@dataclass
class OutcomeTracker:
    """Follows arrivals sent after its construction. A context manager."""

    settings: Settings
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises `Unavailable` if Kafka does not answer."""
        self._reader = Reader(self.settings, list(FOLLOWED), from_now=True)
        self._last: dict[str, _LastMessage] = {}

    def expect(self, arrival: str, sent: Any) -> None:
        """Follow an arrival that the broker has confirmed as ``sent`` (topic, partition, offset)."""
        self._last[arrival] = _LastMessage(topics.RAW.base, sent.partition, sent.offset)
        self.outcomes.pop(arrival, None)

    def wait_for_all(
        self,
        progress: Callable[[int, int], None],
        note: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> Mapping[str, Outcome]:
        """Wait until each expected arrival has its outcome; ``progress`` gets the number of outcomes and arrivals."""
        expected = len(self._last)
        since, hinted = time.monotonic(), False
        while True:
            before = len(self.outcomes)
            self._poll()
            progress(len(self.outcomes), expected)
            if len(self.outcomes) == expected:
                return self.outcomes
            if len(self.outcomes) != before:
                since = time.monotonic()
            elif not hinted and time.monotonic() - since > HINT_AFTER_SECONDS:
                note(
                    f"waiting for {counted(expected - len(self.outcomes), 'article')}: "
                    "`storywatch status` shows whether a worker runs and what waits before; "
                    "Ctrl-C stops waiting, the articles stay in Kafka"
                )
                hinted = True
            sleep(POLL_SECONDS)

    def _poll(self) -> None:
        # Committed offsets are read before the topics, so that what a stage sent before its commit is read below.
        positions = {
            arrival: (last.topic, last.partition, last.offset)
            for arrival, last in self._last.items()
            if arrival not in self.outcomes
        }
        committed = {base: self._committed_offsets(base) for base in {topic for topic, _, _ in positions.values()}}
        for record in self._reader.read_to_end():
            self._take(record)
        for arrival, (topic, partition, offset) in positions.items():
            last = self._last[arrival]
            unmoved = (last.topic, last.partition, last.offset) == (topic, partition, offset)
            if unmoved and arrival not in self.outcomes and committed[topic].get(partition, 0) > offset:
                self.outcomes[arrival] = Outcome("known", last.article, stage=_READER_OF[topic].name)

    def _committed_offsets(self, base: str) -> dict[int, int]:
        place = _READER_OF[base]
        name = place.reads.name(self.settings.topic_prefix)
        return admin.committed_by_partition(self.settings, self.settings.app_id(place.app), name)

    def _take(self, record: KafkaRecord) -> None:
        message = peek(record.value)
        article = message.innermost
        arrival = article.arrival or article.id
        last = self._last.get(arrival)
        if last is None:
            return
        base = record.topic.removeprefix(self.settings.topic_prefix)
        if base == topics.DEADLETTERS.base:
            stage, reason = record.headers.get("stage", "?"), record.headers.get("reason", "?")
            self.outcomes[arrival] = Outcome("refused", last.article, stage=stage, reason=reason)
        elif base == topics.FILED.base:
            self.outcomes[arrival] = Outcome("filed", article.id, message.filing.story if message.filing else None)
        else:
            last.topic, last.partition, last.offset, last.article = base, record.partition, record.offset, article.id

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._reader.close()
