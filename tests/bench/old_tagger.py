"""``python -m tests.bench.old_tagger``: articles per second with the weights, and with spaCy instead.

spaCy (`pip install 'storywatch[spacy]'`) comes in as a user would add it: by a package with an entry point.
"""

import importlib.util
import os
import sys
import tempfile
from pathlib import Path

from deploy.system import System
from tests.bench import articles, pipeline
from tests.bench.report import report
from tests.pipeline.runs import open_edges

ARTICLES = 300
WARM_UP_ARTICLES = 100
PACKAGE = "storywatch_spacy-1.dist-info"


def measure(folder: Path) -> dict[str, float]:
    """Name -> value."""
    weights = _rate(folder / "weights")
    os.environ["PYTHONPATH"] = str(_package(folder))
    try:
        spacy = _rate(folder / "spacy")
    finally:
        del os.environ["PYTHONPATH"]
    return {
        "weights_articles_per_second": weights,
        "spacy_articles_per_second": spacy,
        "weights_ratio": weights / spacy,
    }


def _rate(folder: Path) -> float:
    folder.mkdir()
    with System(folder) as system:
        system.start_worker()
        with open_edges(system) as edges:
            pipeline.throughput(system, edges, list(articles.pages(WARM_UP_ARTICLES, seed=3)))
            rate, words = pipeline.throughput(system, edges, list(articles.pages(ARTICLES, seed=2)))
    print(f"input: {ARTICLES} HTML pages, mean {words:.0f} words")
    return rate


def _package(folder: Path) -> Path:
    """A folder with an installed package that declares the tagger."""
    about = folder / "packages" / PACKAGE
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: storywatch-spacy\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[storywatch.taggers]\nen = streams.entities.english.tagger:find\n")
    return about.parent


if __name__ == "__main__":
    if importlib.util.find_spec("spacy") is None:
        sys.exit("spaCy is not installed: pip install 'storywatch[spacy]'")
    with tempfile.TemporaryDirectory(prefix="storywatch-bench-") as made:
        report(measure(Path(made)))
