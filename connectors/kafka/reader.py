"""Reads topics for commands that list or follow what is there: without a consumer group, so nothing is committed."""

import contextlib
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from connectors.kafka.admin import ANSWER_MS, explain_failure
from streams.contract.errors import UsageError
from streams.contract.topics import Topic, unread
from streams.runtime.credentials import kafka_access
from streams.runtime.settings import Settings

POLL_MS = 20
SILENCE_SECONDS = 30.0  # a broker that delivers nothing of what it has for so long is not answering
AHEAD = 200  # records of one partition in memory, which are up to a megabyte each and mostly some kilobytes
PAUSE_SECONDS = 0.03  # after an empty poll: some brokers answer empty fetches at once


@dataclass(frozen=True)
class KafkaRecord:
    topic: str
    partition: int
    offset: int
    time: datetime
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]


class Reader:
    """Reads all partitions of some topics: from the beginning, from now on, or from a little before now.

    A context manager. Methods raise `Unavailable` when Kafka does not answer.
    """

    def __init__(
        self,
        settings: Settings,
        topics: list[Topic],
        *,
        from_now: bool = False,
        latest: int | None = None,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        """``latest``: begin this many messages before the end, shared among the partitions of a topic.

        Raises `Unavailable` when Kafka is not reachable, `UsageError` when a topic does not exist.
        """
        self._settings = settings
        self._silence_seconds = silence_seconds
        with self._explained():
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
            with self._explained():
                self._parts = self._assign(topics)
                self._seek(latest=0 if from_now else latest)
        except BaseException:
            self.close()  # the caller gets no reader to close
            raise

    def _assign(self, topics: list[Topic]) -> list[TopicPartition]:
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

    def oldest_time(self) -> datetime | None:
        """When the oldest record that is still there was written; None when there is none."""
        first = self._offsets_at(0)
        return min((_time(found.timestamp) for found in first.values() if found is not None), default=None)

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Continue from these offsets, by partition of the only topic; offsets that retention deleted are skipped."""
        with self._explained():
            beginnings = self._consumer.beginning_offsets(self._parts)
        for part in self._parts:
            if part.partition in offsets:
                self._consumer.seek(part, max(offsets[part.partition], beginnings[part]))

    def seek_time(self, moment: datetime) -> None:
        """Continue from the first record that was written at this time or later."""
        with self._explained():
            ends = self._consumer.end_offsets(self._parts)
        for part, found in self._offsets_at(int(moment.timestamp() * 1000)).items():
            self._consumer.seek(part, found.offset if found is not None else ends[part])

    def _offsets_at(self, milliseconds: int) -> dict[Any, Any]:
        with self._explained():
            found: dict[Any, Any] = self._consumer.offsets_for_times(dict.fromkeys(self._parts, milliseconds))
        return found

    def read_to_end(self) -> Iterator[KafkaRecord]:
        """Every record up to the end of the topics at the time of the call."""
        for records in self.batches_to_end():
            yield from records

    def batches_to_end(self) -> Iterator[list[KafkaRecord]]:
        """`read_to_end` in batches, one for each poll; a batch may be empty."""
        with self._explained():
            ends = self._consumer.end_offsets(self._parts)
        left: dict[TopicPartition, int | None] = {}
        progressed = 0.0
        while now_left := unread(self._positions(), ends):
            if now_left != left:
                left, progressed = now_left, time.monotonic()
            elif time.monotonic() - progressed > self._silence_seconds:
                raise explain_failure(self._settings, TimeoutError())
            yield self.poll()

    def to_end_by_time(self) -> Iterator[KafkaRecord]:
        """`read_to_end` in the order in which the broker received the records, over all partitions.

        Of a partition whose next record is far ahead of the others' only `AHEAD` records and one batch are in memory.
        """
        with self._explained():
            ends = self._consumer.end_offsets(self._parts)
        waiting: dict[TopicPartition, deque[KafkaRecord]] = {part: deque() for part in self._parts}
        left, progressed = unread(self._positions(), ends), time.monotonic()
        while True:
            if all(waiting[part] for part in left):
                heads = [part for part in self._parts if waiting[part]]
                if not heads:
                    return
                yield waiting[min(heads, key=lambda part: (waiting[part][0].time, part.partition))].popleft()
                continue
            self._consumer.pause(*(part for part in self._parts if len(waiting[part]) >= AHEAD))
            self._consumer.resume(*(part for part in self._parts if len(waiting[part]) < AHEAD))
            records = self.poll()
            for record in records:
                part = TopicPartition(record.topic, record.partition)
                if record.offset < ends[part]:
                    waiting[part].append(record)
            left = unread(self._positions(), ends)
            if records:
                progressed = time.monotonic()
            elif time.monotonic() - progressed > self._silence_seconds:
                raise explain_failure(self._settings, TimeoutError())

    def _positions(self) -> dict[TopicPartition, int | None]:
        """The next offset of each partition; None where the broker does not answer."""
        with self._explained():
            return {part: self._consumer.position(part, timeout_ms=ANSWER_MS) for part in self._parts}

    def poll(self) -> list[KafkaRecord]:
        """The records that have arrived; empty after a short wait when there are none."""
        with self._explained():
            polled = self._consumer.poll(timeout_ms=POLL_MS, max_records=500)
        if not polled:
            time.sleep(PAUSE_SECONDS)
        return [_record(raw) for records in polled.values() for raw in records]

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (KafkaError, OSError) as error:
            raise explain_failure(self._settings, error) from error

    def close(self) -> None:
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _record(raw: Any) -> KafkaRecord:
    headers = {name: value.decode(errors="replace") for name, value in raw.headers or () if value is not None}
    return KafkaRecord(raw.topic, raw.partition, raw.offset, _time(raw.timestamp), raw.key, raw.value, headers)


def _time(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
