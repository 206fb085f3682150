"""A stack that goes away in the middle: the worker waits and then goes on, and what sources bring meanwhile is kept."""

import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

from deploy.launcher import START
from deploy.stack import Kind, running, stop
from deploy.system import System
from streams.contract import topics
from streams.contract.messages import WatchedSource, digest
from streams.contract.stage import SOURCES
from streams.runtime.processes import status_files
from tests.connectors.http.serving import Answer, Site, serve
from tests.pipeline.runs import open_edges, own, run, settle, until


def test_a_stack_that_went_away_and_came_back_is_used_again(tmp_path: Path, stack_kind: Kind) -> None:
    options = {"commit_seconds": 0.3, "pool_processes": 1, "restart_pause_seconds": 0.5, "host_delay_seconds": 0}
    with System(tmp_path, options, stack=stack_kind) as system, serve() as site:
        system.start_worker()
        stack = running(tmp_path)
        assert stack is not None
        first, second = own(1, 2)
        run(system, [first], track_first=False)
        with open_edges(system) as edges:
            edges.producer.send(topics.SOURCES, watched(site))
            show(site, "before")
            until(lambda: len(edges.follower.poll().filed) == 1, "the source was not polled")
        stop(tmp_path)
        # each of these is in the feed for a moment only, while nothing can be sent
        for name in ("first", "second"):
            show(site, name)
        os.kill(fetcher(system), signal.SIGKILL)
        show(site, None)
        START[stack.kind](
            tmp_path,
            kafka_port=stack.kafka_port,
            elasticsearch_port=stack.elasticsearch_port,
            die_with_parent=True,
        )
        with open_edges(system) as edges:
            edges.producer.send(topics.RAW, second)
            until(lambda: len(edges.follower.poll().filed) == 3, "nothing was filed after the outage")
            settle(system, edges.follower)
            edges.search.refresh()
            stories = edges.search.stories()
            assert sorted(found.story.articles or 0 for found in stories) == [1, 1, 1, 2]
            assert all(file.stat().st_size == 0 for file in (tmp_path / "spool").iterdir())


def watched(site: Site) -> WatchedSource:
    url = site.url("/feed.xml")
    return WatchedSource(
        id=digest(url),
        url=url,
        site="127.0.0.1",
        created_at=datetime.now(UTC),
        interval_seconds=1.0,
        allow_private=True,
        text="source",
    )


TEXTS = {
    "before": "The ferry of Dunmoor has a new captain, Ruth Adair, who took command of the vessel at noon.",
    "first": "Heavy snow has closed the northern pass near Elmwick, and four lorries wait at the toll house.",
    "second": "The council of Brackwater has voted for a library, which will open its doors next spring.",
}


def show(site: Site, name: str | None) -> None:
    """Have the feed show one entry, or none, until it was asked for twice more."""
    text = TEXTS.get(name or "", "")
    item = (
        f"<item><guid>{name}</guid><title>{text[:40]}</title><description>{text}</description></item>" if name else ""
    )
    feed = f"<rss version='2.0'><channel><title>Tarn</title>{item}</channel></rss>"
    site.routes["/feed.xml"] = Answer(feed.encode(), headers={"Content-Type": "application/rss+xml"})
    if name:
        asked = len(site.asked)
        until(lambda: len(site.asked) >= asked + 2, f"{name}: the feed was not asked for")
    else:
        time.sleep(3)


def fetcher(system: System) -> int:
    """The pid of the process that polls."""
    found = status_files.read(system.settings, SOURCES)
    assert found is not None
    return found.process.pid
