"""A crash at any point of a poll loses no entry."""

import pytest

from connectors.sources.state_files import FeedStates
from streams.contract.errors import Unavailable
from streams.contract.messages import RawArticle, SourceState
from tests.connectors.feeds.desk import Desk
from tests.connectors.feeds.paper import put
from tests.connectors.http.serving import Site


class Crash(BaseException):
    """Stands for the end of the process."""


class CrashingStates(FeedStates):
    def save(self, state: SourceState) -> None:
        raise Crash


def test_a_crash_between_publishing_and_saving_loses_nothing(desk: Desk, site: Site) -> None:
    feed = put(site, "b", "a")
    with pytest.raises(Crash):
        desk.once(feed, states=CrashingStates(desk.folder / "feeds"))
    assert desk.pages() == ["<p>Page a</p>"]
    desk.once(feed)
    assert desk.pages() == ["<p>Page a</p>", "<p>Page a</p>", "<p>Page b</p>"]
    assert desk.got[0].id == desk.got[1].id


def test_a_crash_in_the_middle_goes_on_where_it_was(desk: Desk, site: Site) -> None:
    feed = put(site, "c", "b", "a")

    async def publish(article: RawArticle) -> None:
        if len(desk.got) == 1:
            raise Crash
        desk.got.append(article)

    with pytest.raises(Crash):
        desk.once(feed, publish=publish)
    desk.once(feed)
    assert desk.pages() == ["<p>Page a</p>", "<p>Page b</p>", "<p>Page c</p>"]


def test_an_entry_that_cannot_be_published_is_not_seen(desk: Desk, site: Site) -> None:
    async def publish(article: RawArticle) -> None:
        raise Unavailable("no broker answers")

    feed = put(site, "a")
    assert desk.once(feed, publish=publish).failed == 1
    assert desk.said == [f"{feed}: no broker answers"]
    assert desk.once(feed).new == 1
