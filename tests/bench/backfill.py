"""``python -m tests.bench.backfill [ARTICLES [SECONDS]]``: how long live articles take to their alerts in a backfill.

Also how fast the archive goes in meanwhile, and whether Elasticsearch has all of it in the end. It is sent as
`storywatch ingest --lane backfill` does it, as fast as it is let in, for as long as live articles come. With ARTICLES
it is one of so many, and live articles come until all of it was sent, or for SECONDS.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from msgspec.structs import replace

from connectors.elastic.client import sync_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.read.scan import ArticleFilter, Scan
from connectors.kafka.backpressure import Backpressure
from connectors.kafka.producer import Producer
from deploy.stack import Kind
from deploy.system import System
from streams.contract import topics
from streams.contract.messages import Lane
from tests.bench import articles
from tests.bench.pipeline import WARM_UP_ARTICLES, alert_seconds, p95, throughput
from tests.bench.report import report
from tests.pipeline.runs import open_edges, rest

ARCHIVE_ARTICLES = 20_000
OF_A_STORY = 25  # articles of the archive
LIVE_ARTICLES = 120
PAGE = 500  # articles that are looked up at once
QUIET_ARTICLES = 60  # before that, for comparison: the machine may have other work


def measure(folder: Path, stack: Kind, whole: int | None = None, seconds: float = float("inf")) -> dict[str, float]:
    """Name -> value. ``whole``: of an archive of so many articles, all of which are sent, within ``seconds``."""
    with System(folder, stack=stack) as system:
        system.start_worker()
        with open_edges(system) as edges:
            throughput(system, edges, list(articles.pages(WARM_UP_ARTICLES, seed=3)))
            quiet = alert_seconds(edges, QUIET_ARTICLES, seed=6)
            archive = _Archive(system, whole or ARCHIVE_ARTICLES)
            archive.start()
            until = time.monotonic() + seconds
            try:
                waits = alert_seconds(edges, LIVE_ARTICLES, seed=5)
                while whole is not None and archive.is_alive() and time.monotonic() < until:
                    waits += alert_seconds(edges, LIVE_ARTICLES, seed=100 + len(waits))
                waits.sort()
            finally:
                archive.stop()
        rest(system)
        missing, twice = _compare(system, archive.sent)
    print(f"input: {len(waits)} live articles while {len(archive.sent)} of an archive of {archive.articles} went in")
    return {
        "quiet_alert_seconds_p95": p95(quiet),
        "backfill_alert_seconds_p50": statistics.median(waits),
        "backfill_alert_seconds_p95": p95(waits),
        "backfill_articles": float(len(archive.sent)),
        "backfill_articles_missing": missing,
        "backfill_articles_twice": twice,
        "backfill_articles_per_second": len(archive.sent) / archive.seconds,
        "backfill_live_articles_per_second": len(waits) / archive.seconds,
    }


class _Archive(threading.Thread):
    """Sends old articles until it is stopped or has sent all."""

    def __init__(self, system: System, count: int) -> None:
        super().__init__(daemon=True)
        self.articles = count
        self._settings = system.settings
        self._stopped = threading.Event()
        self._begun = time.monotonic()
        self.sent: list[str] = []  # arrival ids
        self.seconds = 0.0

    def run(self) -> None:
        with (
            Backpressure(self._settings, print, sleep=self._wait) as pressure,
            Producer(self._settings) as sender,
        ):
            pages = articles.pages(self.articles, seed=4, stories=max(1, self.articles // OF_A_STORY))
            for page in pressure.each(pages, sender.flush):
                if self._stopped.is_set():
                    return
                sender.confirm(sender.start(topics.RAW, replace(page, lane=Lane.BACKFILL)))
                self.sent.append(page.id)

    def _wait(self, seconds: float) -> None:
        self._stopped.wait(seconds)

    def stop(self) -> None:
        self.seconds = time.monotonic() - self._begun
        self._stopped.set()
        self.join()


def _compare(system: System, sent: list[str]) -> tuple[int, int]:
    """How many of these arrivals are not in Elasticsearch, and how many are there more than once."""
    with SearchClient(system.settings) as search_client:
        Search(search_client, system.settings.index_prefix).refresh()
    found: Counter[str | None] = Counter()
    with sync_client(system.settings) as client:
        scan = Scan(client, system.settings.index_prefix)
        for first in range(0, len(sent), PAGE):
            found.update(one.article.arrival for one in scan.by_arrival(sent[first : first + PAGE], ArticleFilter()))
    return sum(one not in found for one in sent), sum(count > 1 for count in found.values())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="storywatch-bench-") as made:
        amount = int(sys.argv[1]) if len(sys.argv) > 1 else None
        limit = float(sys.argv[2]) if len(sys.argv) > 2 else float("inf")
        report(measure(Path(made), "embedded", amount, limit))
