"""Doubles of what the runtime gets from Kafka: a consumer group whose offsets are set by hand, records, a stream."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from faust.types import TP

HERE = TP("articles", 0)


@dataclass
class Group:
    """`ConsumerGroup`. Partitions without an entry have no commit, and begin at offset 0."""

    offsets: dict[TP, int] = field(default_factory=dict)  # committed
    firsts: dict[TP, int] = field(default_factory=dict)
    ends_: dict[TP, int | None] = field(default_factory=dict)
    generation: int = 1
    stopping: bool = False
    rebalancing: bool = False

    def owned(self, topic: str) -> set[TP]:
        return {tp for tp in self.ends_ if tp.topic == topic}

    def committed(self, tp: TP) -> int:
        return self.offsets.get(tp, 0)

    def end(self, tp: TP) -> int | None:
        return self.ends_[tp]

    async def ends(self, tps: Collection[TP]) -> Mapping[TP, int]:
        return {tp: self.ends_.get(tp) or 0 for tp in tps}

    async def earliest(self, tps: Collection[TP]) -> Mapping[TP, int]:
        return {tp: self.firsts.get(tp, 0) for tp in tps}


def record(offset: int, tp: TP = HERE, generation: int = 1, **fields: Any) -> Any:
    """A record as a stream has it."""
    given = {"key": b"k", "value": b"{}", "headers": [], "timestamp": 1_900_000_000.0, **fields}
    return SimpleNamespace(
        tp=tp, topic=tp.topic, partition=tp.partition, offset=offset, generation_id=generation, **given
    )


class QueueStream:
    """A `Stream` of what is put into it; like Faust's it yields to the loop once before it looks for the next event.

    An exception that is put in is raised, None ends the stream.
    """

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.acknowledged: list[Any] = []

    def put(self, *items: Any) -> None:
        for item in items:
            self.queue.put_nowait(item)

    async def events(self) -> AsyncIterator[Any]:
        while True:
            await asyncio.sleep(0)
            item = await self.queue.get()
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item

    async def ack(self, event: Any) -> None:
        self.acknowledged.append(event)
