"""Kafka records and the consumer group as the runtime uses them; `streams.runtime.faust.group` implements them."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Protocol

from faust.types import TP as TP  # re-exported: delivery imports nothing of Faust

from streams.contract.topics import TopicRecord


class StreamRecord(TopicRecord, Protocol):
    """A record that this process has read, in one generation of its group."""

    @property
    def tp(self) -> TP: ...
    @property
    def generation_id(self) -> int: ...


class StreamEvent(Protocol):
    """What a stream yields: a record that is not acknowledged yet."""

    @property
    def message(self) -> StreamRecord: ...


class Stream(Protocol):
    """The input of one stage, without automatic acknowledgement."""

    def events(self) -> AsyncIterator[StreamEvent]: ...
    async def ack(self, event: StreamEvent) -> object: ...


class ConsumerGroup(Protocol):
    """This process as a member of its app's consumer group."""

    @property
    def generation(self) -> int:
        """The current generation; every rebalance begins a new one."""

    @property
    def stopping(self) -> bool:
        """True once the process was told to stop, so that errors mean nothing any more."""

    @property
    def rebalancing(self) -> bool:
        """True during a rebalance, and while rows are read back after it."""

    def owned(self, topic: str) -> set[TP]:
        """The partitions of a topic that are assigned to this process."""

    def committed(self, tp: TP) -> int:
        """The committed offset of an assigned partition; 0 if there is none."""

    def end(self, tp: TP) -> int | None:
        """The offset after the last record, as of the last fetch; None if it is not known yet."""

    async def ends(self, tps: Collection[TP]) -> Mapping[TP, int]:
        """The offset after the last record of each partition, asked of the broker."""

    async def earliest(self, tps: Collection[TP]) -> Mapping[TP, int]:
        """The first offset that retention has left in each partition, asked of the broker."""
