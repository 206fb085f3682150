"""Shingles of a new article in, ids of the articles that may share text with it out.

A shingle is in the index when its hash is a multiple of 8, and every shingle of a short text is; a query asks with
all. On Reuters re-sends this found every pair of Jaccard .5 and more, on edited wire copies .9995; MinHash with
locality sensitive hashing lost a third to a half of the wire copies, since it sees Jaccard only.
"""

from collections import Counter

from xxhash import xxh3_64_intdigest

from streams.copies.rows import CopyRow
from streams.copies.shingles import Hashes, words_of

SAMPLE = 8
INDEXED_WHOLE = 64  # shingles: a sample of fewer would often miss the overlap of a short text
TINY = 40  # shingles up to which a title is indexed too: over both least overlaps of `verdict`
SURE = 1_000  # weight of an equal body or title beside one of a shingle


class ShingleIndex:
    """Shingles to ids of the articles that hold them."""

    def __init__(self) -> None:
        self._postings: dict[int, str | list[str]] = {}  # most shingles occur once: a bare id saves the list

    def add(self, key: str, row: CopyRow) -> None:
        for entry in _entries(row):
            there = self._postings.setdefault(entry, key)
            if there is key:  # it was not there: one look-up for what most entries are
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
        """Ids of articles that share an indexed shingle, the body or the title, with how much speaks for each."""
        found = Counter(self._holders(set(hashes.tolist())))
        for key in self._holders({_title_entry(title)} | ({_body_entry(body)} if body else set())):
            found[key] += SURE
        return found

    def _holders(self, entries: set[int]) -> list[str]:
        """Ids of the articles with any of ``entries``, once for each that they have."""
        keys: list[str] = []
        for entry in self._postings.keys() & entries:
            there = self._postings[entry]
            if isinstance(there, str):
                keys.append(there)
            else:
                keys.extend(there)
        return keys


def _entries(row: CopyRow) -> list[int]:
    """What an article is found by, each once."""
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
