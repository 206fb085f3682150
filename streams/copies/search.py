"""An article and the window in, the earlier article that it copies, or comes nearest to, out."""

import heapq
from collections import Counter
from dataclasses import dataclass, replace

from streams.contract.messages import Relation
from streams.copies.comparison import UPDATE_SHARE, WIRE_SHARE, WIRE_SHINGLES, Comparison, Fingerprint, compare
from streams.copies.index import INDEXED_WHOLE, SAMPLE
from streams.copies.rows import MAX_SHINGLES, CopyRow
from streams.copies.shingles import Hashes
from streams.copies.window import CopyWindow

MAX_FOUND = 400  # those that share most indexed shingles: the rest shares a stock phrase
MAX_COMPARED = 40  # of those, at some 20 us each
GROUP_BEST = 5  # of one group: a wire with 300 copies costs no more than 5. Those that share most are the original for
# a plain copy, and the latest members for a copy of a copy that has drifted away from the original


@dataclass(frozen=True)
class CopyMatch:
    """An earlier article and how the new one relates to it."""

    key: str
    row: CopyRow
    finding: Comparison


def best_match(window: CopyWindow, new: Fingerprint, offset: int, known: CopyRow | None) -> CopyMatch | None:
    """The best match; without any, the article that shares most wording; None when nothing is shared.

    An equal text comes first, then the highest Jaccard, then the earliest. ``known`` is the row that ``new`` revises.
    """
    own = window.boilerplate(new.publisher, new.key, offset)
    new = replace(new, shingles=new.shingles.without(own))
    boilerplate: dict[str | None, Hashes] = {new.publisher: own}
    hits = []
    for key, row in _candidates(window, new, offset, known):
        if row.publisher not in boilerplate:
            boilerplate[row.publisher] = window.boilerplate(row.publisher, new.key, offset)
        old = row.side(key, row.shingles().without(boilerplate[row.publisher]))
        hits.append(CopyMatch(key, row, compare(new, old)))
    matches = [hit for hit in hits if hit.finding.relation is not None]
    if matches:
        return min(matches, key=_rank)
    return min(
        (hit for hit in hits if hit.finding.overlap.strongest > 0),
        key=lambda hit: (-hit.finding.overlap.strongest, hit.row.first_offset),
        default=None,
    )


def _rank(hit: CopyMatch) -> tuple[bool, float, int]:
    return hit.finding.relation is not Relation.EXACT, -hit.finding.overlap.jaccard, hit.row.first_offset


def _candidates(window: CopyWindow, new: Fingerprint, offset: int, known: CopyRow | None) -> list[tuple[str, CopyRow]]:
    """Earlier articles worth comparing, those that share most first."""
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
    """How many indexed shingles two articles share, at the least, when one is a copy of the other.

    Exact for texts that are indexed whole. Of a sampled one a quarter of what is to be expected: a copy at the very
    threshold is lost once in 300 times, and texts that have a stock phrase in common need no comparison.
    """
    shorter = min(new.shingles.total, old.total)
    least = min(UPDATE_SHARE * shorter, max(WIRE_SHINGLES, WIRE_SHARE * shorter))
    if old.total <= INDEXED_WHOLE:
        return least
    return least * min(1.0, MAX_SHINGLES / old.total) / SAMPLE / 4


def _may_match(
    window: CopyWindow, key: str, row: CopyRow, new: Fingerprint, offset: int, known: CopyRow | None
) -> bool:
    """Whether an article was there before, within the window, and does not itself stem from the one that is judged."""
    if key == new.key or row.first_offset >= offset or abs(row.seen_at - new.seen_at) > window.length:
        return False
    return known is None or row.copy.group != known.copy.group or row.first_offset < known.first_offset
