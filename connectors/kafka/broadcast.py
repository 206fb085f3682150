"""A compacted topic in, its latest values as a mapping out: small shared facts that every worker knows.

Read outside any group, all partitions, from the beginning to the end before the stages start, then kept current.
"""

import asyncio
from collections.abc import MutableMapping
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from connectors.kafka import connectivity
from connectors.kafka.away import not_there
from streams.contract.codec import decode
from streams.contract.errors import FatalError, Unavailable, Undecodable
from streams.contract.messages import Message
from streams.contract.topics import Topic
from streams.runtime.credentials import kafka_access
from streams.runtime.settings import Settings

log = structlog.get_logger("storywatch.broadcast")

V = TypeVar("V", bound=MutableMapping[str, Any])
ANSWER_SECONDS = 10.0


class Broadcast(Generic[V]):
    """Fills ``values``: key -> latest message of ``topic``. A tombstone removes its key."""

    def __init__(self, settings: Settings, topic: Topic, carries: type[Message], values: V) -> None:
        self._topic = topic.name(settings.topic_prefix)
        self._settings = settings
        self._carries = carries
        self.values = values
        self._read: dict[Any, int] = {}  # partition -> next offset to read
        self._progress = asyncio.Condition()
        self._consumer: Any = None
        # asks where the topic ends. Not the reader: a broker answers what comes over one connection in turn, and would
        # keep the question until it lets go of the reader's fetch, which it holds for half a second
        self._asker: Any = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read all that is there, then go on in the background. Raises `Unavailable`."""
        self._consumer, self._asker = self._client(), self._client()
        try:
            await self._consumer.start()
            await self._asker.start()
            partitions = await self._partitions()
            self._consumer.assign(partitions)
            self._read = dict.fromkeys(partitions, 0)
            self._read.update(await self._consumer.beginning_offsets(partitions))
            for partition, offset in self._read.items():
                self._consumer.seek(partition, offset)
        except KafkaError as error:
            await self.stop()
            raise await connectivity.ask(self._settings) or not_there(self._settings, error) from error
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
                # not the last record's offset: compaction may have taken what stood at the end of the log
                read = {partition: await self._consumer.position(partition) for partition in self._read}
            except KafkaError as error:
                log.warning("shared facts cannot be read", topic=self._topic, error=repr(error))
                await asyncio.sleep(1)
                continue
            if read != self._read:
                self._read = read
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
            # one bad fact must not stop every worker; the older value, if any, stays
            log.warning("unreadable shared fact", topic=self._topic, key=key, reason=str(error))

    async def caught_up(self) -> None:
        """Until everything that was written before this call has been read. Raises `Unavailable`; `FatalError` when
        nothing will be read any more."""
        if self._task is None or self._task.done():
            raise FatalError(f"the reader of {self._topic} has stopped: starting over")
        try:
            ends = await asyncio.wait_for(self._asker.end_offsets(list(self._read)), ANSWER_SECONDS)
            async with self._progress:
                await asyncio.wait_for(
                    self._progress.wait_for(lambda: all(self._read[part] >= end for part, end in ends.items())),
                    ANSWER_SECONDS,
                )
        except (KafkaError, TimeoutError) as error:
            raise Unavailable(f"{self._topic} cannot be read to its end ({type(error).__name__})") from error

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        for client in (self._consumer, self._asker):
            if client is not None:
                await client.stop()
