"""The rows of one stage: a Faust table whose changelog writes can be waited for, kept apart by partition.

Faust sends a changelog record when a table is written, but tells nobody whether the broker took it. Here a row is
taken into the table first and published later, and a future tells, so that a message is acknowledged only when
its rows are safe.
"""

from collections import defaultdict
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, cast

import msgspec
from faust.tables.table import Table

from streams.errors import TooLarge
from streams.messages import MAX_VALUE_BYTES

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
        self._rows: dict[int, dict[str, bytes]] = defaultdict(dict)

    def rows(self, partition: int) -> Mapping[str, bytes]:
        return self._rows[partition]

    def count(self) -> int:
        """How many rows there are, of all partitions that this process owns."""
        return sum(len(rows) for rows in self._rows.values())

    def keep(self, partition: int, key: str, row: bytes | None) -> None:
        """Take a row (None removes it) into the table as this process sees it; `publish` makes it last."""
        if row is None:
            self._rows[partition].pop(key, None)
        else:
            self._rows[partition][key] = row

    def publish(self, partition: int, key: str, row: bytes | None) -> Awaitable[Any]:
        """Write the change of a row; the future ends when the broker has it, or raises what the broker said."""
        sent = self.send_changelog(partition, key.encode(), row, key_serializer="raw", value_serializer="raw")
        return cast("Awaitable[Any]", sent)

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Recovery: take changelog records in order (the stock store can lose a row that is removed and set again)."""
        for event in batch:
            message = event.message
            row = None if message.value is None else bytes(message.value)
            self.keep(message.partition, bytes(message.key).decode(), row)

    async def on_recovery_completed(self, active_tps: set[Any], standby_tps: set[Any]) -> None:
        """Forget partitions that went elsewhere: when they come back they are read anew from the changelog."""
        here = {tp.partition for tp in active_tps | standby_tps}
        for partition in set(self._rows) - here:
            del self._rows[partition]
        await super().on_recovery_completed(active_tps, standby_tps)
