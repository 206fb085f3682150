"""When a feed and its host are asked: pauses between requests, after failures, and where a host asks for fewer."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from tests.connectors.feeds.desk import Desk
from tests.connectors.feeds.paper import put
from tests.connectors.http.serving import Answer, Site


def test_there_is_a_pause_between_two_requests_to_one_host(desk: Desk, site: Site) -> None:
    desk.once(put(site, "b", "a"))
    assert site.paths() == ["/feed", "/robots.txt", "/a", "/b"]
    assert desk.time.slept == [2.0, 2.0, 2.0]


def _follow(desk: Desk, feeds: Sequence[str], *, until: Callable[[], bool]) -> None:
    """Follows for ever, cancelled as soon as ``until`` holds."""

    async def run() -> None:
        task = asyncio.create_task(desk.watch(lambda watcher: watcher.run(feeds)))
        while not until() and not task.done():  # noqa: ASYNC110 - the server's log is filled by threads
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_feeds_are_polled_again_and_again_until_cancelled(desk: Desk, site: Site) -> None:
    feed = put(site, "a")
    _follow(desk, [feed], until=lambda: site.paths().count("/feed") >= 3)
    assert [pause for pause in desk.time.slept if pause > 2][:2] == [300.0, 300.0]
    assert desk.pages() == ["<p>Page a</p>"]


def test_a_failing_feed_is_asked_less_often_also_after_a_restart(desk: Desk, site: Site) -> None:
    site.routes["/feed"] = Answer(status=404)
    _follow(desk, [site.url("/feed")], until=lambda: 1200.0 in desk.time.slept)
    assert 600.0 in desk.time.slept
    desk.time.slept.clear()
    _follow(desk, [site.url("/feed")], until=lambda: max(desk.time.slept, default=0) >= 2400.0)
    assert 600.0 not in desk.time.slept


def test_a_429_stops_all_feeds_of_the_host_also_after_a_restart(desk: Desk, site: Site) -> None:
    site.routes["/1"] = site.routes["/2"] = Answer(status=429)
    feeds = [site.url("/1"), site.url("/2")]
    assert desk.once(*feeds).failed == 2
    assert len(site.asked) == 1
    assert desk.once(*feeds).failed == 2
    assert len(site.asked) == 1
    assert any("it is not asked before" in line for line in desk.said)
    desk.time.now += 301
    desk.once(*feeds)
    assert len(site.asked) == 2
    desk.time.now += 301
    assert desk.once(*feeds).failed == 2  # twice in a row: it is left alone for longer
    assert len(site.asked) == 2


def test_the_pause_that_a_host_asks_for_is_honoured_and_bounded(desk: Desk, site: Site) -> None:
    site.routes["/feed"] = Answer(status=503, headers={"Retry-After": "999999999"})
    feed = site.url("/feed")
    desk.once(feed)
    desk.time.now += 3_500
    desk.once(feed)
    assert len(site.asked) == 1
    desk.time.now += 200
    desk.once(feed)
    assert len(site.asked) == 2
