"""``python -m tests.bench.workers``: articles per second with one worker and with two, on the real stack.

Each worker has one process for CPU work, so that two workers fill two cores that hold the servers as well.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from deploy.launcher import START
from deploy.stack import stop
from deploy.system import System
from tests.bench import articles, pipeline
from tests.bench.report import report
from tests.pipeline.runs import open_edges

ARTICLES = 400


def measure(folder: Path) -> dict[str, float]:
    """Name -> value."""
    one = _rate(folder / "one", ["first"])
    two = _rate(folder / "two", ["first", "second"])
    return {
        "one_worker_articles_per_second": one,
        "two_workers_articles_per_second": two,
        "two_workers_ratio": two / one,
    }


def _rate(folder: Path, names: Sequence[str]) -> float:
    START["real"](folder / "stack", kafka_port=0, elasticsearch_port=0, die_with_parent=True)
    workers = [System(folder / name, {"pool_processes": 1}, stack_folder=folder / "stack") for name in names]
    try:
        for worker in workers:
            worker.settings.data_dir.mkdir(exist_ok=True)
            worker.start()
            worker.start_worker()
        with open_edges(workers[0]) as edges:
            # long enough for the partitions to be shared, and for the servers to have compiled their code
            pipeline.throughput(workers[0], edges, list(articles.pages(pipeline.WARM_UP_ARTICLES, seed=3)))
            rate, words = pipeline.throughput(workers[0], edges, list(articles.pages(ARTICLES, seed=2)))
    finally:
        for worker in workers:
            worker.close()
        stop(folder / "stack")
    print(f"input: {ARTICLES} HTML pages, mean {words:.0f} words; {len(names)} workers with one process each")
    return rate


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="storywatch-bench-") as made:
        report(measure(Path(made)))
