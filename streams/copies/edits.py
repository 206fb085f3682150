"""Two versions of a body, the older as paragraph hashes -> which paragraphs are new, and how many were removed."""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
from xxhash import xxh3_64_intdigest

from streams.copies.shingles import words_of

MAX_PARAGRAPHS = 2_000  # 8 kB of hashes in a row; the longest live blogs seen have a few hundred
_LOW_32_BITS = 0xFFFF_FFFF  # two of 2,000 paragraphs collide by chance once in 2,000 articles of that length


@dataclass(frozen=True)
class ParagraphChange:
    """``added``: positions of the new paragraphs in the new body. ``removed``: the number of old ones not in it."""

    added: tuple[int, ...]
    removed: int


def paragraphs(body: str) -> list[str]:
    """The paragraphs of a body, which are separated by an empty line."""
    return [part for part in body.split("\n\n") if part.strip()]


def paragraph_hashes(body: str) -> bytes:
    """4 bytes for each of the first `MAX_PARAGRAPHS` paragraphs, equal for equal words."""
    return np.array([_hash(part) for part in paragraphs(body)[:MAX_PARAGRAPHS]], "<u4").tobytes()


def compare_versions(before: bytes, body: str) -> ParagraphChange:
    """What changed in ``body`` since the version whose `paragraph_hashes` are ``before``.

    Only the first `MAX_PARAGRAPHS` paragraphs are compared. A moved paragraph is not a change.
    """
    removed = Counter(np.frombuffer(before, "<u4").tolist())
    added = []
    for position, value in enumerate(np.frombuffer(paragraph_hashes(body), "<u4").tolist()):
        if removed[value] > 0:
            removed[value] -= 1
        else:
            added.append(position)
    return ParagraphChange(tuple(added), sum(removed.values()))


def hashes_at(before: bytes, positions: Sequence[int]) -> frozenset[int]:
    """The hashes of the paragraphs at ``positions`` of the version whose `paragraph_hashes` are ``before``."""
    known = np.frombuffer(before, "<u4")
    return frozenset(int(known[position]) for position in positions if position < len(known))


def positions_of(wanted: Container[int], body: str) -> list[int]:
    """The positions of the paragraphs of ``body`` whose hashes are in ``wanted``."""
    return [
        position
        for position, value in enumerate(np.frombuffer(paragraph_hashes(body), "<u4").tolist())
        if value in wanted
    ]


def _hash(paragraph: str) -> int:
    return xxh3_64_intdigest(" ".join(words_of(paragraph)).encode()) & _LOW_32_BITS
