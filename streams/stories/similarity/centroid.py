"""Vectors in, one after another, in any order; their exact sum out, by which a story is found and compared."""

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from streams.stories.similarity.vectors import EMPTY, Ids, Vector, find


class Centroid:
    """The sum of vectors as whole numbers, terms in rising order: 12 bytes a term, the same whatever came first."""

    def __init__(self) -> None:
        self.ids: Ids = EMPTY.ids
        self.sums: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self.count = 0  # vectors that are not empty
        self.length = 0.0

    @classmethod
    def of(cls, vectors: Iterable[Vector]) -> "Centroid":
        """What adding the vectors one by one comes to, at once."""
        centre = cls()
        summed = [vector for vector in vectors if len(vector)]
        centre.count = len(summed)
        if len(summed) == 1:  # as most stories have: nothing to put in order
            centre._set(summed[0].ids, summed[0].weights.astype(np.int64))
        elif summed:
            ids = np.concatenate([vector.ids for vector in summed])
            order = ids.argsort(kind="stable")
            ids = ids[order]
            first = np.concatenate([[0], np.flatnonzero(ids[1:] != ids[:-1]) + 1])  # where each term begins
            weights = np.concatenate([vector.weights for vector in summed]).astype(np.int64)
            centre._set(ids[first], np.add.reduceat(weights[order], first))
        return centre

    def add(self, vector: Vector, times: int = 1) -> None:
        """Add a vector, or take it away again (``times`` -1)."""
        if not len(vector):
            return
        self.count += times
        weights = times * vector.weights.astype(np.int64)
        found, at = find(vector.ids, self.ids)
        sums = self.sums.copy()
        sums[at[found]] += weights[found]
        new = ~found
        places = np.searchsorted(self.ids, vector.ids[new])
        self._set(np.insert(self.ids, places, vector.ids[new]), np.insert(sums, places, weights[new]))

    def _set(self, ids: Ids, sums: npt.NDArray[np.int64]) -> None:
        if not sums.all():
            ids, sums = ids[sums != 0], sums[sums != 0]
        self.ids, self.sums = ids, sums
        self.length = math.sqrt(float(np.square(sums, dtype=float).sum()))

    def dot(self, vector: Vector) -> float:
        """The product with a vector."""
        found, at = find(vector.ids, self.ids)
        return float((vector.weights[found].astype(float) * self.sums[at[found]]).sum())

    def cosine(self, vector: Vector) -> float:
        """0 when either is empty."""
        below = self.length * vector.length
        return self.dot(vector) / below if below else 0.0

    def heaviest(self, most: int) -> list[tuple[int, float]]:
        """The terms with the largest share of the sum, each with its weight in a sum of length 1."""
        order = np.lexsort((self.ids, -self.sums))[:most]
        return list(zip(self.ids[order].tolist(), (self.sums[order] / self.length).tolist(), strict=True))
