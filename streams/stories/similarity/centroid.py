"""The exact sum of a story's vectors, by which the story is found and compared."""

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from streams.stories.similarity.vectors import EMPTY, Ids, Vector, find

MOST_IN_64_BITS = 50_000  # vectors of length `SCALE` whose sum has a square below 2**63


class Centroid:
    """The sum of vectors as integers, by rising term id: 12 bytes per term, independent of the order of addition."""

    def __init__(self) -> None:
        self.ids: Ids = EMPTY.ids
        self.sums: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self.count = 0  # vectors that are not empty
        self.length = 0.0

    @classmethod
    def of(cls, vectors: Iterable[Vector]) -> "Centroid":
        """Sum vectors at once, with the same result as adding them one by one."""
        centre = cls()
        summed = [vector for vector in vectors if len(vector)]
        centre.count = len(summed)
        if len(summed) == 1:  # most stories have one, which is in order already
            centre._set(summed[0].ids, summed[0].weights.astype(np.int64))
        elif summed:
            ids = np.concatenate([vector.ids for vector in summed])
            order = ids.argsort(kind="stable")
            ids = ids[order]
            first = np.concatenate([[0], np.flatnonzero(ids[1:] != ids[:-1]) + 1])  # first position of each term
            weights = np.concatenate([vector.weights for vector in summed]).astype(np.int64)
            centre._set(ids[first], np.add.reduceat(weights[order], first))
        return centre

    def add(self, vector: Vector, times: int = 1) -> None:
        """Add a vector, or subtract it (``times`` -1)."""
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
        wide = sums if self.count <= MOST_IN_64_BITS else sums.astype(object)
        self.length = math.sqrt(int(wide @ wide))

    def dot(self, vector: Vector) -> float:
        """Return the dot product with a vector."""
        found, at = find(vector.ids, self.ids)
        return float((vector.weights[found].astype(float) * self.sums[at[found]]).sum())

    def dot_sum(self, other: "Centroid") -> int:
        """Return the dot product with another sum: that of all pairs of their vectors."""
        found, at = find(self.ids, other.ids)
        return int((self.sums[found] * other.sums[at[found]]).sum())

    def cosine(self, vector: Vector) -> float:
        """Return the cosine with a vector; 0 when either is empty."""
        below = self.length * vector.length
        return self.dot(vector) / below if below else 0.0

    def heaviest(self, most: int) -> list[tuple[int, float]]:
        """Return the ``most`` heaviest terms, each with its weight in the sum scaled to length 1."""
        order = np.lexsort((self.ids, -self.sums))[:most]
        return list(zip(self.ids[order].tolist(), (self.sums[order] / self.length).tolist(), strict=True))
