"""Unlabelled English reports with the names that spaCy's model finds: where learning begins."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from streams.entities.crf.train.data import Document, Name

SETS = ("stories/basil-*.jsonl.gz", "stories/ecbplus-*.jsonl.gz", "neardup/reuters-*.jsonl.gz")
FEWEST = 60  # words
SHORT = {"person": "PER", "organisation": "ORG", "place": "LOC", "group": "NORP"}


KEPT = "silver.jsonl.gz"


def digest(build: Path) -> str:
    """SHA-256 of the labelled reports."""
    return hashlib.sha256(gzip.decompress((build / KEPT).read_bytes())).hexdigest()


def read(folder: Path, build: Path) -> list[Document]:
    """Return the reports of the sets in ``folder`` with their names. Labels them once: ``build`` keeps the result."""
    kept = build / KEPT
    if not kept.exists():
        build.mkdir(parents=True, exist_ok=True)
        half = kept.with_suffix(".part")
        with gzip.open(half, "wt", encoding="utf-8") as out:
            for text in _reports(folder):
                out.write(json.dumps([text, _names(text)]) + "\n")
        half.replace(kept)
    with gzip.open(kept, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Document(f"silver {number}", text, [(start, end, kind) for start, end, kind in names], 0)
        for number, (text, names) in enumerate(rows)
    ]


def _reports(folder: Path) -> Iterator[str]:
    for pattern in SETS:
        for path in sorted(folder.glob(pattern)):
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for line in lines:
                    text = str(json.loads(line)["text"])
                    if len(text.split()) >= FEWEST:
                        yield text


def _names(text: str) -> list[Name]:
    from streams.entities.english import tagger  # an extra, which only this step needs

    return [(span.start, span.end, SHORT[span.type.value]) for span in tagger.find(text)]
