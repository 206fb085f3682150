"""``make bench``: measures, prints ``name value`` a line and writes ``build/bench.json``."""

import tempfile
from pathlib import Path

from tests.bench import pipeline
from tests.bench.report import report

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="storywatch-bench-") as folder:
        report(pipeline.measure(Path(folder)))
