"""Rows in; the articles to compare with, each publisher's boilerplate, and the rows that have grown too old, out.

All that is held beside the rows is derived from them and does not depend on the order in which they came.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from streams.contract.undo import Undo
from streams.copies import boilerplate
from streams.copies.index import ShingleIndex
from streams.copies.rows import CopyRow
from streams.copies.shingles import Hashes

SPANS = 72  # buckets of live articles in a window, so an hour each: at one article a second to drop one takes .1 s
BLOCK = 500  # offsets in a bucket of articles that are not live
MAX_TOMBSTONES = 100  # a message: a gap of days is cleared in minutes without one message writing for seconds
BOILERPLATE_WALK = 100  # articles of a publisher looked through for enough different groups

BucketId = tuple[bool, int]  # live: number of the span of time; not live: number of the block of offsets


class CopyWindow:
    """The rows of one partition.

    A live article is kept until a live one arrives ``length`` later; and every article until ``kept`` offsets later.
    """

    def __init__(self, length: timedelta, kept: int) -> None:
        self.length = length
        self._kept = kept
        self.index = ShingleIndex()
        self._span = length / SPANS
        self._rows: dict[str, CopyRow] = {}
        self._buckets: dict[BucketId, dict[str, None]] = {}  # ids that grow old together
        self._groups: Counter[str] = Counter()
        self._publishers: dict[str, dict[str, None]] = {}  # ids of each publisher's articles, oldest offset first
        self._boilerplate: dict[str, Hashes] = {}  # of publishers without a new article since it was last worked out
        self._newest_span: int | None = None
        self._newest_offset = -1
        self._gone: dict[str, None] = {}  # dropped; their tombstones are still to be written
        self.undo = Undo()

    def get(self, key: str) -> CopyRow | None:
        return self._rows.get(key)

    def group_size(self, group: str) -> int:
        return self._groups[group]

    def is_current(self, time: datetime) -> bool:
        """Whether a live article of this time arrives within the window, and not after it."""
        return not self._is_past((True, self._span_of(time)))

    def put(self, key: str, row: CopyRow) -> None:
        """Take a row, in place of the one there was under this key."""
        before = self._rows.get(key)
        self.undo.note(self._put_back, key, before, key in self._gone, self._newest_span, self._newest_offset)
        if before is not None:
            self._remove(key, before)
        self._gone.pop(key, None)
        self._rows[key] = row
        self._groups[row.copy.group] += 1
        self.index.add(key, row)
        self._buckets.setdefault(self._bucket(row), {})[key] = None
        self._newest_offset = max(self._newest_offset, row.last_offset)
        if row.live:
            span = self._span_of(row.seen_at)
            self._newest_span = span if self._newest_span is None else max(span, self._newest_span)
        if row.publisher is not None:
            self._boilerplate.pop(row.publisher, None)
            ids = self._publishers.setdefault(row.publisher, {})
            ordered = not ids or self._rows[next(reversed(ids))].offset <= row.offset
            ids[key] = None
            if not ordered:
                self._sort(ids)

    def rows(self) -> list[tuple[str, CopyRow]]:
        return list(self._rows.items())

    def take_out(self, key: str) -> CopyRow | None:
        """Remove an article before it has grown old; the row that it had."""
        row = self._rows.get(key)
        if row is not None:
            self.undo.note(self.put, key, row)
            self._remove(key, row)
        return row

    def restore(self, key: str, row: CopyRow) -> None:
        """`put` for many rows in any order; `settle` has to follow."""
        self._rows[key] = row

    def settle(self) -> None:
        """Derive everything from the restored rows."""
        rows, self._rows = self._rows, {}
        for key, row in sorted(rows.items(), key=lambda item: item[1].offset):
            self.put(key, row)

    def drop_old(self, offset: int) -> None:
        """Forget, a bucket at a time, what is past the window and far back from the message at ``offset``.

        Far from the newest one too: in a replay from the beginning, articles then meet the neighbours that they had.
        """
        last = min(offset - 1, self._newest_offset) - self._kept
        for bucket in sorted(bucket for bucket in self._buckets if self._is_past(bucket)):
            if self._is_before(bucket, last):
                for key in sorted(self._buckets[bucket]):
                    self.undo.note(self.put, key, self._rows[key])
                    self._remove(key, self._rows[key])
                    self._gone[key] = None

    def tombstones(self) -> list[str]:
        """Some of the keys to delete, at most `MAX_TOMBSTONES`; the others come with the next calls."""
        keys = list(islice(self._gone, MAX_TOMBSTONES))
        self.undo.note(self._gone.update, dict.fromkeys(keys))
        for key in keys:
            del self._gone[key]
        return keys

    def boilerplate(self, publisher: str | None, besides: str, offset: int) -> Hashes:
        """What a publisher put into its articles before ``offset``, the article ``besides`` left out."""
        ids = self._publishers.get(publisher, {}) if publisher is not None else {}
        if publisher is None or len(ids) < boilerplate.MIN_ARTICLES:
            return boilerplate.NONE
        if besides in ids or offset <= self._newest_offset:
            return boilerplate.repeated(self._latest(publisher, besides, offset))
        known = self._boilerplate.get(publisher)
        if known is None:
            known = self._boilerplate[publisher] = boilerplate.repeated(self._latest(publisher, besides, offset))
        return known

    def _latest(self, publisher: str, besides: str, offset: int) -> Iterator[Hashes]:
        """The newest article of each of a publisher's latest groups: a text and its copies count once."""
        groups: set[str] = set()
        for key in islice(reversed(self._publishers.get(publisher, {})), BOILERPLATE_WALK):
            row = self._rows[key]
            if key == besides or row.first_offset >= offset or row.copy.group in groups:
                continue
            groups.add(row.copy.group)
            yield row.shingles().hashes
            if len(groups) == boilerplate.LOOKED_AT:
                return

    def _remove(self, key: str, row: CopyRow) -> None:
        """Undo `put`."""
        del self._rows[key]
        self.index.remove(key, row)
        bucket = self._bucket(row)
        del self._buckets[bucket][key]
        if not self._buckets[bucket]:
            del self._buckets[bucket]
        self._groups[row.copy.group] -= 1
        if not self._groups[row.copy.group]:
            del self._groups[row.copy.group]
        if row.publisher is not None:
            self._boilerplate.pop(row.publisher, None)
            del self._publishers[row.publisher][key]
            if not self._publishers[row.publisher]:
                del self._publishers[row.publisher]

    def _put_back(
        self, key: str, before: CopyRow | None, gone: bool, newest_span: int | None, newest_offset: int
    ) -> None:
        """Take back a `put`."""
        if key in self._rows:
            self._remove(key, self._rows[key])
        if before is not None:
            self.put(key, before)
        if gone:
            self._gone[key] = None
        self._newest_span, self._newest_offset = newest_span, newest_offset

    def _sort(self, ids: dict[str, None]) -> None:
        ordered = sorted(ids, key=lambda key: self._rows[key].offset)
        ids.clear()
        ids.update(dict.fromkeys(ordered))

    def _bucket(self, row: CopyRow) -> BucketId:
        return (True, self._span_of(row.seen_at)) if row.live else (False, row.last_offset // BLOCK)

    def _span_of(self, time: datetime) -> int:
        return int(time.timestamp() // self._span.total_seconds())

    def _is_before(self, bucket: BucketId, last: int) -> bool:
        """Whether no message of a bucket came after ``last``. Its newest id answers nearly always."""
        return all(self._rows[key].last_offset <= last for key in reversed(self._buckets[bucket]))

    def _is_past(self, bucket: BucketId) -> bool:
        live, number = bucket
        return not live or (self._newest_span is not None and number < self._newest_span - SPANS)
