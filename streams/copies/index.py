"""The shingles of an article -> the ids of articles that may share text with it.

The index contains shingles whose hash is a multiple of 8, and all shingles of short texts; a query uses all shingles of
an article. On Reuters re-sends this found every pair of Jaccard .5 and more, on edited wire copies .9995. MinHash with
locality-sensitive hashing lost a third to a half of the wire copies, since it measures only Jaccard.
"""

from collections import Counter

from xxhash import xxh3_64_intdigest

from streams.copies.rows import CopyRow
from streams.copies.shingles import Hashes, words_of

SAMPLE = 8
INDEXED_WHOLE = 64  # shingles of a text indexed in full: a sample would often miss the overlap of a short text
TINY = 40  # shingles up to which the title is indexed too: more than both least overlaps of `comparison`
EQUAL_WEIGHT = 1_000  # of an equal body or title; a shingle weighs 1


class ShingleIndex:
    """Maps shingles to the ids of the articles that contain them."""

    def __init__(self) -> None:
        self._postings: dict[int, str | list[str]] = {}  # most shingles occur once: a bare id saves the list

    def add(self, key: str, row: CopyRow) -> None:
        """Index the article ``key`` by the shingles, body and title of its row."""
        for entry in _entries(row):
            there = self._postings.setdefault(entry, key)
            if there is key:  # a new entry, as most are: a single look-up
                continue
            if isinstance(there, str):
                self._postings[entry] = [there, key]
            else:
                there.append(key)

    def remove(self, key: str, row: CopyRow) -> None:
        """Undo `add` with the same row."""
        for entry in _entries(row):
            there = self._postings[entry]
            if isinstance(there, list) and len(there) > 1:
                there.remove(key)
            else:
                del self._postings[entry]

    def find(self, hashes: Hashes, body: bytes, title: str) -> Counter[str]:
        """The ids of articles that share an indexed shingle, the body or the title, with their weights."""
        found = Counter(self._holders(set(hashes.tolist())))
        for key in self._holders({_title_entry(title)} | ({_body_entry(body)} if body else set())):
            found[key] += EQUAL_WEIGHT
        return found

    def _holders(self, entries: set[int]) -> list[str]:
        """The ids of the articles with any of ``entries``, once for each entry."""
        keys: list[str] = []
        for entry in self._postings.keys() & entries:
            there = self._postings[entry]
            if isinstance(there, str):
                keys.append(there)
            else:
                keys.extend(there)
        return keys


def _entries(row: CopyRow) -> list[int]:
    """The index entries of an article, without duplicates."""
    hashes = row.hash_numbers()
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
