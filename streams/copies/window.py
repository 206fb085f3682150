"""The rows of one partition, indexed for comparison, with each publisher's boilerplate and the expiry of old rows.

All other state is derived from the rows and does not depend on the order in which they arrived.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

import numpy as np

from streams.contract.undo import Undo
from streams.copies.index import ShingleIndex
from streams.copies.rows import CopyRow
from streams.copies.shingles import Hashes

SPANS = 72  # buckets of live articles in a window, an hour each: at one article a second, dropping one takes .1 s
BLOCK = 500  # offsets in a bucket of articles that are not live
MAX_TOMBSTONES = 100  # per message: a gap of days is cleared in minutes, and no message writes for seconds
BOILERPLATE_WALK = 100  # latest articles of a publisher searched for enough different groups
BOILERPLATE_SAMPLE = 20  # articles compared: boilerplate is in nearly all of them, and sorting 20 takes .1 ms
BOILERPLATE_ARTICLES = 3  # of different groups with the same words: three texts of one publisher that are no copies
NO_HASHES: Hashes = np.empty(0, np.uint64)

BucketId = tuple[bool, int]  # (True, span of time) of live articles, (False, block of offsets) of others


class CopyWindow:
    """The rows of one partition.

    A live article stays until a live one arrives ``length`` later, and every article for at least ``retained`` offsets.
    """

    def __init__(self, length: timedelta, retained: int) -> None:
        self.length = length
        self._retained = retained
        self.index = ShingleIndex()
        self._span = length / SPANS
        self._rows: dict[str, CopyRow] = {}
        self._buckets: dict[BucketId, dict[str, None]] = {}  # ids that expire together
        self._groups: Counter[str] = Counter()
        self._publishers: dict[str, dict[str, None]] = {}  # ids of each publisher's articles, oldest offset first
        self._boilerplate: dict[str, Hashes] = {}  # cached until the publisher's next article
        self._newest_span: int | None = None
        self._newest_offset = -1
        self._tombstones: dict[str, None] = {}  # of dropped rows
        self.undo = Undo()

    def get(self, key: str) -> CopyRow | None:
        """The row of an article, or None."""
        return self._rows.get(key)

    def group_size(self, group: str) -> int:
        """The number of articles in a group of copies."""
        return self._groups[group]

    def is_current(self, time: datetime) -> bool:
        """Whether a live article of this time is within the window."""
        return not self._is_past((True, self._span_of(time)))

    def put(self, key: str, row: CopyRow) -> None:
        """Add a row, replacing one with the same key."""
        before = self._rows.get(key)
        self.undo.note(self._undo_put, key, before, key in self._tombstones, self._newest_span, self._newest_offset)
        if before is not None:
            self._remove(key, before)
        self._tombstones.pop(key, None)
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
        """All rows with their keys."""
        return list(self._rows.items())

    def remove(self, key: str) -> CopyRow | None:
        """Remove an article before it expires, and return its row."""
        row = self._rows.get(key)
        if row is not None:
            self.undo.note(self.put, key, row)
            self._remove(key, row)
        return row

    def restore(self, key: str, row: CopyRow) -> None:
        """Add one of many stored rows, in any order; `build_indexes` must follow."""
        self._rows[key] = row

    def build_indexes(self) -> None:
        """Derive all other state from the restored rows."""
        rows, self._rows = self._rows, {}
        for key, row in sorted(rows.items(), key=lambda item: item[1].offset):
            self.put(key, row)

    def drop_old(self, offset: int) -> None:
        """Drop, one bucket at a time, rows past the window and far from the message at ``offset``.

        They must be far from the newest message too: in a replay from the beginning, articles then have the same
        neighbours as the first time.
        """
        last = min(offset - 1, self._newest_offset) - self._retained
        for bucket in sorted(bucket for bucket in self._buckets if self._is_past(bucket)):
            if self._is_before(bucket, last):
                for key in sorted(self._buckets[bucket]):
                    self.undo.note(self.put, key, self._rows[key])
                    self._remove(key, self._rows[key])
                    self._tombstones[key] = None

    def tombstones(self) -> list[str]:
        """At most `MAX_TOMBSTONES` of the keys to delete; the next calls return the others."""
        keys = list(islice(self._tombstones, MAX_TOMBSTONES))
        self.undo.note(self._tombstones.update, dict.fromkeys(keys))
        for key in keys:
            del self._tombstones[key]
        return keys

    def boilerplate(self, publisher: str | None, excluded: str, offset: int) -> Hashes:
        """The boilerplate of a publisher in its articles before ``offset``, without the article ``excluded``."""
        ids = self._publishers.get(publisher, {}) if publisher is not None else {}
        if publisher is None or len(ids) < BOILERPLATE_ARTICLES:
            return NO_HASHES
        if excluded in ids or offset <= self._newest_offset:
            return _repeated(self._latest(publisher, excluded, offset))
        known = self._boilerplate.get(publisher)
        if known is None:
            known = self._boilerplate[publisher] = _repeated(self._latest(publisher, excluded, offset))
        return known

    def _latest(self, publisher: str, excluded: str, offset: int) -> Iterator[Hashes]:
        """The hashes of the newest article of each of a publisher's latest groups: a text and its copies count once."""
        groups: set[str] = set()
        for key in islice(reversed(self._publishers.get(publisher, {})), BOILERPLATE_WALK):
            row = self._rows[key]
            if key == excluded or row.first_offset >= offset or row.copy.group in groups:
                continue
            groups.add(row.copy.group)
            yield row.shingles().hashes
            if len(groups) == BOILERPLATE_SAMPLE:
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

    def _undo_put(
        self, key: str, before: CopyRow | None, tombstone: bool, newest_span: int | None, newest_offset: int
    ) -> None:
        """Restore the state before a `put`."""
        if key in self._rows:
            self._remove(key, self._rows[key])
        if before is not None:
            self.put(key, before)
        if tombstone:
            self._tombstones[key] = None
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
        """Whether all messages of a bucket are at or before ``last``; its newest id nearly always decides."""
        return all(self._rows[key].last_offset <= last for key in reversed(self._buckets[bucket]))

    def _is_past(self, bucket: BucketId) -> bool:
        live, number = bucket
        return not live or (self._newest_span is not None and number < self._newest_span - SPANS)


def _repeated(articles: Iterable[Hashes]) -> Hashes:
    """The hashes in at least `BOILERPLATE_ARTICLES` of ``articles``, each without duplicates; sorted."""
    texts = list(articles)
    if len(texts) < BOILERPLATE_ARTICLES:
        return NO_HASHES
    every = np.sort(np.concatenate(texts))
    often = every[BOILERPLATE_ARTICLES - 1 :] == every[: len(every) - BOILERPLATE_ARTICLES + 1]
    return np.unique(every[BOILERPLATE_ARTICLES - 1 :][often])
