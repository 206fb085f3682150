"""The tables of places that `build_gazetteer` writes: names as sorted hashes, 1 MB where a dict takes 25."""

import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
import xxhash

T = TypeVar("T")

FOLDER = Path(__file__).parent / "places"
NAMES = FOLDER / "names.bin"
CITIES = FOLDER / "cities.bin"


class City(NamedTuple):
    """A city of GeoNames."""

    name: str
    people: int
    others: tuple[str, ...]  # names in scripts without capitals, as written


class StoredNames(msgspec.Struct, frozen=True):
    """The file of names, folded by `canonical.fold`. Hashes are uint64 in order."""

    countries: dict[str, str]  # by ISO 3166 alpha-2
    large: bytes  # hashes of large cities, states and provinces
    towns: bytes  # hashes of other cities
    foreign: bytes  # hashes of names of cities in other languages
    cities: bytes  # uint16 for each of ``foreign``: which of ``names`` it means
    names: str  # of these cities, one a line


class Names:
    """A set of names. Two names in 10^14 share a hash."""

    def __init__(self, hashes: bytes) -> None:
        self._hashes = array("Q", hashes)

    def find(self, name: str) -> int:
        """Return the position of a name in the order of the hashes; -1 if the set lacks it."""
        wanted = name_hash(name)
        at = bisect_left(self._hashes, wanted)
        return at if at < len(self._hashes) and self._hashes[at] == wanted else -1

    def __contains__(self, name: str) -> bool:
        return self.find(name) >= 0


class NamedCities:
    """The canonical names of cities by their names in other languages."""

    def __init__(self, stored: StoredNames) -> None:
        self._known = Names(stored.foreign)
        self._cities = array("H", stored.cities)
        self._names = stored.names.split("\n")

    def get(self, folded: str) -> str | None:
        at = self._known.find(folded)
        return self._names[self._cities[at]] if at >= 0 else None


def name_hash(name: str) -> int:
    """The 64-bit hash of a folded name."""
    return xxhash.xxh3_64_intdigest(name.encode("utf-8", "surrogatepass"))


def stored_names(
    countries: Mapping[str, str], large: Iterable[str], towns: Iterable[str], foreign: Mapping[str, str]
) -> StoredNames:
    """Pack names. Raises `ValueError` if two of them share a hash."""
    names = sorted(set(foreign.values()))
    number = {name: i for i, name in enumerate(names)}
    cities = {name_hash(other): number[name] for other, name in foreign.items()}
    large, towns = set(large), set(towns)
    hashes = {name_hash(name) for name in large | towns | foreign.keys()}
    if len(hashes) < len(large | towns | foreign.keys()):
        raise ValueError("two names have one hash: take another seed")
    ordered = sorted(cities)
    return StoredNames(
        dict(sorted(countries.items())),
        _packed(large),
        _packed(towns),
        array("Q", ordered).tobytes(),
        array("H", [cities[one] for one in ordered]).tobytes(),
        "\n".join(names),
    )


def _packed(names: Iterable[str]) -> bytes:
    return array("Q", sorted(map(name_hash, names))).tobytes()


def write(path: Path, content: object) -> None:
    """Write a table; the same content gives the same bytes."""
    path.write_bytes(zlib.compress(msgspec.msgpack.encode(content), 9))


def read(path: Path, kind: type[T]) -> T:
    """Read a table that `write` wrote."""
    return msgspec.msgpack.decode(zlib.decompress(path.read_bytes()), type=kind)
