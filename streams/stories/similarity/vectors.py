"""Sparse term vectors of integers, packed for rows.

A term is a 32-bit hash and a weight a 16-bit integer: 6 bytes per term in a row. Sums and products of integers do not
depend on their order, so a story rebuilt from its rows is identical to the last bit.
"""

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.uint32]
Weights = npt.NDArray[np.uint16]
Floats = npt.NDArray[np.float64]

SCALE = 60_000  # a weight of 1.0: below 65,536, and the smallest weight of a long article is still over 100


def term_id(term: str) -> int:
    """Return a stable 32-bit id. Two terms of one pair of articles collide about once in ten million pairs."""
    return zlib.crc32(term.encode(errors="surrogatepass"))


@dataclass(frozen=True, eq=False)
class Vector:
    """Terms by rising id, each with its weight."""

    ids: Ids
    weights: Weights

    @classmethod
    def of(cls, weights: Mapping[int, float], *, unit: bool = True) -> "Vector":
        """Make a vector of weights by term id, scaled to length 1 (``unit``) or taken as they are, up to 1.0."""
        length = math.sqrt(math.fsum(weight * weight for weight in weights.values())) if unit else 1.0
        if not weights or not length:
            return EMPTY
        order = sorted(weights)
        packed = [round(SCALE * weights[term] / length) for term in order]
        return cls(np.array(order, np.uint32), np.array(packed, np.uint16))

    @classmethod
    def unpack(cls, data: bytes) -> "Vector":
        """Read the bytes that `pack` wrote."""
        count = len(data) // 6
        return cls(np.frombuffer(data, "<u4", count), np.frombuffer(data, "<u2", count, 4 * count))

    def pack(self) -> bytes:
        """Return the ids, then the weights, as little-endian bytes."""
        return self.ids.astype("<u4").tobytes() + self.weights.astype("<u2").tobytes()

    def items(self) -> Iterator[tuple[int, int]]:
        return zip(self.ids.tolist(), self.weights.tolist(), strict=True)

    def __len__(self) -> int:
        return len(self.ids)

    def cosine(self, other: "Vector") -> float:
        """Return the cosine with another vector; 0 when either is empty."""
        found, at = find(self.ids, other.ids)
        product = int((self.weights[found].astype(np.int64) * other.weights[at[found]].astype(np.int64)).sum())
        return product / (self.length * other.length) if product else 0.0

    @cached_property
    def length(self) -> float:
        wide = self.weights.astype(np.int64)  # the products overflow 16 bits
        return math.sqrt(int(wide @ wide))


EMPTY = Vector(np.empty(0, np.uint32), np.empty(0, np.uint16))


class VectorStack:
    """Several vectors end to end in one array, so that one article is compared with all of them at once."""

    def __init__(self, vectors: Sequence[Vector]) -> None:
        self.size = len(vectors)
        self.ids: Ids = np.concatenate([vector.ids for vector in vectors] or [EMPTY.ids])
        self.weights: Floats = np.concatenate([vector.weights for vector in vectors] or [EMPTY.weights]).astype(float)
        self.owner: npt.NDArray[np.intp] = np.repeat(np.arange(self.size), [len(vector) for vector in vectors])
        self.lengths: Floats = np.array([vector.length for vector in vectors])
        self.totals: Floats = self._sum(self.weights, self.owner)

    def extended(self, vector: Vector) -> "VectorStack":
        """Return a stack with one more vector."""
        more = VectorStack([vector])
        stack = object.__new__(VectorStack)
        stack.size = self.size + 1
        stack.ids = np.concatenate([self.ids, more.ids])
        stack.weights = np.concatenate([self.weights, more.weights])
        stack.owner = np.concatenate([self.owner, more.owner + self.size])
        stack.lengths = np.concatenate([self.lengths, more.lengths])
        stack.totals = np.concatenate([self.totals, more.totals])
        return stack

    def cosines(self, vector: Vector) -> Floats:
        """Return the cosine of ``vector`` with each vector of the stack; 0 for empty ones."""
        found, at = find(self.ids, vector.ids)
        products = self._sum(self.weights[found] * vector.weights[at[found]], self.owner[found])
        return _divide(products, self.lengths * vector.length)

    def absent(self, text: Vector) -> Floats:
        """Return for each vector of the stack the share of its weight on terms that ``text`` does not have."""
        found, _ = find(self.ids, text.ids)
        return _divide(self._sum(self.weights[~found], self.owner[~found]), self.totals)

    def lacks(self, marks: Vector) -> Floats:
        """Return for each vector of the stack the share of the weight of ``marks`` on terms that it does not have."""
        if not len(marks):
            return np.zeros(self.size)
        found, at = find(self.ids, marks.ids)
        shared = self._sum(marks.weights[at[found]].astype(float), self.owner[found])
        total = float(marks.weights.sum(dtype=np.int64))
        return (total - shared) / total  # as in `absent`, to the last bit: a pair has one probability, either way round

    def _sum(self, values: Any, owner: Any) -> Floats:
        return np.bincount(owner, weights=values, minlength=self.size).astype(float)


def find(ids: Ids, among: Ids) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """Return which of ``ids`` are in the sorted ``among``, and their positions there."""
    if not len(among):
        return np.zeros(len(ids), np.bool_), np.zeros(len(ids), np.intp)
    at = np.minimum(np.searchsorted(among, ids), len(among) - 1)
    return among[at] == ids, at


def _divide(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
