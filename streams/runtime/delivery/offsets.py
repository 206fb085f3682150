"""The ledger of offsets: what may be committed of each partition, and whether a record was skipped.

An offset is committed when every record before it is done: its messages and rows, or its dead letter, are confirmed by
the broker. Records may be done in any order. The offset to commit is that of the first one in flight, else the next one
to read; a record that was given up stays in flight and holds the commit, whatever is done behind it.

Faust's own account is not used: it tolerates a gap of one record, and acknowledges what it drops in a rebalance
(`streams.runtime.faust.patches`).
"""

from collections.abc import Collection

from streams.contract.errors import FatalError
from streams.runtime.state.group import TP, ConsumerGroup, StreamRecord
from streams.runtime.state.partition_states import Partitions


class OffsetLedger:
    """The ledger of one app. ``compacted``: names of topics that have gaps by design."""

    def __init__(
        self,
        group: ConsumerGroup,
        partitions: Partitions,
        compacted: Collection[str] = (),
        *,
        accept_deleted: bool = False,
    ) -> None:
        self._group = group
        self.partitions = partitions
        self._compacted = compacted
        self._accept_deleted = accept_deleted

    async def mark_in_flight(self, record: StreamRecord) -> None:
        """Note that a record was read. Raises `FatalError` when records are missing before it.

        The topics are not transactional, so a gap is a record that this process would skip: whatever the reason,
        nothing past it may be acknowledged. Only a compacted topic has gaps by design: it cannot be checked.
        """
        partition = self.partitions[record.tp]
        if partition.generation != record.generation_id:
            first = record.offset if record.topic in self._compacted else await self._first(record)
            partition.begin(record.generation_id, first, min(first, record.offset))
        if record.offset > partition.next and record.topic not in self._compacted:
            raise FatalError(
                f"{record.topic} partition {record.partition}: messages {partition.next} to {record.offset - 1} were "
                f"skipped; starting over from the last commit"
            )
        if record.offset >= partition.next:  # else it comes again, and is in flight or done
            partition.in_flight[record.offset] = None
            partition.next = record.offset + 1

    def mark_done(self, record: StreamRecord) -> None:
        """Mark a record as done: the broker has confirmed all its effects. A record of an earlier generation is
        ignored, because the owner of the partition handles it again."""
        partition = self.partitions[record.tp]
        if partition.generation == record.generation_id:
            partition.in_flight.pop(record.offset, None)

    def to_commit(self) -> dict[TP, int]:
        """The offset of each partition of this generation that is ahead of what is committed."""
        return {
            tp: partition.done_until
            for tp, partition in self.partitions.items()
            if partition.generation == self._group.generation
            and partition.done_until > max(partition.first, self._group.committed(tp))
        }

    async def _first(self, record: StreamRecord) -> int:
        """The offset at which this partition has to begin: the committed one, or the earliest if none is."""
        committed = self._group.committed(record.tp)
        if committed and record.offset <= committed:
            return committed
        earliest = (await self._group.earliest([record.tp])).get(record.tp, 0)
        if not committed:
            return earliest
        if record.offset == earliest:
            if self._accept_deleted:
                return earliest
            raise FatalError(
                f"{record.topic} partition {record.partition}: messages {committed} to {earliest - 1} were deleted "
                f"by the topic's retention before they were read. To go on with what is left, start the worker "
                f"once with STORYWATCH_ACCEPT_DELETED=true"
            )
        return committed
