"""All records of the topics of a system, once and in order, read with kafka-python outside any group."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from connectors.kafka.reader import KafkaRecord

PATIENCE_SECONDS = 60.0  # for a broker that has just been started again


class Records:
    """Remembers how far it has read: each call of `new` gives what came since."""

    def __init__(self, kafka: str, topics: Sequence[str]) -> None:
        self._kafka = kafka
        self._topics = topics
        self._next: dict[Any, int] = {}

    def new(self) -> Iterator[KafkaRecord]:
        """What was written since the last call and until this one. Raises `TimeoutError` when Kafka does not give it.

        A consumer of its own each time: one that saw its broker die may go on with what it knew before.
        """
        consumer: Any = KafkaConsumer(
            bootstrap_servers=self._kafka, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        try:
            parts = [
                TopicPartition(topic, number)
                for topic in self._topics
                for number in sorted(consumer.partitions_for_topic(topic) or ())
            ]
            consumer.assign(parts)
            for part in parts:
                consumer.seek(part, self._next.get(part, 0))
            ends = consumer.end_offsets(parts)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while any(self._next.get(part, 0) < end for part, end in ends.items()):
                for part, records in consumer.poll(timeout_ms=500).items():
                    deadline = time.monotonic() + PATIENCE_SECONDS
                    for raw in records:
                        self._next[part] = raw.offset + 1
                        yield _record(raw)
                if time.monotonic() > deadline:
                    raise TimeoutError(f"Kafka gave nothing for {PATIENCE_SECONDS:g} s before the end of its log")
        finally:
            consumer.close()


def _record(raw: Any) -> KafkaRecord:
    headers = {name: (value or b"").decode(errors="replace") for name, value in raw.headers or ()}
    return KafkaRecord(
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        time=datetime.fromtimestamp(raw.timestamp / 1000, UTC),
        key=raw.key,
        value=raw.value,
        headers=headers,
    )
