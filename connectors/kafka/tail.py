"""Reads several topics from given offsets, or from now on, without a consumer group."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from connectors.kafka.connectivity import diagnose_async, unreachable
from streams.contract.errors import Unavailable
from streams.contract.topics import Topic
from streams.runtime.credentials import kafka_access
from streams.runtime.settings import Settings

Part = tuple[str, int]  # topic, without its prefix, and partition
Offsets = Mapping[Part, int]  # the next offset of each partition
WAIT_MS = 1_000


class Tail:
    """An asynchronous context manager. Methods raise `Unavailable` when Kafka cannot be read."""

    def __init__(self, settings: Settings, topics: Sequence[Topic]) -> None:
        self._settings = settings
        self._names = {topic.name(settings.topic_prefix): topic.base for topic in topics}
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # of an offset that retention has deleted
            **kafka_access(settings).options(),
        )
        self._parts: dict[Any, Part] = {}

    async def __aenter__(self) -> Self:
        try:
            await self._consumer.start()
            known = await self._consumer._client.fetch_all_metadata()
        except KafkaError as error:
            await self._consumer.stop()
            raise await diagnose_async(self._settings) or unreachable(self._settings, error) from error
        for name, base in self._names.items():
            numbers = sorted(known.partitions_for_topic(name) or ())
            if not numbers:
                await self._consumer.stop()
                raise Unavailable(f"topic {name} is missing: run `storywatch init` first")
            self._parts |= {TopicPartition(name, number): (base, number) for number in numbers}
        self._consumer.assign(list(self._parts))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    async def limits(self) -> tuple[dict[Part, int], dict[Part, int]]:
        """The first offsets that are still there, and the ends."""
        try:
            first = await self._consumer.beginning_offsets(list(self._parts))
            ends = await self._consumer.end_offsets(list(self._parts))
        except KafkaError as error:
            raise unreachable(self._settings, error) from error
        return ({self._parts[one]: at for one, at in found.items()} for found in (first, ends))  # type: ignore[return-value]

    def seek(self, offsets: Offsets) -> None:
        for part, ours in self._parts.items():
            self._consumer.seek(part, offsets[ours])

    async def records(self) -> list[tuple[Part, Any]]:
        """What has arrived, in the order of each partition; empty after a second without anything."""
        try:
            fetched = await self._consumer.getmany(timeout_ms=WAIT_MS)
        except KafkaError as error:
            raise unreachable(self._settings, error) from error
        return [(self._parts[part], record) for part, found in fetched.items() for record in found]
