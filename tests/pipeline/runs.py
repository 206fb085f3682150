"""Feeding a running system from a test, and reading back what came of it."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.cli.demo.article_feed import ArticleFeed, DemoEvent
from connectors.cli.demo.local_receiver import LocalReceiver
from connectors.cli.demo.pipeline_follower import PipelineFollower
from connectors.cli.demo.run_demo import OWN_ARTICLES, OWN_FETCHED_AT
from connectors.cli.demo.summary import summarise
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.files import read as files
from connectors.files.read import RefusedInput
from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.webhooks.signing import new_secret
from deploy.system import System
from streams.contract.messages import Lane, RawArticle
from streams.runtime import topology

PATIENCE_SECONDS = 180.0  # machines that run tests are shared


def read(paths: Sequence[Path], fetched_at: datetime) -> Iterator[RawArticle | RefusedInput]:
    return files.read(paths, fetched_at=fetched_at, lane=Lane.LIVE)


def run(system: System, arrivals: Iterable[RawArticle | RefusedInput], *, track_first: bool = True) -> dict[str, Any]:
    """Feed articles one after another through a running worker; the demo's summary of what came out."""
    with open_edges(system) as edges:
        told: list[DemoEvent] = []
        feed = ArticleFeed(system.settings, edges.producer, edges.follower, edges.hearing, told.append)
        feed.feed(arrivals, edges.secret if track_first else None)
        return summarise(feed.run, edges.search)


def own(*numbers: int) -> list[RawArticle]:
    """Some of the project's own articles, by the number that their names begin with."""
    wanted = {f"{number:02}" for number in numbers}
    found = [one for one in read([OWN_ARTICLES], OWN_FETCHED_AT) if isinstance(one, RawArticle)]
    return [one for one in found if one.origin[:2] in wanted]


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until ``holds()``; ``what`` says what did not happen when it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def rest(system: System, seconds: float = 60.0) -> None:
    """Until every stage has done all there is."""
    deadline = time.monotonic() + seconds
    while any(lags := admin.lag(system.settings, topology.consumer_groups(system.settings)).values()):
        assert time.monotonic() < deadline, lags
        time.sleep(0.1)


def settle(system: System, follower: PipelineFollower) -> None:
    """Until every stage has done all there is and each alert has been delivered."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        rest(system, PATIENCE_SECONDS)
        if not follower.poll().unsettled():
            follower.poll()
            return
        assert time.monotonic() < deadline, "alerts are still on their way"
        time.sleep(0.1)


@dataclass(frozen=True)
class Edges:
    """Both ends of a system: what goes in and where things come out."""

    secret: str
    hearing: LocalReceiver
    follower: PipelineFollower
    producer: Producer
    search: Search


@contextmanager
def open_edges(system: System) -> Iterator[Edges]:
    with ExitStack() as stack:
        secret = new_secret()
        yield Edges(
            secret=secret,
            hearing=stack.enter_context(LocalReceiver(secret)),
            follower=stack.enter_context(PipelineFollower(system.settings)),
            producer=stack.enter_context(Producer(system.settings)),
            search=Search(stack.enter_context(SearchClient(system.settings)), system.settings.index_prefix),
        )


def track_first(system: System, edges: Edges, first: RawArticle) -> None:
    """Send an article and track its story."""
    feed = ArticleFeed(system.settings, edges.producer, edges.follower, edges.hearing, lambda event: None)
    feed.feed([first], edges.secret)
