"""Feeds in pages (RFC 5005): after a gap the earlier pages are read until they meet what was seen, within bounds."""

import json
from collections.abc import Sequence

import pytest

from connectors.feeds import earlier_pages
from tests.connectors.feeds.desk import Desk
from tests.connectors.http.serving import Answer, Site

ATOM = "http://www.w3.org/2005/Atom"


def show(site: Site, pages: Sequence[Sequence[int]], rel: str = "next") -> str:
    """A feed in these pages of numbered entries, the latest first. Returns its address."""
    for at, numbers in enumerate(pages):
        following = f"/page{at + 1}" if at + 1 < len(pages) else ""
        path = f"/page{at}" if at else "/feed"
        site.routes[path] = json_page(numbers, following) if rel == "next_url" else rss_page(numbers, following, rel)
    return site.url("/feed")


def named(guid: int | str) -> str:
    return f"<guid isPermaLink='false'>{guid}</guid>"


def rss_page(numbers: Sequence[int], following: str, rel: str) -> Answer:
    link = f"<a:link rel='{rel}' href='{following}'/>" if following else ""
    items = "".join(
        f"<item>{named(n)}<title>Headline {n}</title><description>Text {n}</description></item>" for n in numbers
    )
    start = f"<rss version='2.0' xmlns:a='{ATOM}'><channel><title>Tarn</title><a:link rel='self' href='/feed'/>"
    return Answer(f"{start}{link}{items}</channel></rss>".encode())


def json_page(numbers: Sequence[int], following: str) -> Answer:
    items = [{"id": str(n), "title": f"Headline {n}", "content_text": f"Text {n}"} for n in numbers]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Tarn", "items": items}
    return Answer(json.dumps(feed | ({"next_url": following} if following else {})).encode())


@pytest.mark.parametrize("rel", ["next", "prev-archive", "previous", "next_url"])
def test_a_gap_is_closed_by_the_earlier_pages(desk: Desk, site: Site, rel: str) -> None:
    desk.once(show(site, [(2, 1), (0,)], rel))
    assert "/page1" not in site.paths()  # at the first poll an archive is not crawled
    desk.once(show(site, [(8, 7), (6, 5), (4, 3), (2, 1), (0,)], rel))
    assert desk.pages() == [f"Text {number}" for number in range(1, 9)]
    assert site.paths()[-4:] == ["/feed", "/page1", "/page2", "/page3"]
    assert desk.said == []


def test_without_a_gap_no_further_page_is_asked_for(desk: Desk, site: Site) -> None:
    desk.once(show(site, [(2, 1), (0,)]))
    desk.once(show(site, [(3, 2), (1, 0)]))
    assert desk.pages() == ["Text 1", "Text 2", "Text 3"]
    assert "/page1" not in site.paths()


def test_a_loop_and_a_long_archive_are_bounded(desk: Desk, site: Site) -> None:
    desk.once(show(site, [(0,)]))
    show(site, [(2,), (1,)])
    site.routes["/page1"] = rss_page((1,), "/feed", "next")
    desk.once(site.url("/feed"))
    assert site.paths().count("/page1") == 1
    desk.once(show(site, [(number,) for number in range(1_000, 900, -1)]))
    assert len([path for path in site.paths() if path.startswith("/page")]) == 1 + earlier_pages.MAX_PAGES
    assert len(desk.got) == 3 + 1 + earlier_pages.MAX_PAGES


def test_there_is_a_pause_before_each_page(desk: Desk, site: Site) -> None:
    desk.once(show(site, [(0,)]))
    desk.time.slept.clear()
    desk.once(show(site, [(3,), (2,), (1,), (0,)]))
    assert sum(pause > 1.5 for pause in desk.time.slept) >= 3  # the host delay of the desk is two seconds


def test_a_page_that_fails_is_one_line_and_the_others_count(desk: Desk, site: Site) -> None:
    desk.once(show(site, [(0,)]))
    show(site, [(3,), (2,), (1,), (0,)])
    site.routes["/page2"] = Answer(status=404)
    desk.once(site.url("/feed"))
    assert desk.pages() == ["Text 0", "Text 2", "Text 3"]
    assert desk.said == [f"{site.url('/page2')}: 404 Not Found: {site.url('/page2')}"]


def test_an_entry_of_an_earlier_page_is_tried_again_there(desk: Desk, site: Site) -> None:
    desk.once(show(site, [(0,)]))
    show(site, [(3,), (2,), (0,)])
    link = f"<item>{named('x')}<link>{site.url('/story')}</link></item>"
    middle = site.routes["/page1"]
    assert isinstance(middle, Answer)
    site.routes["/page1"] = Answer(middle.body.replace(b"</channel>", f"{link}</channel>".encode()))
    site.routes["/story"] = Answer(status=500)
    desk.once(site.url("/feed"))
    site.routes["/story"] = Answer(b"<p>The story</p>", headers={"Content-Type": "text/html"})
    desk.once(site.url("/feed"))
    assert sorted(desk.pages()) == ["<p>The story</p>", "Text 0", "Text 2", "Text 3"]
    asked = site.paths().count("/page1")
    desk.once(site.url("/feed"))
    assert site.paths().count("/page1") == asked
