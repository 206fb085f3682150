"""Reads partitions of a changelog from an offset to their end, with a consumer of its own.

Faust reads changelogs back through the consumer that reads the streams. A fetch that is under way in a rebalance is
dropped there, and queues are emptied when the flow resumes: a recovery may then wait for good for records that have
passed, or end without them. Here nothing else moves the position, and the end is known before reading begins: the
result is the whole partition, or an error.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.contract.errors import Unavailable
from streams.contract.topics import TopicRecord, unread
from streams.runtime.credentials import kafka_access
from streams.runtime.settings import Settings

ANSWER_SECONDS = 30.0  # a broker that sends nothing for so long is away, or starting: this process starts over as well
MOST_RECORDS = 2_000  # taken at once, a few milliseconds of work: other tasks run in between
FETCH_BYTES = 8 << 20

T = TypeVar("T")


class Changelog:
    """Reads partitions of one topic."""

    def __init__(self, settings: Settings, topic: str) -> None:
        self._settings = settings
        self._topic = topic

    async def read(self, begins: Mapping[int, int]) -> AsyncIterator[tuple[int, Sequence[TopicRecord]]]:
        """Yield the records of each partition from an offset to the last one that is there now, many at a time.

        ``begins``: partition -> offset. Raises `Unavailable` when they cannot be read, and aiokafka's errors.
        """
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=FETCH_BYTES,
            **kafka_access(self._settings).options(),
        )
        parts = [TopicPartition(self._topic, partition) for partition in begins]
        try:
            await self._answer(consumer.start())
            consumer.assign(parts)
            firsts = await self._answer(consumer.beginning_offsets(parts))
            ends = await self._answer(consumer.end_offsets(parts))
            for part in parts:
                consumer.seek(part, max(firsts[part], begins[part.partition]))
            left = await self._left(consumer, ends)
            while left:
                fetched = await consumer.getmany(*left, timeout_ms=int(ANSWER_SECONDS * 1000), max_records=MOST_RECORDS)
                for part, records in fetched.items():
                    yield part.partition, records
                before, left = left, await self._left(consumer, ends)
                # compaction may have taken the records that a fetch would have brought, and moves the position alone
                if not fetched and left == before:
                    raise Unavailable(f"{self._topic} cannot be read to its end: Kafka gives nothing")
        finally:
            await consumer.stop()

    async def _left(self, consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Partition -> next offset, of those that are not read to their ends."""
        positions: dict[Any, int] = {part: await self._answer(consumer.position(part)) for part in ends}
        return unread(positions, ends)

    async def _answer(self, request: Awaitable[T]) -> T:
        try:
            return await asyncio.wait_for(request, ANSWER_SECONDS)
        except TimeoutError as error:
            raise Unavailable(f"Kafka does not answer for {self._topic}") from error
