"""The tables of places that `build_gazetteer` writes: names as sorted hashes, 2 MB where a dict takes 25."""

import zlib
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np
import xxhash

T = TypeVar("T")

FOLDER = Path(__file__).parent / "places"
NAMES = FOLDER / "names.bin"
CITIES = FOLDER / "cities.bin"
NO_CITY = 0xFFFF
_BITS = 17  # of a hash, by which it is found: as many parts of the table as it has names


class City(NamedTuple):
    """A city of GeoNames."""

    name: str
    people: int
    others: tuple[str, ...]  # names in scripts without capitals, as written


class StoredNames(msgspec.Struct, frozen=True):
    """The file of names, folded by `canonical.fold`."""

    countries: dict[str, str]  # by ISO 3166 alpha-2
    hashes: bytes  # uint64, of all names, in order
    levels: bytes  # uint8 of each: 1 for a city, 2 for large cities, states and provinces, by English names
    meant: bytes  # uint16 of each: which of ``cities`` the name means in other languages, or NO_CITY
    cities: str  # their names, one a line


class KnownName(NamedTuple):
    """What a folded name means."""

    level: int  # in English; 0 if nothing
    city: str  # in other languages; "" if none


class Names:
    """A table of names. Of 10^14 unknown names one is taken for a known one."""

    def __init__(self, stored: StoredNames) -> None:
        hashes = np.frombuffer(stored.hashes, np.uint64)
        heads = (hashes >> np.uint64(64 - _BITS)).astype(np.int64)
        self._begins = array("I", np.searchsorted(heads, np.arange((1 << _BITS) + 1)).astype(np.uint32).tobytes())
        self._hashes = array("Q", stored.hashes)
        self._levels = stored.levels
        self._meant = array("H", stored.meant)
        self._cities = stored.cities.split("\n")

    def get(self, name: str) -> KnownName | None:
        """Return what a name means; None if the table lacks it."""
        wanted = name_hash(name)
        head = wanted >> (64 - _BITS)
        for at in range(self._begins[head], self._begins[head + 1]):
            if self._hashes[at] == wanted:
                city = self._meant[at]
                return KnownName(self._levels[at], "" if city == NO_CITY else self._cities[city])
        return None


def name_hash(name: str) -> int:
    """The 64-bit hash of a folded name."""
    return xxhash.xxh3_64_intdigest(name.encode("utf-8", "surrogatepass"))


def stored_names(countries: Mapping[str, str], levels: Mapping[str, int], foreign: Mapping[str, str]) -> StoredNames:
    """Pack names with their levels, and names in other languages with the names of cities that they mean.

    Raises `ValueError` if two names share a hash.
    """
    cities = sorted(set(foreign.values()))
    number = {name: i for i, name in enumerate(cities)}
    by_hash = {name_hash(name): name for name in levels.keys() | foreign.keys()}
    if len(by_hash) < len(levels.keys() | foreign.keys()):
        raise ValueError("two names have one hash")
    names = [by_hash[one] for one in sorted(by_hash)]
    return StoredNames(
        dict(sorted(countries.items())),
        array("Q", sorted(by_hash)).tobytes(),
        bytes(levels.get(name, 0) for name in names),
        array("H", [number[foreign[name]] if name in foreign else NO_CITY for name in names]).tobytes(),
        "\n".join(cities),
    )


def write(path: Path, content: object) -> None:
    """Write a table; the same content gives the same bytes."""
    path.write_bytes(zlib.compress(msgspec.msgpack.encode(content), 9))


def read(path: Path, kind: type[T]) -> T:
    """Read a table that `write` wrote."""
    return msgspec.msgpack.decode(zlib.decompress(path.read_bytes()), type=kind)
