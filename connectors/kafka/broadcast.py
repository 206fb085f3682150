"""Small shared facts that every worker knows: a compacted topic as a mapping of its latest values.

All partitions are read without a consumer group: to their ends before the stages start, then continuously.
"""

import asyncio
from collections.abc import MutableMapping
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from connectors.kafka.connectivity import diagnose_async, unreachable
from streams.contract.codec import decode
from streams.contract.errors import FatalError, Unavailable, Undecodable
from streams.contract.messages import Message
from streams.contract.topics import Topic, unread
from streams.runtime.credentials import kafka_access
from streams.runtime.settings import Settings

log = structlog.get_logger("storywatch.broadcast")

V = TypeVar("V", bound=MutableMapping[str, Any])
ANSWER_SECONDS = 10.0


class KafkaBroadcast(Generic[V]):
    """Fills ``values``: key -> latest message of ``topic``. A tombstone removes its key."""

    def __init__(self, settings: Settings, topic: Topic, carries: type[Message], values: V) -> None:
        self._topic = topic.name(settings.topic_prefix)
        self._settings = settings
        self._carries = carries
        self.values = values
        self._positions: dict[Any, int] = {}  # partition -> next offset to read
        self._progress = asyncio.Condition()
        self._consumer: Any = None
        # Asks for end offsets. A broker answers the requests of one connection in turn, so on the consumer's own they
        # would wait for its pending fetch, which is held for half a second.
        self._end_consumer: Any = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the topic to its end, then continue in the background. Raises `Unavailable`."""
        self._consumer, self._end_consumer = self._client(), self._client()
        try:
            await self._consumer.start()
            await self._end_consumer.start()
            partitions = await self._partitions()
            self._consumer.assign(partitions)
            self._positions = dict.fromkeys(partitions, 0)
            self._positions.update(await self._consumer.beginning_offsets(partitions))
            for partition, offset in self._positions.items():
                self._consumer.seek(partition, offset)
        except KafkaError as error:
            await self.stop()
            raise await diagnose_async(self._settings) or unreachable(self._settings, error) from error
        self._task = asyncio.ensure_future(self._follow())
        await self.caught_up()

    def _client(self) -> Any:
        return AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            **kafka_access(self._settings).options(),
        )

    async def _partitions(self) -> list[Any]:
        known = await self._consumer._client.fetch_all_metadata()
        numbers = known.partitions_for_topic(self._topic) or ()
        if not numbers:
            raise Unavailable(f"topic {self._topic} is missing: run `storywatch init` first")
        return [TopicPartition(self._topic, number) for number in sorted(numbers)]

    async def _follow(self) -> None:
        while True:
            try:
                fetched = await self._consumer.getmany(timeout_ms=1000)
                for records in fetched.values():
                    for record in records:
                        self._take(record)
                positions = {partition: await self._consumer.position(partition) for partition in self._positions}
            except KafkaError as error:
                log.warning("shared facts cannot be read", topic=self._topic, error=repr(error))
                await asyncio.sleep(1)
                continue
            if positions != self._positions:
                self._positions = positions
                async with self._progress:
                    self._progress.notify_all()

    def _take(self, record: Any) -> None:
        key = bytes(record.key or b"").decode(errors="replace")
        if record.value is None:
            self.values.pop(key, None)
            return
        try:
            self.values[key] = decode(record.value, self._carries)
        except Undecodable as error:
            # one bad fact must not stop every worker; the previous value, if any, stays
            log.warning("unreadable shared fact", topic=self._topic, key=key, reason=str(error))

    async def caught_up(self) -> None:
        """Return when everything that was written before this call has been read.

        Raises `Unavailable` when nothing more is read for too long, `FatalError` when the background task has stopped.
        """
        if self._task is None or self._task.done():
            raise FatalError(f"the reader of {self._topic} has stopped: starting over")
        try:
            ends = await asyncio.wait_for(self._end_consumer.end_offsets(list(self._positions)), ANSWER_SECONDS)
            async with self._progress:
                while unread(self._positions, ends):
                    await asyncio.wait_for(self._progress.wait(), ANSWER_SECONDS)
        except (KafkaError, TimeoutError) as error:
            raise Unavailable(f"{self._topic} cannot be read to its end ({type(error).__name__})") from error

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        for client in (self._consumer, self._end_consumer):
            if client is not None:
                await client.stop()
