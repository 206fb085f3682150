"""The rows of one stage: a Faust table whose changelog writes can be waited for, kept apart by partition.

Faust sends a changelog record when a table is written, but tells nobody whether the broker took it. Here a row is
kept first and published later, and a future tells, so that a message is acknowledged only when its rows are safe.
What was kept and not published is forgotten at a rebalance: whoever owns the partition then does the message again.

A worker that was frozen may still write rows of a partition that another one has taken over. So each owner writes a
mark with a number above all that it has read (its term), and each row carries the term of its writer. A row with a
lower term than an earlier record of its partition came too late: it never replaces a row, and is overwritten by the
next owner, before compaction can take the right row for the older one. (Kafka calls such a number a leader epoch; the
idea is that of fencing tokens: Kleppmann, "Designing Data-Intensive Applications", 2017, chapter 8.)
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import Any, cast

import msgspec
import structlog
from faust.tables.table import Table
from faust.types import TP

from streams.contract.errors import TooLarge
from streams.contract.messages import MAX_VALUE_BYTES
from streams.runtime import metrics
from streams.runtime.state import clock_skew
from streams.runtime.state.changelog import Changelog

log = structlog.get_logger("storywatch.table")

MARK = "\0term"  # key of an owner's mark: no row's key begins with this character
TERM = "term"  # header of every changelog record

_pack = msgspec.msgpack.Encoder().encode


def pack(row: msgspec.Struct) -> bytes:
    """A row as bytes. Raises `TooLarge` when it does not fit a Kafka message."""
    packed = _pack(row)
    if len(packed) > MAX_VALUE_BYTES:
        raise TooLarge(f"a row of {len(packed):,} bytes does not fit a Kafka message")
    return packed


class Rows(Table[str, bytes]):
    """Rows of bytes: ``partition -> key -> row``. Read from the changelog when a partition comes to this process."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._changelog: Changelog | None = None
        self._rows: dict[int, dict[str, bytes]] = defaultdict(dict)  # as the changelog has them
        self._kept: dict[int, dict[str, bytes | None]] = defaultdict(dict)  # not published yet
        self._terms: dict[int, int] = {}  # highest term read or written
        self._ends: dict[int, int] = {}  # next offset of the changelog to read
        self._generation = 0  # of the group
        self._sure: set[int] = set()  # partitions that were ours, read whole, in every generation since they were read
        self._blank: set[int] = set()  # those of which the changelog held nothing at all when it was read
        self._stayed: set[int] = set()  # those whose rows the last rebalance has left as they were

    def read_from(self, changelog: Changelog) -> None:
        """Where the rows are read when partitions come."""
        self._changelog = changelog

    def rows(self, partition: int) -> Mapping[str, bytes]:
        """All rows of a partition, with those that are kept and not published."""
        kept = self._kept[partition]
        if not kept:
            return self._rows[partition]
        return {key: row for key, row in {**self._rows[partition], **kept}.items() if row is not None}

    def count(self) -> int:
        """How many rows there are, of all partitions that this process owns."""
        return sum(len(rows) for rows in self._rows.values())

    def was_blank(self, partition: int) -> bool:
        """Whether the changelog of this partition held nothing, not even an earlier owner's mark, when it was read."""
        return partition in self._blank

    def stayed(self, partition: int) -> bool:
        """Whether a partition has the rows that it had before the last rebalance, all of them published by us."""
        return partition in self._stayed

    def keep(self, partition: int, key: str, row: bytes | None) -> None:
        """Take a row (None removes it) into the table as this process sees it; `publish` makes it last."""
        self._kept[partition][key] = row

    def publish(self, partition: int, key: str, row: bytes | None) -> Awaitable[Any]:
        """Write the change of a row; the future ends when the broker has it, or raises what the broker said."""
        kept = self._kept[partition]
        if kept.get(key, b"") is row:
            del kept[key]  # a later change of the same row stays kept
        self._put(partition, key, row)
        return self._write(partition, key, row)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Note which partitions have stayed. After a generation without us, another worker may have had any."""
        if generation_id != self._generation + 1:
            self._sure.clear()
        self._generation = generation_id
        changelog = self.changelog_topic.get_topic_name()
        self._sure &= {tp.partition for tp in self.app.assignor.assigned_actives() if tp.topic == changelog}
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Read the partitions that came, forget those that went, and begin a term of our own in each that is ours."""
        generation = self._generation
        try:
            mine = {tp.partition for tp in active_tps}
            read = await self._read(sorted(mine))
            if self._generation != generation:
                return  # a rebalance meanwhile: it comes here again, with what is ours then
            self._stayed = {part for part in self._sure & read.keys() if read[part].rows == self._rows[part]}
            self._kept.clear()
            self._rows = defaultdict(dict, {partition: found.rows for partition, found in read.items()})
            self._terms = {partition: found.term for partition, found in read.items()}
            self._ends = {partition: found.end for partition, found in read.items()}
            self._blank = {partition for partition, found in read.items() if found.end == 0}
            self._sure = mine
            for partition, found in read.items():
                self._begin_term(partition, found.late)
            await super().on_recovery_completed(active_tps, standby_tps)
        except Exception as error:  # Faust would go on as if nothing had happened
            log.exception("reading rows failed", table=self.name)
            await self.app.crash(error)
            raise

    async def _read(self, partitions: Sequence[int]) -> dict[int, "_Read"]:
        """Read partitions that came from their beginning, and of those that stayed the rest: rows of our own, and what
        came too late beside them."""
        if self._changelog is None:
            raise TypeError(f"table {self.name} was not told where its rows are")
        read = {partition: self._so_far(partition) for partition in partitions}
        if read:
            async for partition, records in self._changelog.read({part: found.end for part, found in read.items()}):
                for record in records:
                    read[partition].take(record)
                await asyncio.sleep(0)
        metrics.LATE_ROWS.labels(self.name).inc(sum(found.late_records for found in read.values()))
        return read

    def _so_far(self, partition: int) -> "_Read":
        if partition not in self._sure:
            return _Read()
        return _Read(dict(self._rows[partition]), self._terms[partition], self._ends[partition])

    def _begin_term(self, partition: int, late: Collection[str]) -> None:
        self._terms[partition] = self._terms.get(partition, 0) + 1
        clock_skew.compare(self._write(partition, MARK, b""))
        if late:
            log.warning(
                "rows of a worker that was no longer the owner", table=self.name, partition=partition, n=len(late)
            )
        for key in sorted(late):
            self._write(partition, key, self._rows[partition].get(key))

    def _put(self, partition: int, key: str, row: bytes | None) -> None:
        _put(self._rows[partition], key, row)

    def _write(self, partition: int, key: str, row: bytes | None) -> "asyncio.Future[Any]":
        sent = self.changelog_topic.send_soon(
            key=key.encode(),
            value=row,
            partition=partition,
            headers={TERM: str(self._terms.get(partition, 0)).encode()},
            key_serializer="raw",
            value_serializer="raw",
            callback=self._on_changelog_sent,
            eager_partitioning=True,
        )
        return cast("asyncio.Future[Any]", sent)


class _Read:
    """What the records of one partition come to, taken in the order of the log."""

    def __init__(self, rows: dict[str, bytes] | None = None, term: int = 0, end: int = 0) -> None:
        self.rows: dict[str, bytes] = rows if rows is not None else {}
        self.term = term  # highest
        self.end = end  # next offset
        self.late: set[str] = set()  # keys with a record that came too late
        self.late_records = 0

    def take(self, record: Any) -> None:
        self.end = record.offset + 1
        key, term = bytes(record.key).decode(), _term(record)
        if term < self.term:
            self.late_records += 1
            if key == MARK:
                return
            self.late.add(key)
            if key in self.rows:
                return  # else the row before it was compacted away: this is the last that is known
        self.term = max(term, self.term)
        if key != MARK:
            _put(self.rows, key, None if record.value is None else bytes(record.value))


def _put(rows: dict[str, bytes], key: str, row: bytes | None) -> None:
    if row is None:
        rows.pop(key, None)
    else:
        rows[key] = row


def _term(record: Any) -> int:
    """The term of a record's writer; 0 for a record without one, as older versions wrote them."""
    return next((int(value) for name, value in record.headers or () if name == TERM), 0)
