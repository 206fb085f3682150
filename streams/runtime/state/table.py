"""The rows of one ordered stage: a Faust table whose changelog writes can be awaited.

Faust sends a changelog record when a table is written, and reports to nobody whether the broker took it. Here a change
is pending first and published later, and publishing returns a future, so that a message is acknowledged only when its
rows are safe. A change that was not published is forgotten at a rebalance: the partition's owner handles the message
again.

A worker that was frozen may still write rows of a partition that another one has taken over. So each owner writes a
mark with a number above all that it has read (its epoch), and each row carries the epoch of its writer. A row with a
lower epoch than an earlier record of its partition is stale: it never replaces a row, and the next owner overwrites it
before compaction could take the right row for the older one. (Kafka calls such a number a leader epoch; the idea is
that of fencing tokens: Kleppmann, "Designing Data-Intensive Applications", 2017, chapter 8.)
"""

import asyncio
from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, cast

import msgspec
import structlog
from faust.tables.table import Table
from faust.types import TP

from streams.contract.errors import TooLarge
from streams.contract.messages import MAX_VALUE_BYTES
from streams.contract.topics import TopicRecord
from streams.runtime import metrics
from streams.runtime.state import clock_skew
from streams.runtime.state.changelog import Changelog
from streams.runtime.state.partition_states import Partition, Partitions

log = structlog.get_logger("storywatch.table")

EPOCH_MARK = "\0term"  # key of an owner's mark; no row's key begins with this character
EPOCH = "term"  # header of every changelog record

_pack = msgspec.msgpack.Encoder().encode


def pack(row: msgspec.Struct) -> bytes:
    """A row as bytes. Raises `TooLarge` when it does not fit a Kafka message."""
    packed = _pack(row)
    if len(packed) > MAX_VALUE_BYTES:
        raise TooLarge(f"a row of {len(packed):,} bytes does not fit a Kafka message")
    return packed


class RowChange(NamedTuple):
    """One row to write, or to remove (None)."""

    table: "Rows"
    partition: Partition
    key: str
    row: bytes | None

    def apply(self) -> None:
        """Change the row as this process sees it."""
        self.partition.pending[self.key] = self.row

    def publish(self) -> Awaitable[object]:
        """Write the change to the changelog; the future ends when the broker has it, or raises the broker's error."""
        return self.table.publish(self.partition, self.key, self.row)


