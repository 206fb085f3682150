"""The ledger of offsets: what may be committed of each partition, and whether a message was skipped.

An offset is committed when every message before it is done: answered by messages and rows that the broker has
confirmed, or by a dead letter. Messages may be done in any order. The offset to commit is that of the lowest one in
hand, else the next one to come; so a message that was given up holds it where it is, whatever is done behind it.

Faust's own account is not used: it forgives a hole of one, and it counts as acknowledged what it drops in a rebalance
(`streams.runtime.faust.patches`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from streams.contract.errors import FatalError


@dataclass
class _Partition:
    """One partition in one generation of the group. All below ``next`` was taken, and is done unless it is open."""

    generation: int
    first: int  # where the generation begins to read
    next: int
    open: dict[int, None] = field(default_factory=dict)  # taken and not done, in the order of the log


class Ledger:
    """That of one Faust app. ``compacted``: names of topics that have holes of their own."""

    def __init__(self, app: Any, compacted: Collection[str] = (), *, accept_deleted: bool = False) -> None:
        self._app = app
        self._compacted = compacted
        self._accept_deleted = accept_deleted
        self._partitions: dict[Any, _Partition] = {}

    async def take(self, event: Any) -> None:
        """Take a message in hand. Raises `FatalError` when messages are missing before it.

        The topics are not transactional, so a hole is a message that this process would skip: whatever the reason,
        nothing past it may be acknowledged. Only a compacted topic has holes of its own: there nothing can be held.
        """
        message = event.message
        of = self._partitions.get(message.tp)
        if of is None or of.generation != message.generation_id:
            first = message.offset if message.topic in self._compacted else await self._first(message)
            of = self._partitions[message.tp] = _Partition(message.generation_id, first, min(first, message.offset))
        if message.offset > of.next and message.topic not in self._compacted:
            raise FatalError(
                f"{message.topic} partition {message.partition}: messages {of.next} to {message.offset - 1} were "
                f"skipped; starting over from the last commit"
            )
        if message.offset >= of.next:  # else it comes again, and is open or done
            of.open[message.offset] = None
            of.next = message.offset + 1

    def done(self, event: Any) -> None:
        """The broker has all that came of a message, and of those of its batch. That of an earlier generation counts
        for nothing: whoever owns its partition now does it again."""
        message = event.message
        of = self._partitions.get(message.tp)
        if of is not None and of.generation == message.generation_id:
            of.open.pop(message.offset, None)

    def to_commit(self, committed: Mapping[Any, int | None]) -> dict[Any, int]:
        """The offset of each partition of this generation that has moved on from ``committed``."""
        found = {}
        for tp, of in self._partitions.items():
            offset = next(iter(of.open), of.next)
            if of.generation == self._app.consumer_generation_id and offset > max(of.first, committed.get(tp) or 0):
                found[tp] = offset
        return found

    async def _first(self, message: Any) -> int:
        """The offset at which this partition has to begin: the committed one, or the earliest where none is."""
        consumer = self._app.consumer
        committed: int | None = consumer._committed_offset.get(message.tp)
        if committed and message.offset <= committed:
            return committed
        earliest: int = (await consumer.earliest_offsets(message.tp)).get(message.tp) or 0
        if not committed:
            return earliest
        if message.offset == earliest:
            if self._accept_deleted:
                return earliest
            raise FatalError(
                f"{message.topic} partition {message.partition}: messages {committed} to {earliest - 1} were deleted "
                f"by the topic's retention before they were read. To go on with what is left, start the worker "
                f"once with STORYWATCH_ACCEPT_DELETED=true"
            )
        return committed
