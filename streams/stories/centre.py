"""Vectors in, one after another, in any order; their exact sum out, by which a story is found and compared."""

import math

import numpy as np
import numpy.typing as npt

from streams.stories.vectors import EMPTY, Ids, Vector, find


class Centre:
    """The sum of vectors as whole numbers, terms in rising order: 12 bytes a term, the same whatever came first."""

    def __init__(self) -> None:
        self.ids: Ids = EMPTY.ids
        self.sums: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self.count = 0  # vectors that are not empty
        self.length = 0.0

    def add(self, vector: Vector, times: int = 1) -> None:
        """Add a vector, or take it away again (``times`` -1)."""
        if not len(vector):
            return
        self.count += times
        parts = np.concatenate([self.ids, vector.ids])
        weights = np.concatenate([self.sums, times * vector.weights.astype(np.int64)])
        ids, place = np.unique(parts, return_inverse=True)
        sums = np.bincount(place, weights=weights).astype(np.int64)  # exact: far below 2 ** 53
        self.ids, self.sums = ids[sums != 0], sums[sums != 0]
        self.length = math.sqrt(float(np.square(self.sums, dtype=float).sum()))

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
