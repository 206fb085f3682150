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
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, cast

import msgspec
import structlog
from faust.tables.table import Table
from faust.types import TP

from streams import clocks, metrics
from streams.errors import TooLarge
from streams.messages import MAX_VALUE_BYTES

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
    """Rows of bytes: ``partition -> key -> row``. Rebuilt by Faust's recovery from the changelog."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rows: dict[int, dict[str, bytes]] = defaultdict(dict)  # as the changelog has them
        self._kept: dict[int, dict[str, bytes | None]] = defaultdict(dict)  # not published yet
        self._terms: dict[int, int] = {}  # highest term read or written
        self._late: dict[int, set[str]] = defaultdict(set)  # keys with a record that came too late
        self._applied: dict[int, int] = {}  # last offset of the changelog in rows that are nothing but read from it
        self._mine: set[int] = set()  # partitions in which this process has begun a term
        self._blank: set[int] = set()  # those of which the changelog held nothing at all when it was read

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

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Recovery: take changelog records in order (the stock store can lose a row that is removed and set again)."""
        for event in batch:
            message = event.message
            partition, key = message.partition, bytes(message.key).decode()
            if message.offset <= self._applied.get(partition, -1):
                continue
            self._applied[partition] = message.offset
            term, known = _term(message), self._terms.get(message.partition, 0)
            if term < known:
                self._late[partition].add(key)
                metrics.LATE_ROWS.labels(self.name).inc()
                if key in self._rows[partition]:
                    continue  # else the row before it was compacted away: this is the last that is known
            self._terms[partition] = max(term, known)
            if key != MARK:
                self._put(partition, key, None if message.value is None else bytes(message.value))

    def persisted_offset(self, tp: TP) -> int | None:
        """Where reading the changelog goes on: a copy that was kept warm for another worker is not read anew."""
        return self._applied.get(tp.partition)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Forget the partitions that went elsewhere, also those of which only a copy is kept here from now on: what
        their owner wrote last may not have reached the changelog, so they are read anew when they come back."""
        owned = self._partitions(self.app.assignor.assigned_actives())
        copied = self._partitions(self.app.assignor.assigned_standbys())
        for partition in set(self._rows) | set(self._terms) | set(self._applied):
            if partition not in owned | copied or partition in self._mine - owned:
                for known in (self._rows, self._terms, self._late, self._applied):
                    known.pop(partition, None)
        self._mine &= owned
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    def _partitions(self, tps: set[TP]) -> set[int]:
        changelog = self.changelog_topic.get_topic_name()
        return {tp.partition for tp in tps if tp.topic == changelog}

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """All records are read: begin a term of our own in each partition that is ours now."""
        try:
            self._kept.clear()
            self._mine = {tp.partition for tp in active_tps}
            for partition in sorted(self._mine):
                self._applied.pop(partition, None)
                self._begin_term(partition)
            await super().on_recovery_completed(active_tps, standby_tps)
        except Exception as error:  # Faust would go on as if nothing had happened
            log.exception("recovery failed", table=self.name)
            await self.app.crash(error)
            raise

    def _begin_term(self, partition: int) -> None:
        if partition in self._terms or self._rows[partition]:
            self._blank.discard(partition)
        else:
            self._blank.add(partition)
        self._terms[partition] = self._terms.get(partition, 0) + 1
        clocks.compare(self._write(partition, MARK, b""))
        late = self._late.pop(partition, set())
        if late:
            log.warning(
                "rows of a worker that was no longer the owner", table=self.name, partition=partition, n=len(late)
            )
        for key in sorted(late - {MARK}):
            self._write(partition, key, self._rows[partition].get(key))

    def _put(self, partition: int, key: str, row: bytes | None) -> None:
        if row is None:
            self._rows[partition].pop(key, None)
        else:
            self._rows[partition][key] = row

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


def _term(message: Any) -> int:
    """The term of a record's writer; 0 for a record without one, as older versions wrote them."""
    headers = message.headers or ()
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return next((int(value) for name, value in pairs if name == TERM), 0)
