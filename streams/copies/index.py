"""Shingles of a new article in, ids of articles that may share text with it out; in buckets that are dropped whole.

A shingle is in the index when its hash is a multiple of 8, and every shingle of a short text is; a query asks with
all. On Reuters re-sends this found every pair of Jaccard .5 and more, on edited wire copies .9995; MinHash with
locality sensitive hashing lost a third to a half of the wire copies, since it sees Jaccard only.
"""

from collections import Counter
from collections.abc import Iterable

from xxhash import xxh3_64_intdigest

from streams.copies.rows import ArticleRow
from streams.copies.shingles import Hashes, words_of

SAMPLE = 8
INDEXED_WHOLE = 64  # shingles: a sample of fewer would often miss the overlap of a short text
TINY = 40  # shingles up to which a title is indexed too: over both least overlaps of `verdict`
SURE = 1_000  # weight of an equal body or title beside one of a shingle

BucketId = tuple[bool, int]  # live: number of the span of time; not live: number of the block of offsets


class Bucket:
    """Articles that are dropped together. ``offset`` is their newest."""

    def __init__(self) -> None:
        self.offsets: dict[str, int] = {}
        self.offset = -1
        self.postings: dict[int, str | list[str]] = {}  # most shingles occur once: a bare id saves the list

    def add(self, key: str, row: ArticleRow) -> None:
        self.offsets[key] = row.last_offset
        self.offset = max(self.offset, row.last_offset)
        for entry in _entries(row):
            there = self.postings.get(entry)
            if there is None:
                self.postings[entry] = key
            elif isinstance(there, str):
                self.postings[entry] = [there, key]
            else:
                there.append(key)

    def remove(self, key: str, row: ArticleRow) -> None:
        """Undo `add` with the same row."""
        del self.offsets[key]
        if row.last_offset == self.offset:
            self.offset = max(self.offsets.values(), default=-1)
        for entry in _entries(row):
            there = self.postings[entry]
            if isinstance(there, list) and len(there) > 1:
                there.remove(key)
            else:
                del self.postings[entry]

    def count(self, entries: set[int], into: Counter[str], weight: int) -> None:
        """Add to ``into`` how many of ``entries`` each article has, times ``weight``."""
        for entry in self.postings.keys() & entries:
            there = self.postings[entry]
            for key in (there,) if isinstance(there, str) else there:
                into[key] += weight


class Index:
    """All buckets of a partition."""

    def __init__(self) -> None:
        self.buckets: dict[BucketId, Bucket] = {}

    def add(self, bucket: BucketId, key: str, row: ArticleRow) -> None:
        self.buckets.setdefault(bucket, Bucket()).add(key, row)

    def remove(self, bucket: BucketId, key: str, row: ArticleRow) -> None:
        self.buckets[bucket].remove(key, row)
        if not self.buckets[bucket].offsets:
            del self.buckets[bucket]

    def drop(self, bucket: BucketId) -> Iterable[str]:
        """Forget a bucket; gives back the ids that were in it."""
        return self.buckets.pop(bucket).offsets

    def find(self, hashes: Hashes, body: bytes, title: str) -> Counter[str]:
        """Ids of articles that share an indexed shingle, the body or the title, with how much speaks for each."""
        found: Counter[str] = Counter()
        shingles = set(hashes.tolist())
        sure = {_title_entry(title)} | ({_body_entry(body)} if body else set())
        for bucket in self.buckets.values():
            bucket.count(shingles, found, 1)
            bucket.count(sure, found, SURE)
        return found


def _entries(row: ArticleRow) -> list[int]:
    """What an article is found by, each once."""
    hashes = row.shingles().hashes
    if row.total > INDEXED_WHOLE:
        hashes = hashes[hashes % SAMPLE == 0]
    entries = set(hashes.tolist())
    if row.body:
        entries.add(_body_entry(row.body))
    if row.total <= TINY:
        entries.add(_title_entry(row.title))
    return list(entries)


def _body_entry(body: bytes) -> int:
    return xxh3_64_intdigest(b"body" + body)


def _title_entry(title: str) -> int:
    return xxh3_64_intdigest(b"title" + " ".join(words_of(title)).encode())
