"""A topic in, its records out: for commands that list or follow what is there, outside any group."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from connectors.kafka.admin import ANSWER_MS, trouble
from streams.contract.errors import UsageError
from streams.contract.topics import Topic
from streams.runtime.credentials import kafka_access
from streams.runtime.settings import Settings

POLL_MS = 20  # how long one look waits
SILENT_SECONDS = 30.0  # a broker that sends nothing of what it has for so long does not answer
PAUSE_SECONDS = 0.03  # after a look that found nothing: not every broker holds empty fetches back


@dataclass(frozen=True)
class Record:
    topic: str
    partition: int
    offset: int
    time: datetime
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]


class Reader:
    """Reads all partitions of some topics: from the beginning, from now on, or from a little before now."""

    def __init__(
        self, settings: Settings, topics: list[Topic], *, from_now: bool = False, latest: int | None = None
    ) -> None:
        """``latest``: begin this many messages before the end, shared among the partitions of a topic.

        Raises `Unavailable` when Kafka is not there, `UsageError` when a topic does not exist yet.
        """
        self._settings = settings
        with self._telling():
            self._consumer: Any = KafkaConsumer(
                bootstrap_servers=settings.kafka.split(","),
                client_id="storywatch-reader",
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                bootstrap_timeout_ms=ANSWER_MS,
                **kafka_access(settings).options(),
            )
        try:
            with self._telling():
                self._parts = self._find(topics)
                self._seek(latest=0 if from_now else latest)
        except BaseException:
            self.close()  # nobody else can: the caller gets no reader
            raise

    def _find(self, topics: list[Topic]) -> list[TopicPartition]:
        parts: list[TopicPartition] = []
        for topic in topics:
            name = topic.name(self._settings.topic_prefix)
            known = self._consumer.partitions_for_topic(name)
            if not known:
                raise UsageError(f"topic {name} does not exist: run `storywatch init` first")
            parts += [TopicPartition(name, number) for number in sorted(known)]
        self._consumer.assign(parts)
        return parts

    def _seek(self, latest: int | None) -> None:
        parts = self._parts
        starts, ends = self._consumer.beginning_offsets(parts), self._consumer.end_offsets(parts)
        for part in parts:
            if latest is None:
                self._consumer.seek_to_beginning(part)
            else:
                share = -(-latest // sum(one.topic == part.topic for one in parts))
                self._consumer.seek(part, max(starts[part], ends[part] - share))

    def begins(self) -> datetime | None:
        """When the oldest record that is still there was written; None when there is none. Raises `Unavailable`."""
        first = self._at(0)
        return min((_time(found.timestamp) for found in first.values() if found is not None), default=None)

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Go on from these offsets, by partition of the one topic that is read; what retention deleted is passed.

        Raises `Unavailable`.
        """
        with self._telling():
            beginnings = self._consumer.beginning_offsets(self._parts)
        for part in self._parts:
            if part.partition in offsets:
                self._consumer.seek(part, max(offsets[part.partition], beginnings[part]))

    def seek_time(self, moment: datetime) -> None:
        """Go on from what was written at this time or later. Raises `Unavailable`."""
        with self._telling():
            ends = self._consumer.end_offsets(self._parts)
        for part, found in self._at(int(moment.timestamp() * 1000)).items():
            self._consumer.seek(part, found.offset if found is not None else ends[part])

    def _at(self, milliseconds: int) -> dict[Any, Any]:
        with self._telling():
            found: dict[Any, Any] = self._consumer.offsets_for_times(dict.fromkeys(self._parts, milliseconds))
        return found

    def to_the_end(self) -> Iterator[Record]:
        """Everything that is there now, then stop. Raises `Unavailable`."""
        for records in self.polls_to_the_end():
            yield from records

    def polls_to_the_end(self) -> Iterator[list[Record]]:
        """`to_the_end`, as many at a time as one look finds."""
        with self._telling():
            ends = self._consumer.end_offsets(self._parts)
        left: dict[TopicPartition, int | None] = {}
        heard = 0.0
        while now_left := {part: at for part, at in self._places().items() if at is None or at < ends[part]}:
            if now_left != left:
                left, heard = now_left, time.monotonic()
            elif time.monotonic() - heard > SILENT_SECONDS:
                raise trouble(self._settings, TimeoutError())
            yield self.waiting()

    def _places(self) -> dict[TopicPartition, int | None]:
        """The next offset of each partition; None where the broker does not say."""
        with self._telling():
            return {part: self._consumer.position(part, timeout_ms=ANSWER_MS) for part in self._parts}

    def waiting(self) -> list[Record]:
        """What has arrived; waits a moment when nothing has. Raises `Unavailable`."""
        with self._telling():
            polled = self._consumer.poll(timeout_ms=POLL_MS, max_records=500)
        if not polled:
            time.sleep(PAUSE_SECONDS)
        return [_record(raw) for records in polled.values() for raw in records]

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (KafkaError, OSError) as error:
            raise trouble(self._settings, error) from error

    def close(self) -> None:
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _record(raw: Any) -> Record:
    headers = {name: value.decode(errors="replace") for name, value in raw.headers or () if value is not None}
    return Record(raw.topic, raw.partition, raw.offset, _time(raw.timestamp), raw.key, raw.value, headers)


def _time(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
