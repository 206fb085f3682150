"""The weights of a language: one file, in whole numbers, with what they were learnt from."""

import zlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from streams.contract.errors import UsageError
from streams.entities.crf.features.hashing import BITS
from streams.entities.crf.languages import Language
from streams.entities.crf.viterbi import Scores

FOLDER = "data"
SUFFIX = ".crf"
FORMAT = 1


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the weights were learnt from, and how good they are."""

    language: Language
    format: int
    features: str  # digest of the features of the probe text: other features need other weights
    data: str  # SHA-256 of the sets
    types: tuple[str, ...]  # of names: labels 2k + 1 (first word) and 2k + 2 are those of type k
    figures: Mapping[str, float]  # cross-validated, by name


class Pass(msgspec.Struct, frozen=True):
    """The scores of one pass besides those of features, each in units of `viterbi.UNIT`."""

    transitions: bytes  # int32 [labels, labels]
    starts: bytes  # int32 [labels]
    factors: bytes  # int32 [labels]: score of one step of a feature's weight
    outside: int  # added to the score of label 0


class Stored(msgspec.Struct, frozen=True):
    """The file."""

    about: About
    passes: tuple[Pass, ...]
    gaps: bytes  # uint32, between the sorted numbers of features that have weights
    rows: bytes  # int8 [features, labels of all passes]


class Weights:
    """Weights ready for use."""

    def __init__(self, stored: Stored) -> None:
        self.about = stored.about
        self.labels = 2 * len(stored.about.types) + 1
        width = self.labels * len(stored.passes)
        rows = np.frombuffer(stored.rows, np.int8).reshape(-1, width)
        self.rows = np.concatenate([np.zeros((1, width), np.int8), rows])
        self.place = np.zeros(1 << BITS, np.int32)  # number of a feature -> its row; row 0 has zeros
        self.place[np.cumsum(np.frombuffer(stored.gaps, np.uint32), dtype=np.int64)] = np.arange(1, len(self.rows))
        self.factors = np.concatenate([_scores(one.factors) for one in stored.passes])
        self.outside = [one.outside for one in stored.passes]
        self.transitions = [_scores(one.transitions).reshape(self.labels, self.labels) for one in stored.passes]
        self.starts = [_scores(one.starts) for one in stored.passes]

    def sums(self, numbers: npt.NDArray[np.int64], number: int | None = None) -> npt.NDArray[np.int16]:
        """Return the summed weights [n, labels] of features [templates, n], of one pass or of all side by side."""
        # of at most 150 features of a token, each int8; `take` is four times as fast as an index
        total = np.zeros((numbers.shape[1], self.rows.shape[1]), np.int16)
        for places in self.place.take(numbers):
            total += self.rows.take(places, axis=0)
        return total if number is None else total[:, number * self.labels : (number + 1) * self.labels]


def _scores(stored: bytes) -> Scores:
    return np.frombuffer(stored, np.int32)


def write(stored: Stored, path: Path) -> int:
    """Write weights, and return the size of the file in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = zlib.compress(msgspec.msgpack.encode(stored), 9)
    path.write_bytes(packed)
    return len(packed)


def read(path: Path) -> Weights:
    """Read weights from a file. Raises `UsageError` if it has none, or those of another version."""
    try:
        stored = msgspec.msgpack.decode(zlib.decompress(path.read_bytes()), type=Stored)
    except (OSError, zlib.error, msgspec.DecodeError) as error:
        raise UsageError(f"{path} has no weights of a tagger ({error}): write them again with make train") from error
    if stored.about.format != FORMAT:
        raise UsageError(f"{path} has weights of format {stored.about.format}, not {FORMAT}: learn them again")
    return Weights(stored)


def folder() -> Path:
    """The folder of the weights that are part of the package."""
    return Path(str(resources.files("streams.entities.crf"))) / FOLDER


def neutral_path() -> Path:
    """The file for Latin-script languages without weights of their own."""
    return folder() / "neutral" / f"latin{SUFFIX}"


@cache
def shipped() -> dict[str, Path]:
    """The files of the languages that have weights, by code."""
    return {path.stem: path for path in sorted(folder().glob(f"*{SUFFIX}"))}
