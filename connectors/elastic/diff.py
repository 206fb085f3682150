"""Two sequences of texts -> the parts in which they differ, as a patience diff finds them."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Hunk(NamedTuple):
    """A replaced part. ``unchanged``: the number of items between the end of the hunk before and this one."""

    unchanged: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


def hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[Hunk]:
    """Yield the hunks that turn ``before`` into ``after``, in order. Takes O(n log n) steps for any input."""
    last = start = (0, 0)  # the end of the latest hunk; where the present one begins
    for pair in [*_unchanged(before, after), (len(before), len(after))]:
        if pair != start:
            yield Hunk(start[0] - last[0], tuple(before[start[0] : pair[0]]), tuple(after[start[1] : pair[1]]))
            last = pair
        start = (pair[0] + 1, pair[1] + 1)


def _unchanged(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The positions of unchanged items in both sequences, in order.

    Those are the items that occur once in each and have kept their order, as in a patience diff, and those that
    are equal next to such a one or next to an end.
    """
    left, right = (-1, -1), (len(before), len(after))
    for anchor in [*_anchors(before, after), right]:
        i, j = left[0] + 1, left[1] + 1
        while i < anchor[0] and j < anchor[1] and before[i] == after[j]:
            yield i, j
            i, j = i + 1, j + 1
        back = 0
        while min(anchor[0] - i, anchor[1] - j) > back and before[anchor[0] - back - 1] == after[anchor[1] - back - 1]:
            back += 1
        yield from ((anchor[0] - one, anchor[1] - one) for one in range(back, 0, -1))
        if anchor != right:
            yield anchor
        left = anchor


def _anchors(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """The longest series of items that occur once in each sequence, in the order of both."""
    places = {text: place for place, text in enumerate(after)}
    numbers, others = Counter(before), Counter(after)
    pairs = [(i, places[text]) for i, text in enumerate(before) if numbers[text] == 1 and others[text] == 1]
    ends: list[int] = []  # the least last place of a series of each length
    series: list[int] = []  # the pair that ends that series
    previous: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        previous.append(series[length - 1] if length else -1)
        series[length : length + 1] = [number]
    found: list[tuple[int, int]] = []
    at = series[-1] if series else -1
    while at >= 0:
        found.append(pairs[at])
        at = previous[at]
    return found[::-1]
