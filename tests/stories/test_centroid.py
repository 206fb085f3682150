"""Sums of vectors do not depend on the order, on one call or many, or on vectors added and removed again."""

import numpy as np
import pytest

from streams.stories.similarity.centroid import Centroid
from streams.stories.similarity.vectors import Vector


def vectors(count: int, terms: int, seed: int) -> list[Vector]:
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        ids = np.unique(random.integers(0, terms, random.integers(0, 60)).astype(np.uint32))
        made.append(Vector(ids, random.integers(0, 60_000, len(ids)).astype(np.uint16)))
    return made


def plain(summed: list[Vector]) -> dict[int, int]:
    """Term -> sum, by plain arithmetic."""
    sums: dict[int, int] = {}
    for vector in summed:
        for term, weight in vector.items():
            sums[term] = sums.get(term, 0) + weight
    return {term: total for term, total in sorted(sums.items()) if total}


def sums_of(centre: Centroid) -> dict[int, int]:
    return dict(zip(centre.ids.tolist(), centre.sums.tolist(), strict=True))


@pytest.mark.parametrize("terms", [40, 2**32 - 1], ids=["shared terms", "hardly any shared"])
@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_at_once_is_one_by_one_is_the_plain_sum(count: int, terms: int) -> None:
    summed = vectors(count, terms, seed=count)
    one_by_one = Centroid()
    for vector in summed:
        one_by_one.add(vector)
    at_once = Centroid.of(summed)
    assert sums_of(at_once) == sums_of(one_by_one) == plain(summed)
    assert at_once.length == one_by_one.length
    assert at_once.count == one_by_one.count == sum(1 for vector in summed if len(vector))


def test_what_is_taken_away_again_leaves_nothing() -> None:
    stays, goes = vectors(20, 40, seed=1), vectors(20, 60, seed=2)
    centre = Centroid.of([*stays, *goes])
    for vector in goes:
        centre.add(vector, -1)
    assert sums_of(centre) == plain(stays)
    assert centre.length == Centroid.of(stays).length
    for vector in stays:
        centre.add(vector, -1)
    assert sums_of(centre) == {}
    assert centre.length == 0.0
    assert centre.cosine(stays[0]) == 0.0
