"""The word lists of wordfreq, by frequency. Read without its module, whose import takes 0.1 s and 20 MB."""

import gzip
import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

Size = Literal["small", "large"]

_SUFFIX = ".msgpack.gz"
_SEQUENCE = re.compile(r"\d[\d.,]+")  # wordfreq lists such figures by their length only


@cache
def _folder() -> Path:
    found = importlib.util.find_spec("wordfreq")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("wordfreq is not installed")
    return Path(found.origin).parent / "data"


def bands(language: str, size: Size = "small") -> list[list[str]]:
    """Return the words of a language: line k has those of frequency 10 ** (-k / 100). Empty without a list.

    ``size`` "large" has the rarer words too, where there is such a list.
    """
    names = ("large", "small") if size == "large" else ("small",)
    paths = [_folder() / f"{name}_{language}{_SUFFIX}" for name in names]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return []
    header, *rest = msgspec.msgpack.decode(gzip.decompress(path.read_bytes()))
    lines: list[list[str]] = rest
    if header != {"format": "cB", "version": 1}:
        raise ValueError(f"{path} has an unknown format: {header}")
    found: list[list[str]] = lines
    return found


def frequencies(language: str) -> dict[str, float]:
    """Return the share of each word of a language among all its words."""
    return {word: 10 ** (-number / 100) for number, line in enumerate(bands(language)) for word in line}


def most_frequent(language: str, count: int) -> list[str]:
    """Return the most frequent words, without figures."""
    words = (word for line in bands(language) for word in line if not _SEQUENCE.match(word))
    return [word for word, _ in zip(words, range(count), strict=False)]
