"""Finds the messages about an article by its ids and URLs, and which stage it waits for.

For an article that is not stored yet, or to see all its messages. Scans the latest messages of each topic in the order
of the pipeline: an arrival reveals the article's id, by which later messages are found.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from connectors.kafka import admin
from connectors.kafka.reader import KafkaRecord, Reader
from streams.contract import topics
from streams.contract.deadletter import MessagePeek, peek
from streams.runtime.settings import Settings
from streams.runtime.topology import PIPELINE, StageEntry

TOPICS = (topics.RAW, topics.CLEAN, topics.UNIQUE, topics.TAGGED, topics.FILED)
STORE = "store_articles"
STORED = "the store has processed it: try again when Elasticsearch answers"
# what it means if a stage has processed a message and sent nothing on
NO_OUTPUT = {
    "clean": "clean has processed it, and its output is not among the scanned messages",
    "dedup": "dedup dropped it as a repeat: this text of the article was known already",
    "tag": "tag has processed it, and its output is not among the scanned messages",
    "story": "story dropped it as a repeat or an older revision of an article that is already filed",
    STORE: "the store has processed it: it is in Elasticsearch under this or a newer revision, or was deleted",
}


@dataclass(frozen=True)
class Occurrence:
    """One message about the article, which ``stage`` reads. For a dead letter ``stage`` and ``reason`` are those of
    the refusal.

    ``waiting``: the number of messages up to and including this one that the stage has not processed; None if it has
    processed this one.
    """

    topic: str
    partition: int
    offset: int
    time: datetime
    stage: str
    article: str | None
    revision: str | None = None
    waiting: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class TopicScan:
    """``scanned``: the number of messages scanned; ``oldest``: the time of the oldest of them."""

    occurrences: tuple[Occurrence, ...]
    scanned: int
    oldest: datetime | None

    def status(self, *, down: bool = False) -> str | None:
        """Where the article is now, for people; None if it was not found. ``down``: Elasticsearch does not answer."""
        if not self.occurrences:
            return None
        last = self.occurrences[-1]
        if last.reason is not None:
            return f"refused by {last.stage}: {last.reason}"
        if last.waiting is not None:
            before = f"{last.waiting - 1} messages before it" if last.waiting > 1 else "the next one"
            return f"waits for {last.stage} in {last.topic} partition {last.partition} ({before})"
        return STORED if down and last.stage == STORE else NO_OUTPUT[last.stage]

    def report(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.occurrences]


def scan(settings: Settings, known: Iterable[str], most: int) -> TopicScan:
    """Scan the latest ``most`` messages of each topic for the ids and URLs. Raises `Unavailable` and `UsageError`."""
    keys = set(known)
    occurrences: list[Occurrence] = []
    scanned, oldest = 0, None
    for topic in (*TOPICS, topics.DEADLETTERS):
        committed = _committed_offsets(settings, topic)
        with Reader(settings, [topic], latest=most) as reader:
            for record in reader.read_to_end():
                scanned += 1
                oldest = min(oldest or record.time, record.time)
                identity = _match(record, keys)
                if identity is None:
                    continue
                keys |= {key for key in (identity.id, identity.arrival) if key}
                occurrences.append(_occurrence(record, identity, topic, committed))
    return TopicScan(tuple(sorted(occurrences, key=_pipeline_order)), scanned, oldest)


def _match(record: KafkaRecord, keys: set[str]) -> MessagePeek | None:
    """The identity of the message's article if one of the ids and URLs is its own."""
    value = record.value or b""
    if not any(key.encode() in value for key in keys):
        return None
    identity = peek(value).innermost
    own = {identity.id, identity.url, identity.fetched_url, identity.arrival}
    return identity if own & keys or any(identity.id.startswith(key) for key in keys) else None


def _committed_offsets(settings: Settings, topic: topics.Topic) -> dict[int, int]:
    """Partition -> next offset of the stage that reads the topic; empty for dead letters, which no stage processes."""
    if topic is topics.DEADLETTERS:
        return {}
    group = settings.app_id(_reader_of(topic).app)
    return admin.committed_by_partition(settings, group, topic.name(settings.topic_prefix))


def _reader_of(topic: topics.Topic) -> StageEntry:
    return next(stage for stage in PIPELINE if stage.reads is topic)


def _occurrence(
    record: KafkaRecord, identity: MessagePeek, topic: topics.Topic, committed: dict[int, int]
) -> Occurrence:
    place = (topic.base, record.partition, record.offset, record.time)
    article = identity.id if topic is not topics.RAW and identity.arrival else None
    if topic is topics.DEADLETTERS:
        stage, reason = record.headers.get("stage", "?"), record.headers.get("reason", "?")
        return Occurrence(*place, stage, article, identity.revision, reason=reason)
    ahead = record.offset - committed.get(record.partition, 0) + 1
    return Occurrence(*place, _reader_of(topic).name, article, identity.revision, ahead if ahead > 0 else None)


def _pipeline_order(one: Occurrence) -> tuple[int, datetime, int]:
    """Sorts by stage, a dead letter after the stage that refused it, then by time."""
    stages = [_reader_of(topic).name for topic in TOPICS]
    number = stages.index(one.stage) if one.stage in stages else len(stages)
    return number, one.time, one.offset
