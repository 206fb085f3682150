"""Vectors of signed bytes with exact products, so that every machine finds the same cosines."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

DIMENSIONS = 512
FIRST_SIZE = 64


class Best(NamedTuple):
    """The story with the highest cosine, and the second highest (-1 without another story)."""

    story: str
    cosine: float
    second: float


class Vectors:
    """The vectors of the stories of one language.

    They are whole numbers in float32, in which a sum of 512 products of bytes is exact: it is below 2**24.
    """

    def __init__(self) -> None:
        self._stories: list[str] = []
        self._place: dict[str, int] = {}
        self._rows: npt.NDArray[np.float32] = np.zeros((FIRST_SIZE, DIMENSIONS), np.float32)
        self._squares: list[int] = []

    def __len__(self) -> int:
        return len(self._stories)

    def add(self, story: str, vector: bytes) -> None:
        if len(self._stories) == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        row = _unpacked(vector)
        self._rows[len(self._stories)] = row
        self._place[story] = len(self._stories)
        self._stories.append(story)
        self._squares.append(int(row @ row))

    def remove(self, story: str) -> None:
        """Remove a story; the last one takes its place."""
        place, last = self._place.pop(story), len(self._stories) - 1
        if place != last:
            self._rows[place] = self._rows[last]
            self._squares[place] = self._squares[last]
            self._stories[place] = self._stories[last]
            self._place[self._stories[place]] = place
        self._stories.pop()
        self._squares.pop()

    def best(self, vector: bytes, without: str = "") -> Best | None:
        """Return the nearest story but ``without``; of equal ones that with the lowest id. None without a story."""
        row = _unpacked(vector)
        products = self._rows[: len(self._stories)] @ row
        length = math.sqrt(int(row @ row))
        cosines = products / (np.sqrt(np.array(self._squares, np.float64)) * length + 1e-9)
        if without in self._place:
            cosines[self._place[without]] = -1.0
        if not len(cosines) or float(cosines.max()) <= -1.0:
            return None
        most = float(cosines.max())
        story = min(self._stories[place] for place in np.flatnonzero(cosines == most))
        cosines[self._place[story]] = -1.0
        return Best(story, most, float(cosines.max()))


def cosine(one: bytes, other: bytes) -> float:
    first, second = _unpacked(one), _unpacked(other)
    return int(first @ second) / (math.sqrt(int(first @ first) * int(second @ second)) + 1e-9)


def _unpacked(vector: bytes) -> npt.NDArray[np.float32]:
    return np.frombuffer(vector, np.int8).astype(np.float32)
