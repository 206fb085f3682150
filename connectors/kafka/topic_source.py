"""A Kafka topic of the user's own, with a JSON object in each record -> RawArticles.

The consumer group is Storywatch's own, and its offsets move only past records whose articles the broker has confirmed.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from connectors.files.items import Checkpoint, RefusedInput
from connectors.files.objects import check_fetched, read_article
from connectors.kafka.admin import ANSWER_MS, explain_failure
from streams.contract.errors import Rejected, UsageError
from streams.contract.messages import Lane, RawArticle
from streams.contract.topics import unread
from streams.runtime import topology
from streams.runtime.credentials import kafka_access
from streams.runtime.metrics import report_unexpected
from streams.runtime.settings import Settings

SCHEME = "kafka"
CHECKPOINT_RECORDS = 100  # between two commits: as many as may be read again after a crash, and then dropped as known
POLL_MS = 200
SILENT_POLLS = 150  # 30 s without a record of what is there: the broker is not answering

Found = RawArticle | RefusedInput | Checkpoint
Offsets = dict[TopicPartition, int]  # the next one to read


def group_of(settings: Settings, topic: str) -> str:
    """The consumer group that reads a topic."""
    return f"{settings.topic_prefix}storywatch-ingest-{topic}"


class TopicSource:
    """Reads a topic from the committed offsets: to its present end, or record by record. A context manager.

    Methods raise `Unavailable` when Kafka does not answer.
    """

    def __init__(self, settings: Settings, topic: str, *, lane: Lane, warn: Callable[[str, str], None]) -> None:
        """``warn`` gets the place and a line for each value that is ignored.

        Raises `UsageError` for a topic that does not exist or is Storywatch's own.
        """
        if topic in topology.required_topics(settings):
            raise UsageError(f"{topic} is a topic of Storywatch itself: name one of your own")
        self._settings = settings
        self._topic = topic
        self._lane = lane
        self._warn = warn
        self._ends: Offsets = {}
        self._silent = 0  # polls in a row without a record
        try:
            self._consumer: Any = KafkaConsumer(
                bootstrap_servers=settings.kafka.split(","),
                client_id="storywatch-ingest",
                group_id=group_of(settings, topic),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                bootstrap_timeout_ms=ANSWER_MS,
                **kafka_access(settings).options(),
            )
        except (KafkaError, OSError) as error:
            raise explain_failure(settings, error) from error

    def read(self) -> Iterator[Found]:
        """The articles of all records that are there now, by partition in their order."""
        try:
            yield from self._read()
        except (KafkaError, OSError) as error:
            raise explain_failure(self._settings, error) from error

    def _read(self) -> Iterator[Found]:
        self._assign()
        done: Offsets = {}
        since = 0
        while not self._at_end():
            for record in self._poll():
                yield from self.found(record)
                done[TopicPartition(record.topic, record.partition)] = record.offset + 1
                since += 1
            if since >= CHECKPOINT_RECORDS:
                yield self._checkpoint(done)
                since = 0
        if done:
            yield self._checkpoint(done)

    def assign(self) -> None:
        """Begin at the committed offsets, for `next_records`. Raises `UsageError` for a topic that does not exist."""
        try:
            self._assign()
        except (KafkaError, OSError) as error:
            raise explain_failure(self._settings, error) from error

    def next_records(self) -> list[Any]:
        """The next records, at most `CHECKPOINT_RECORDS`; none if there are none within `POLL_MS`."""
        try:
            return self._poll()
        except (KafkaError, OSError) as error:
            raise explain_failure(self._settings, error) from error

    def at_end(self) -> bool:
        """Whether everything is read that was there when reading began."""
        try:
            return self._at_end()
        except (KafkaError, OSError) as error:
            raise explain_failure(self._settings, error) from error

    def commit(self, records: Sequence[Any]) -> None:
        """Begin after these records from now on."""
        self._commit({TopicPartition(one.topic, one.partition): one.offset + 1 for one in records})

    def _assign(self) -> None:
        numbers = self._consumer.partitions_for_topic(self._topic)
        if not numbers:
            raise UsageError(f"there is no topic {self._topic} at {self._settings.kafka}")
        parts = [TopicPartition(self._topic, number) for number in sorted(numbers)]
        self._consumer.assign(parts)
        self._ends = self._consumer.end_offsets(parts)

    def _at_end(self) -> bool:
        return not unread(
            {part: self._consumer.position(part, timeout_ms=ANSWER_MS) for part in self._ends}, self._ends
        )

    def _poll(self) -> list[Any]:
        polled = self._consumer.poll(timeout_ms=POLL_MS, max_records=CHECKPOINT_RECORDS)
        self._silent = 0 if polled else self._silent + 1
        if self._silent > SILENT_POLLS and not self._at_end():
            raise explain_failure(self._settings, TimeoutError())
        return [record for records in polled.values() for record in records]

    def _checkpoint(self, done: Offsets) -> Checkpoint:
        offsets = dict(done)
        return Checkpoint(lambda: self._commit(offsets))

    def _commit(self, offsets: Offsets) -> None:
        try:
            self._consumer.commit({part: OffsetAndMetadata(offset, "", -1) for part, offset in offsets.items()})
        except (KafkaError, OSError) as error:
            raise explain_failure(self._settings, error) from error

    def found(self, record: Any) -> Iterator[RawArticle | RefusedInput]:
        """The article of a record, or why there is none; nothing for a tombstone."""
        if record.value is None:  # a tombstone of a compacted topic
            return
        origin = f"{SCHEME}:{self._topic}:{record.partition}:{record.offset}"
        now = datetime.now(UTC)
        try:
            written = _written_at(record, now)
            article, ignored = read_article(record.value, now=now, lane=self._lane, origin=origin, fetched_at=written)
        except Rejected as error:
            yield RefusedInput(origin, str(error))
        except Exception as error:  # the last resort: an unexpected error costs one record
            yield RefusedInput(origin, report_unexpected("line", error))
        else:
            for line in ignored:
                self._warn(origin, line)
            yield article

    def close(self) -> None:
        self._consumer.close(autocommit=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _written_at(record: Any, now: datetime) -> datetime | None:
    """When a record was written, as the time of fetching of an article that does not name its own."""
    try:
        return check_fetched(datetime.fromtimestamp(record.timestamp / 1000, UTC), now)
    except (Rejected, ValueError, OverflowError, TypeError, OSError):
        return None
