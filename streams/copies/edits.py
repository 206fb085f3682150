"""Two versions of a body in, the older as paragraph hashes; which paragraphs are new and how many are gone out."""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
from xxhash import xxh3_64_intdigest

from streams.copies.shingles import words_of

MAX_PARAGRAPHS = 2_000  # 8 kB of hashes in a row; the longest live blogs known to us have a few hundred
_LOW = 0xFFFF_FFFF  # 32 bits: two of 2,000 paragraphs meet by chance once in 2,000 articles of that length


@dataclass(frozen=True)
class ParagraphChange:
    """``added``: positions of the new paragraphs in the new body; ``removed``: how many of the old ones are gone."""

    added: tuple[int, ...]
    removed: int


def paragraphs(body: str) -> list[str]:
    """The paragraphs of a body, which are parted by one empty line."""
    return [part for part in body.split("\n\n") if part.strip()]


def paragraph_hashes(body: str) -> bytes:
    """4 bytes for each of the first `MAX_PARAGRAPHS` paragraphs, equal for the same words."""
    return np.array([_mark(part) for part in paragraphs(body)[:MAX_PARAGRAPHS]], "<u4").tobytes()


def compare_versions(before: bytes, body: str) -> ParagraphChange:
    """What ``body`` changes against the version whose `paragraph_hashes` are ``before``.

    Of more than `MAX_PARAGRAPHS` paragraphs the first ones are compared. A paragraph that only moved is no change.
    """
    gone = Counter(np.frombuffer(before, "<u4").tolist())
    added = []
    for position, mark in enumerate(np.frombuffer(paragraph_hashes(body), "<u4").tolist()):
        if gone[mark] > 0:
            gone[mark] -= 1
        else:
            added.append(position)
    return ParagraphChange(tuple(added), sum(gone.values()))


def hashes_at(before: bytes, positions: Sequence[int]) -> frozenset[int]:
    """The marks of some paragraphs of the version whose `paragraph_hashes` are ``before``."""
    known = np.frombuffer(before, "<u4")
    return frozenset(int(known[position]) for position in positions if position < len(known))


def positions_of(wanted: Container[int], body: str) -> list[int]:
    """Positions of the paragraphs of ``body`` that have one of these marks."""
    return [
        position
        for position, mark in enumerate(np.frombuffer(paragraph_hashes(body), "<u4").tolist())
        if mark in wanted
    ]


def _mark(paragraph: str) -> int:
    return xxh3_64_intdigest(" ".join(words_of(paragraph)).encode()) & _LOW
