"""Features as whole numbers: strings by CRC-32, and combinations of attributes by tables of templates.

A feature's number is its hash of `BITS` bits (Weinberger et al., 2009); 0 means that the token lacks the feature. All
arithmetic is on unsigned integers, so that every processor gives the same numbers.
"""

import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BITS = 20
MASK = (1 << BITS) - 1
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: spreads neighbouring numbers
SALT = 2_654_435_761  # the same for 2^32
FOLD = np.uint64(29)
DROPPED = np.uint64(20)  # low bits, which the multiplication mixes least
OUTSIDE = 7  # the attribute of a neighbour beyond the ends of the text

Numbers = npt.NDArray[np.int64]
Attributes = Mapping[str, Numbers]  # name -> value of each token; values of one name share their meaning
Rows = dict[str, "array[int]"]  # the same while values are set token by token, which is slow in arrays of NumPy


class Template(NamedTuple):
    """One feature: the combination of the attributes ``of``, on tokens where ``where`` is not 0."""

    of: tuple[str, ...]
    where: str = ""


def string_hash(text: str) -> int:
    """The 32-bit hash of a string."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def rows(names: Iterable[str], size: int) -> Rows:
    """Return attributes of zeros."""
    return {name: array("q", bytes(8 * size)) for name in names}


def attributes_of(filled: Rows) -> dict[str, Numbers]:
    """Return attributes that were set token by token."""
    return {name: np.frombuffer(row, np.int64) for name, row in filled.items()}


def shifted(values: Numbers, by: int, fill: int = OUTSIDE) -> Numbers:
    """Return values so that position t holds that of t + by."""
    if by == 0:
        return values
    out = np.full_like(values, fill)
    if by > 0:
        out[:-by] = values[by:]
    else:
        out[-by:] = values[:by]
    return out


def numbered(hashes: npt.NDArray[np.uint64]) -> Numbers:
    """Reduce mixed 64-bit hashes to the numbers of features, none of which is 0."""
    return np.maximum(((hashes >> DROPPED) & np.uint64(MASK)).astype(np.int64), 1)


def mix(hashes: npt.NDArray[np.uint64], values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Mix one more value into each hash."""
    mixed = (hashes ^ values) * MULTIPLIER
    return mixed ^ (mixed >> FOLD)


class Templates:
    """A table of templates, evaluated for all tokens of a text at once."""

    def __init__(self, templates: Sequence[Template], first_salt: int) -> None:
        self._names = sorted({name for template in templates for name in (*template.of, template.where) if name})
        position = {name: i for i, name in enumerate(self._names)}
        self.width = len(templates)
        self._groups = []
        for size in sorted({len(template.of) for template in templates}):
            columns = [i for i, template in enumerate(templates) if len(template.of) == size]
            salts = np.array([((first_salt + i) * SALT) & 0xFFFFFFFF for i in columns], np.uint64)
            of = np.array([[position[name] for name in templates[i].of] for i in columns])
            masked = [k for k, i in enumerate(columns) if templates[i].where]
            where = [position[templates[columns[k]].where] for k in masked]
            self._groups.append((np.array(columns), salts, of, masked, where))

    def numbers(self, attributes: Attributes) -> Numbers:
        """Return the numbers of features, [templates, tokens]. A name such as ``low-1`` is the neighbour's ``low``."""
        rows = [_attribute(attributes, name) for name in self._names]
        table = np.stack(rows).astype(np.uint64)
        out = np.empty((self.width, table.shape[1]), np.int64)
        for columns, salts, of, masked, where in self._groups:
            hashes = np.broadcast_to(salts[:, None], (len(columns), table.shape[1]))
            for k in range(of.shape[1]):
                hashes = mix(hashes, table.take(of[:, k], axis=0))
            found = numbered(hashes)
            found[masked] *= table[where] != 0
            out[columns] = found
        return out


def _attribute(attributes: Attributes, name: str) -> Numbers:
    sign = max(name.rfind("-"), name.rfind("+"))
    return attributes[name] if sign < 0 else shifted(attributes[name[:sign]], int(name[sign:]))
