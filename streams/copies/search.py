"""An article and the window -> the earlier article that it copies, or the one with most wording in common."""

import heapq
from collections import Counter
from dataclasses import dataclass, replace

from streams.contract.messages import Relation
from streams.copies.comparison import UPDATE_SHARE, WIRE_SHARE, WIRE_SHINGLES, Comparison, Fingerprint, compare
from streams.copies.index import INDEXED_WHOLE, SAMPLE
from streams.copies.rows import MAX_SHINGLES, CopyRow
from streams.copies.shingles import Hashes
from streams.copies.window import CopyWindow

MAX_FOUND = 400  # articles that share most indexed shingles; the others share a stock phrase
MAX_COMPARED = 40  # of those, at about 20 µs each
# Of one group, so that a wire with 300 copies costs no more than 5. Those that share most are the original for a plain
# copy, and the latest members for a copy of a copy that has drifted away from the original.
GROUP_BEST = 5


@dataclass(frozen=True)
class CopyMatch:
    """An earlier article and the comparison of the new one with it."""

    key: str
    row: CopyRow
    comparison: Comparison


def best_match(window: CopyWindow, new: Fingerprint, offset: int, known: CopyRow | None) -> CopyMatch | None:
    """The best match; without a match, the article that shares most wording; None when nothing is shared.

    An equal text ranks first, then the highest Jaccard, then the earliest. ``known``: the row that ``new`` revises.
    """
    boilerplate: dict[str | None, Hashes] = {new.publisher: window.boilerplate(new.publisher, new.key, offset)}
    new = replace(new, shingles=new.shingles.without(boilerplate[new.publisher]))
    compared = []
    for key, row in _candidates(window, new, offset, known):
        if row.publisher not in boilerplate:
            boilerplate[row.publisher] = window.boilerplate(row.publisher, new.key, offset)
        old = row.fingerprint(key, row.shingles().without(boilerplate[row.publisher]))
        compared.append(CopyMatch(key, row, compare(new, old)))
    matches = [match for match in compared if match.comparison.relation is not None]
    if matches:
        return min(matches, key=_rank)
    return min(
        (match for match in compared if match.comparison.overlap.strongest > 0),
        key=lambda match: (-match.comparison.overlap.strongest, match.row.first_offset),
        default=None,
    )


def _rank(match: CopyMatch) -> tuple[bool, float, int]:
    return match.comparison.relation is not Relation.EXACT, -match.comparison.overlap.jaccard, match.row.first_offset


def _candidates(window: CopyWindow, new: Fingerprint, offset: int, known: CopyRow | None) -> list[tuple[str, CopyRow]]:
    """Earlier articles worth comparing, by descending overlap."""
    found = []
    for key, count in window.index.find(new.shingles.hashes, new.body, new.title).items():
        row = window.get(key)
        if row is not None and count >= _least_count(new, row) and _may_match(window, key, row, new, offset, known):
            found.append((-count, row.first_offset, key, row))
    found = heapq.nsmallest(MAX_FOUND, found, key=lambda entry: entry[:3])
    taken: Counter[str] = Counter()
    chosen = []
    for _, _, key, row in found:
        taken[row.copy.group] += 1
        if taken[row.copy.group] <= GROUP_BEST:
            chosen.append((key, row))
    return chosen[:MAX_COMPARED]


def _least_count(new: Fingerprint, old: CopyRow) -> float:
    """The least number of indexed shingles that two articles share if one is a copy of the other.

    Exact for texts indexed in full. For a sampled text it is a quarter of the expected number: a copy at the very
    threshold is missed once in 300 times, and texts with only a stock phrase in common are not compared.
    """
    shorter = min(new.shingles.total, old.total)
    least = min(UPDATE_SHARE * shorter, max(WIRE_SHINGLES, WIRE_SHARE * shorter))
    if old.total <= INDEXED_WHOLE:
        return least
    return least * min(1.0, MAX_SHINGLES / old.total) / SAMPLE / 4


def _may_match(
    window: CopyWindow, key: str, row: CopyRow, new: Fingerprint, offset: int, known: CopyRow | None
) -> bool:
    """Whether an article came before ``new``, within the window, and does not itself derive from it."""
    if key == new.key or row.first_offset >= offset or abs(row.seen_at - new.seen_at) > window.length:
        return False
    return known is None or row.copy.group != known.copy.group or row.first_offset < known.first_offset
