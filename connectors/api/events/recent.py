"""The latest records of the log in memory, and where the log was some seconds ago."""

from collections import deque
from collections.abc import Mapping

from connectors.kafka.tail import Part

SETTLE_SECONDS = 3.0  # until a record is surely in what a search finds: stored, and the index refreshed
MOST_RECENT = 2_000  # records that are kept, so that a page which connects right after it was made costs no reader
MOST_RECENT_BYTES = 8_000_000


class Recent:
    """The latest records of the log, in the order in which they were read. ``start``: what is before it is not kept."""

    def __init__(self, start: dict[Part, int]) -> None:
        self._start = dict(start)
        self._records: deque[tuple[Part, int, bytes | None]] = deque()
        self._bytes = 0

    def add(self, part: Part, offset: int, value: bytes | None) -> None:
        self._records.append((part, offset, value))
        self._bytes += len(value or b"")
        while len(self._records) > MOST_RECENT or self._bytes > MOST_RECENT_BYTES:
            dropped, at, old = self._records.popleft()
            self._start[dropped] = at + 1
            self._bytes -= len(old or b"")

    def between(
        self, after: Mapping[Part, int], end: Mapping[Part, int]
    ) -> list[tuple[Part, int, bytes | None]] | None:
        """The records from the offsets ``after`` to those before ``end``; None if some of them are not kept."""
        if any(offset < self._start[part] for part, offset in after.items()):
            return None
        return [one for one in self._records if after[one[0]] <= one[1] < end[one[0]]]


class Places:
    """Where the log was some seconds ago."""

    def __init__(self) -> None:
        self._known: deque[tuple[float, str]] = deque()

    def note(self, place: str, now: float) -> None:
        """The place that holds from now on."""
        self._known.append((now, place))
        self._drop(now)

    def settled(self, now: float) -> str | None:
        """The place `SETTLE_SECONDS` ago, or the first one that is known."""
        self._drop(now)
        return self._known[0][1] if self._known else None

    def _drop(self, now: float) -> None:
        while len(self._known) > 1 and self._known[1][0] <= now - SETTLE_SECONDS:
            self._known.popleft()
