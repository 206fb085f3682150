"""Latency from arrival to alert, and articles per second against a plain loop, on a running system.

The plain loop runs the same functions on the same articles in the same run: what is lost between the two is what
Kafka, the delivery guarantees and Elasticsearch cost.
"""

import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from msgspec.structs import replace

from connectors.kafka import admin
from deploy.stack import Kind
from deploy.system import System
from streams.agents.support import pool_tasks
from streams.contract import topics
from streams.contract.messages import CleanArticle, RawArticle, Track, Webhook
from streams.copies import Copies
from streams.runtime import topology
from streams.stories.state import Stories
from tests.bench import articles
from tests.pipeline.runs import Edges, open_edges

LATENCY_ARTICLES = 60
ARTICLES_PER_SECOND = 2.0
WARM_UP_ARTICLES = 300  # the servers compile their own code in the first minute: a system that runs for years does not
THROUGHPUT_ARTICLES = 600
LOOK_SECONDS = 0.2  # between two looks: looking costs CPU that the pipeline needs


def measure(folder: Path, stack: Kind) -> dict[str, float]:
    """Name -> value. Prints what the input is."""
    with System(folder, stack=stack) as system:
        system.start_worker()
        processes = system.settings.pool_processes
        with open_edges(system) as edges:
            results = _latency(edges)
            throughput(system, edges, list(articles.pages(WARM_UP_ARTICLES, seed=3)))
            backlog = list(articles.pages(THROUGHPUT_ARTICLES, seed=2))
            rate, words = throughput(system, edges, backlog)
    bare = _bare(backlog, processes)
    print(
        f"input: {THROUGHPUT_ARTICLES} HTML pages, mean {words:.0f} words, after {WARM_UP_ARTICLES} others; "
        f"{processes} processes for CPU work"
    )
    return results | {
        "articles_per_second": rate,
        "bare_articles_per_second": bare,
        "overhead_ratio": rate / bare,
        "overhead_ms_per_article": (1 / rate - 1 / bare) * 1000,
    }


def _latency(edges: Edges) -> dict[str, float]:
    waits = alert_seconds(edges, LATENCY_ARTICLES)
    return {"alert_seconds_p50": statistics.median(waits), "alert_seconds_p95": p95(waits)}


def p95(ordered: list[float]) -> float:
    return ordered[int(0.95 * len(ordered)) - 1]


def alert_seconds(edges: Edges, count: int, *, seed: int = 1) -> list[float]:
    """Each article is a new source for a query track: from sending it to its first webhook's arrival, at a steady pace.

    Returns the times in order of length.
    """
    now = datetime.now(UTC)
    webhook = Webhook(url=edges.hearing.url, secret=edges.secret, allow_private=True)
    track = Track(id="bench", name="bench", created_at=now, words=("varrick",), webhook=webhook)
    edges.producer.send(topics.TRACKS, track)
    started = time.monotonic()
    sent: dict[str | None, datetime] = {}
    for number, page in enumerate(articles.pages(count, seed=seed)):
        time.sleep(max(0.0, started + number / ARTICLES_PER_SECOND - time.monotonic()))
        sent[page.url] = datetime.now(UTC)
        edges.producer.send(topics.RAW, replace(page, received_at=sent[page.url]))
    waits: list[float] = []
    deadline = time.monotonic() + 60
    while sent and time.monotonic() < deadline:
        if edges.hearing.received.empty():
            time.sleep(0.05)
            continue
        received = edges.hearing.received.get()
        # a second alert about an article follows from a later one, by which it came into another story
        at = sent.pop(received.payload["data"]["article"]["url"], None)
        if at is not None:
            waits.append((received.at - at).total_seconds())
    edges.producer.remove(topics.TRACKS, track.id)
    if len(waits) < count:
        raise SystemExit(f"only {len(waits)} of {count} alerts arrived")
    return sorted(waits)


def throughput(system: System, edges: Edges, backlog: list[RawArticle]) -> tuple[float, float]:
    """A backlog sent at once, until the last of it is filed and stored: articles a second; and their mean words."""
    known = len(edges.follower.poll().filed)
    started = time.monotonic()
    for future in [edges.producer.start(topics.RAW, page) for page in backlog]:
        edges.producer.confirm(future)
    while len(edges.follower.poll().filed) < known + len(backlog):
        if time.monotonic() - started > 600:
            raise SystemExit("the backlog did not come out within 10 minutes")
        time.sleep(LOOK_SECONDS)
    while any(admin.lag(system.settings, topology.consumer_groups(system.settings)).values()):
        time.sleep(LOOK_SECONDS)
    seconds = time.monotonic() - started
    filed = list(edges.follower.poll().filed.values())[known:]
    return len(backlog) / seconds, statistics.mean(one.article.words for one in filed)


def _bare(backlog: list[RawArticle], processes: int) -> float:
    """The same functions in a plain loop over the same articles, with as many processes: articles a second."""
    warm = partial(pool_tasks.warm, None)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=warm) as pool:
        list(pool.map(pool_tasks.clean, backlog[: processes * 2]))  # so that the clock does not see them start
        started = time.monotonic()
        copies = Copies(window=timedelta(hours=72))
        stories = Stories(window=timedelta(days=14))
        cleaned: list[CleanArticle] = list(pool.map(pool_tasks.clean, backlog))
        unique = [copies.judge(article, offset).unique for offset, article in enumerate(cleaned)]
        tagged = pool.map(pool_tasks.tag, [one for one in unique if one is not None])
        at = datetime.now(UTC)
        for offset, article in enumerate(tagged):
            stories.file(article, offset, at)
        return len(backlog) / (time.monotonic() - started)
