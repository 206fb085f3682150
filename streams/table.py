"""The rows of one stage: a Faust table whose changelog writes can be waited for, kept apart by partition.

Faust sends a changelog record when a table is written, but tells nobody whether the broker took it. Here each write
returns a future for that, so that a message is acknowledged only when its rows are safe.
"""

from collections import defaultdict
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, cast

from faust.tables.table import Table


class Rows(Table[str, bytes]):
    """Rows of bytes: ``partition -> key -> row``. Rebuilt by Faust's recovery from the changelog."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rows: dict[int, dict[str, bytes]] = defaultdict(dict)

    def rows(self, partition: int) -> Mapping[str, bytes]:
        return self._rows[partition]

    def put(self, partition: int, key: str, row: bytes | None) -> Awaitable[Any]:
        """Write a row (None removes it); the future ends when the broker has the change, or raises what it said."""
        if row is None:
            self._rows[partition].pop(key, None)
        else:
            self._rows[partition][key] = row
        sent = self.send_changelog(partition, key.encode(), row, key_serializer="raw", value_serializer="raw")
        return cast("Awaitable[Any]", sent)

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Recovery: take changelog records in order (the stock store can lose a row that is removed and set again)."""
        for event in batch:
            message = event.message
            key = bytes(message.key).decode()
            if message.value is None:
                self._rows[message.partition].pop(key, None)
            else:
                self._rows[message.partition][key] = bytes(message.value)

    async def on_recovery_completed(self, active_tps: set[Any], standby_tps: set[Any]) -> None:
        """Forget partitions that went elsewhere: when they come back they are read anew from the changelog."""
        here = {tp.partition for tp in active_tps | standby_tps}
        for partition in set(self._rows) - here:
            del self._rows[partition]
        await super().on_recovery_completed(active_tps, standby_tps)
