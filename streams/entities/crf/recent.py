"""A table that keeps what was used last."""

from collections.abc import Iterable
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key in the order of their last use, of which `trim` keeps the last ``most``."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[K, V] = {}

    def missing(self, keys: Iterable[K]) -> list[K]:
        """Return the keys without a value, each once in their order; the others count as used now."""
        values = self._values
        found = []
        for key in dict.fromkeys(keys):
            if key in values:
                values[key] = values.pop(key)
            else:
                found.append(key)
        return found

    def update(self, new: Iterable[tuple[K, V]]) -> None:
        self._values.update(new)

    def of(self, keys: Iterable[K]) -> list[V]:
        values = self._values
        return [values[key] for key in keys]

    def trim(self) -> list[V]:
        """Remove what was not used for longest, beyond the bound, and return its values."""
        old = list(islice(self._values, max(0, len(self._values) - self._most)))
        return [self._values.pop(key) for key in old]
