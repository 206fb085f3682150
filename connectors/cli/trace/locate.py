"""What an article is called (id, arrival id, URLs) in; where the topics have it, and what it waits for, out.

For an article that is not stored (yet), or all of whose appearances somebody wants to see. Looks through the latest
messages of each topic in the order of the pipeline: an arrival tells the article's id, which finds it further on.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import msgspec

from connectors.kafka import admin
from connectors.kafka.reader import KafkaRecord, Reader
from streams.contract import topics
from streams.runtime.settings import Settings
from streams.runtime.topology import PIPELINE, StageEntry

TOPICS = (topics.RAW, topics.CLEAN, topics.UNIQUE, topics.TAGGED, topics.FILED)
STORE = "store_articles"
STORED = "the store has handled it: look again when Elasticsearch answers"
# what a stage that has handled a message and sent nothing on means by it
SILENCE = {
    "clean": "clean has handled it, and what came of it is not among the messages looked through",
    "dedup": "dedup took it for a repeat: this text of the article was known already",
    "tag": "tag has handled it, and what came of it is not among the messages looked through",
    "story": "story took it for a repeat or an older revision of what is filed already",
    STORE: "the store has handled it: it is in Elasticsearch under this or a newer revision, or was deleted",
}


@dataclass(frozen=True)
class Occurrence:
    """One message about the article. ``stage`` reads it; ``waiting``: messages it has to handle first, this included.

    None for ``waiting``: the stage has handled it. In the dead letters ``stage`` and ``reason`` are of the refusal.
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
    """``looked``: messages looked through; ``back_to``: the time of the oldest of them."""

    sightings: tuple[Occurrence, ...]
    looked: int
    back_to: datetime | None

    def sentence(self, *, down: bool = False) -> str | None:
        """Where the article is now, for people; None when it was not seen. ``down``: Elasticsearch does not answer."""
        if not self.sightings:
            return None
        last = self.sightings[-1]
        if last.reason is not None:
            return f"refused by {last.stage}: {last.reason}"
        if last.waiting is not None:
            before = f"{last.waiting - 1} messages before it" if last.waiting > 1 else "the next one"
            return f"waits for {last.stage} in {last.topic} partition {last.partition} ({before})"
        return STORED if down and last.stage == STORE else SILENCE[last.stage]

    def report(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.sightings]


class _MessageIdentity(msgspec.Struct):
    """What all messages on the way of an article have of it."""

    id: str = ""
    url: str | None = None
    fetched_url: str | None = None
    arrival: str | None = None
    revision: str | None = None
    article: "_MessageIdentity | None" = None


_read = msgspec.json.Decoder(_MessageIdentity).decode


def scan(settings: Settings, known: Iterable[str], most: int) -> TopicScan:
    """Search the latest ``most`` messages of each topic for the names. Raises `Unavailable` and `UsageError`."""
    names = set(known)
    sightings: list[Occurrence] = []
    looked, back_to = 0, None
    for topic in (*TOPICS, topics.DEADLETTERS):
        handled = _handled(settings, topic)
        with Reader(settings, [topic], latest=most) as reader:
            for record in reader.read_to_end():
                looked += 1
                back_to = min(back_to or record.time, record.time)
                about = _matching(record, names)
                if about is None:
                    continue
                names |= {name for name in (about.id, about.arrival) if name}
                sightings.append(_sighting(record, about, topic, handled))
    return TopicScan(tuple(sorted(sightings, key=_progress)), looked, back_to)


def _matching(record: KafkaRecord, names: set[str]) -> _MessageIdentity | None:
    """What the message says of the article, when it is about one of these names."""
    value = record.value or b""
    if not any(name.encode() in value for name in names):
        return None
    try:
        outer = _read(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    about = outer.article or outer
    known = {about.id, about.url, about.fetched_url, about.arrival}
    return about if known & names or any(about.id.startswith(name) for name in names) else None


def _handled(settings: Settings, topic: topics.Topic) -> dict[int, int]:
    """Partition -> next offset of the stage that reads the topic; none for dead letters: no article goes on there."""
    if topic is topics.DEADLETTERS:
        return {}
    group = settings.app_id(_reader_of(topic).app)
    return admin.committed_by_partition(settings, group, topic.name(settings.topic_prefix))


def _reader_of(topic: topics.Topic) -> StageEntry:
    return next(stage for stage in PIPELINE if stage.reads is topic)


def _sighting(record: KafkaRecord, about: _MessageIdentity, topic: topics.Topic, handled: dict[int, int]) -> Occurrence:
    place = (topic.base, record.partition, record.offset, record.time)
    article = about.id if topic is not topics.RAW and about.arrival else None
    if topic is topics.DEADLETTERS:
        said = record.headers
        return Occurrence(*place, said.get("stage", "?"), article, about.revision, reason=said.get("reason", "?"))
    left = record.offset - handled.get(record.partition, 0) + 1
    waiting = left if left > 0 else None
    return Occurrence(*place, _reader_of(topic).name, article, about.revision, waiting)


def _progress(one: Occurrence) -> tuple[int, datetime, int]:
    """In the order of the pipeline; a refusal stands behind the stage that refused."""
    stages = [_reader_of(topic).name for topic in TOPICS]
    number = stages.index(one.stage) if one.stage in stages else len(stages)
    return number, one.time, one.offset
