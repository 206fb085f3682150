"""The sets of a folder of labelled data, as plain values.

The layout is that of `../shared/eval`. The part of a file's name before the first dash names the set, so that a folder
with other parts of the same sets can be scored too.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.quality.corpus_gold import CORPUS

SHARED = Path(__file__).resolve().parents[3] / "shared"  # beside a developer's checkout only

T = TypeVar("T")


@dataclass(frozen=True)
class Data:
    """``eval`` holds the labelled sets; ``shared`` the five sample pages with their notes.

    ``corpus`` holds the labelled articles that are in the repository; ``feeds`` is a source distribution of feedparser,
    which is downloaded where it is None.
    """

    eval: Path
    shared: Path
    corpus: Path = CORPUS
    feeds: Path | None = None

    def files(self, folder: str, name: str) -> list[Path]:
        """The files of one set, in order of their names."""
        found = sorted((self.eval / folder).glob("*.jsonl.gz"))
        return [path for path in found if path.name.removesuffix(".jsonl.gz").split("-")[0] == name]

    def rows(self, folder: str, name: str) -> list[dict[str, Any]]:
        """All lines of a set."""
        return [row for path in self.files(folder, name) for row in _lines(path)]

    def pages(self, folder: str) -> dict[str, dict[str, Any]]:
        """The gold of a set of pages by name of the page; {} when it is not there."""
        found = sorted((self.eval / folder).glob("*.json"))
        gold: dict[str, dict[str, Any]] = {}
        for path in found:
            gold.update(json.loads(path.read_text(encoding="utf-8")))
        return dict(sorted(gold.items()))

    def page(self, folder: str, name: str) -> bytes:
        """The bytes of a page as they were fetched."""
        return gzip.decompress((self.eval / folder / f"{name.removesuffix('.html.gz')}.html.gz").read_bytes())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def spread(items: list[T], most: int) -> list[T]:
    """At most ``most`` of the items, the same each time, from all over the list."""
    return items[:: max(1, -(-len(items) // most))]