class Rows(Table[str, bytes]):
    """Rows of bytes, kept in the `Partition` objects and read from the changelog when a partition comes."""

    _changelog: Changelog
    _partitions: Partitions
    _topic: str
    _generation = 0  # of the group

    def bind(self, changelog: Changelog, partitions: Partitions, topic: str) -> None:
        """Say where rows are read from, and which topic's partitions hold them."""
        self._changelog = changelog
        self._partitions = partitions
        self._topic = topic

    def partition(self, number: int) -> Partition:
        return self._partitions[TP(self._topic, number)]

    def count(self) -> int:
        """Number of rows in all partitions that this process owns."""
        return sum(len(partition.rows) for partition in self._partitions.of_topic(self._topic))

    def publish(self, partition: Partition, key: str, row: bytes | None) -> Awaitable[object]:
        """Write the change of a row; the future ends when the broker has it, or raises the broker's error."""
        if partition.pending.get(key, b"") is row:
            del partition.pending[key]  # a later change of the same row stays pending
        put(partition.rows, key, row)
        return self._write(partition, key, row)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Note which partitions stay. After a generation without us, another worker may have owned any."""
        missed = generation_id != self._generation + 1
        self._generation = generation_id
        changelog = self.changelog_topic.get_topic_name()
        owned = {tp.partition for tp in self.app.assignor.assigned_actives() if tp.topic == changelog}
        for partition in self._partitions.of_topic(self._topic):
            if missed or partition.tp.partition not in owned:
                partition.owned_continuously = False
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Read the partitions that came, forget those that went, and begin an epoch in each that is ours."""
        generation = self._generation
        try:
            owned = [
                self._partitions[TP(self._topic, number)] for number in sorted({tp.partition for tp in active_tps})
            ]
            found = await self._read(owned)
            if self._generation != generation:
                return  # a rebalance meanwhile: this is called again, with the partitions of that generation
            for partition in self._partitions.of_topic(self._topic):
                read = found.get(partition.tp.partition, _Read())
                partition.unchanged = partition.owned_continuously and read.rows == partition.rows
                partition.owned_continuously = partition.tp.partition in found
                partition.changelog_was_empty = partition.owned_continuously and read.end == 0
                partition.rows, partition.pending = read.rows, {}
                partition.epoch, partition.changelog_end = read.epoch, read.end
            for partition in owned:
                self._begin_epoch(partition, found[partition.tp.partition].stale)
            await super().on_recovery_completed(active_tps, standby_tps)
        except Exception as error:  # Faust would go on as if nothing had happened
            log.exception("reading rows failed", table=self.name)
            await self.app.crash(error)
            raise

    async def _read(self, owned: Sequence[Partition]) -> dict[int, "_Read"]:
        """Read partitions that came from their beginning, and the rest of those that stayed: our own rows, and stale
        ones among them."""
        read = {
            one.tp.partition: _Read(dict(one.rows), one.epoch, one.changelog_end) if one.owned_continuously else _Read()
            for one in owned
        }
        if read:
            async for number, records in self._changelog.read({one: found.end for one, found in read.items()}):
                for record in records:
                    read[number].add(record)
                await asyncio.sleep(0)
        metrics.LATE_ROWS.labels(self.name).inc(sum(found.stale_records for found in read.values()))
        return read

    def _begin_epoch(self, partition: Partition, stale: Collection[str]) -> None:
        partition.epoch += 1
        clock_skew.compare(self._write(partition, EPOCH_MARK, b""))
        if stale:
            log.warning(
                "rows of a worker that was no longer the owner",
                table=self.name,
                partition=partition.tp.partition,
                n=len(stale),
            )
        for key in sorted(stale):
            self._write(partition, key, partition.rows.get(key))

    def _write(self, partition: Partition, key: str, row: bytes | None) -> "asyncio.Future[Any]":
        sent = self.changelog_topic.send_soon(
            key=key.encode(),
            value=row,
            partition=partition.tp.partition,
            headers={EPOCH: str(partition.epoch).encode()},
            key_serializer="raw",
            value_serializer="raw",
            callback=self._on_changelog_sent,
            eager_partitioning=True,
        )
        return cast("asyncio.Future[Any]", sent)


class _Read:
    """The rows that result from reading a partition's changelog, record by record."""

    def __init__(self, rows: dict[str, bytes] | None = None, epoch: int = 0, end: int = 0) -> None:
        self.rows: dict[str, bytes] = rows if rows is not None else {}
        self.epoch = epoch  # highest
        self.end = end  # next offset
        self.stale: set[str] = set()  # keys with a stale record
        self.stale_records = 0

    def add(self, record: TopicRecord) -> None:
        self.end = record.offset + 1
        key, epoch = bytes(record.key or b"").decode(), epoch_of(record)
        if epoch < self.epoch:
            self.stale_records += 1
            if key == EPOCH_MARK:
                return
            self.stale.add(key)
            if key in self.rows:
                return  # else the row before it was compacted away: this is the last that is known
        self.epoch = max(epoch, self.epoch)
        if key != EPOCH_MARK:
            put(self.rows, key, None if record.value is None else bytes(record.value))


def put(rows: dict[str, bytes], key: str, row: bytes | None) -> None:
    """Set a row, or remove it (None)."""
    if row is None:
        rows.pop(key, None)
    else:
        rows[key] = row


def epoch_of(record: TopicRecord) -> int:
    """The epoch of a record's writer; 0 for a record without one, as older versions wrote them."""
    pairs = record.headers.items() if isinstance(record.headers, Mapping) else record.headers or ()
    return next((int(value or b"0") for name, value in pairs if name == EPOCH), 0)
