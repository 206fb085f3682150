"""The article of an entry: its page, or the feed's own text, its publisher and its lane."""

import random
from xml.sax.saxutils import escape

import pytest

from connectors.feeds.parse.entries import CUT
from connectors.sources.poller import Summary
from streams.cleaning import clean
from streams.contract.codec import encode
from streams.contract.messages import MAX_VALUE_BYTES, ContentType, Lane
from tests.connectors.feeds.desk import Desk
from tests.connectors.feeds.paper import PAGE, item, rss
from tests.connectors.http.serving import Answer, Site


@pytest.mark.parametrize("link", ["http://xn--ls8h.la/", "http://xn--/", "http://["])
def test_an_entry_with_an_impossible_link_costs_that_entry(desk: Desk, site: Site, link: str) -> None:
    site.routes["/a"] = Answer(b"<p>Page a</p>", headers=PAGE)
    site.routes["/feed"] = Answer(rss(item(link), item(site.url("/a"), "a", title="A")))
    assert desk.once(site.url("/feed")).new == 1
    site.routes["/hop"] = Answer(status=302, headers={"Location": link})
    site.routes["/feed"] = Answer(rss(item(site.url("/hop"), "h", title="Hop"), item(site.url("/b"), "b", title="B")))
    site.routes["/b"] = Answer(b"<p>Page b</p>", headers=PAGE)
    assert desk.once(site.url("/feed")).new == 2
    assert desk.pages() == ["<p>Page a</p>", "<p>Page b</p>", "Hop"]


def test_the_feeds_own_text_replaces_a_page_of_scripts(desk: Desk, site: Site) -> None:
    shell = b"<!doctype html><title>App</title><script>location.replace(x)</script><noscript>Opening</noscript>"
    words = b"<p>" + b"The river rose again. " * 20 + b"</p>"
    site.routes["/app"] = Answer(shell, headers=PAGE)
    site.routes["/page"] = Answer(shell + words, headers=PAGE)
    site.routes["/feed"] = Answer(
        rss(item(site.url("/page"), title="Page"), item(site.url("/app"), title="App", description="Short."))
    )
    assert desk.once(site.url("/feed")) == Summary(feeds=1, new=2, from_feed=1)
    assert [article.form for article in desk.got] == [ContentType.BODY, ContentType.HTML]


def test_an_aggregators_entry_is_the_publishers_that_it_names(desk: Desk, site: Site) -> None:
    site.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /go/")
    source = "<source url='https://ormley.example'>Ormley Courier</source>"
    again = escape(f"<a href='{site.url('/go/1')}'>Dam gate fails</a> <font>Ormley Courier</font>")
    item = f"<title>Dam gate fails - Ormley Courier</title><link>{site.url('/go/1')}</link>{source}"
    site.routes["/feed"] = Answer(rss(f"<item>{item}<description>{again}</description></item>"))
    desk.once(site.url("/feed"))
    (article,) = desk.got
    assert (article.page(), article.given.title) == (b"Dam gate fails", "Dam gate fails")
    assert (article.given.aggregated, article.given.publisher_url) == (True, "https://ormley.example")
    cleaned = clean(article)
    assert cleaned.publisher is not None
    assert (cleaned.publisher.id, cleaned.publisher.name) == ("ormley.example", "Ormley Courier")


def test_what_is_old_is_backfill_and_said_to_be(desk: Desk, site: Site) -> None:
    dates = {"new": "Sun, 04 May 2031 09:00:00 GMT", "old": "Mon, 04 May 2026 09:00:00 GMT", "none": ""}
    items = [item(guid=name, title=name, description=name, pubDate=date) for name, date in dates.items()]
    site.routes["/feed"] = Answer(rss(*items))
    assert desk.once(site.url("/feed")) == Summary(feeds=1, new=3, from_feed=3, backfill=1)
    lanes = {article.given.title: article.lane for article in desk.got}
    assert lanes == {"new": Lane.LIVE, "old": Lane.BACKFILL, "none": Lane.LIVE}
    assert desk.said == [f"{site.url('/feed')}: its first poll: 1 articles older than 3 days are backfill, no alerts"]


def test_an_immense_text_of_a_feed_is_cut_and_fits_a_message(desk: Desk, site: Site) -> None:
    chance = random.Random(3)
    text = " ".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(600_000))
    site.routes["/feed"] = Answer(rss(item(guid="a", title="A", description="x", **{"content:encoded": text})))
    assert desk.once(site.url("/feed")).new == 1
    assert desk.got[0].page().decode().endswith(CUT)
    assert len(encode(desk.got[0])) < MAX_VALUE_BYTES
