"""Following feeds: new entries are published, oldest first, and a bad feed or page costs itself."""

import pytest

from connectors.sources.poller import Summary
from streams.contract.messages import ContentType, Lane, SenderFields
from tests.connectors.feeds.desk import START, Desk
from tests.connectors.feeds.paper import item, put, rss
from tests.connectors.http.serving import Answer, Site


def test_the_page_of_each_new_entry_is_published_oldest_first(desk: Desk, site: Site) -> None:
    feed = put(site, "b", "a")
    assert desk.once(feed) == Summary(feeds=1, new=2)
    assert desk.pages() == ["<p>Page a</p>", "<p>Page b</p>"]
    article = desk.got[0]
    assert (article.form, article.charset, article.lane) == (ContentType.HTML, "utf-8", Lane.LIVE)
    assert (article.url, article.origin) == (site.url("/a"), feed)
    assert article.given == SenderFields(title="Title a", language="en", feed_title="The Paper")
    assert article.fetched_at >= START
    assert desk.said == []


def test_the_next_poll_is_conditional_and_takes_only_new_entries(desk: Desk, site: Site) -> None:
    feed = put(site, "a")
    desk.once(feed)
    assert desk.once(feed) == Summary(feeds=1, unchanged=1)
    assert site.asked[-1][0] == "/feed"
    assert site.asked[-1][1]["if-none-match"] == '"a"'
    put(site, "b", "a")
    assert desk.once(feed) == Summary(feeds=1, new=1)
    assert desk.pages() == ["<p>Page a</p>", "<p>Page b</p>"]
    assert site.paths().count("/a") == 1


def test_last_modified_is_sent_back_too(desk: Desk, site: Site) -> None:
    site.routes["/feed"] = Answer(rss(), headers={"Last-Modified": "Sun, 04 May 2031 09:00:00 GMT"})
    desk.once(site.url("/feed"))
    desk.once(site.url("/feed"))
    assert site.asked[-1][1]["if-modified-since"] == "Sun, 04 May 2031 09:00:00 GMT"


def test_a_feed_that_broke_off_is_asked_for_whole_again(desk: Desk, site: Site) -> None:
    site.routes["/feed"] = Answer(rss(item(site.url("/a"), title="A"))[:-20], headers={"ETag": '"1"'})
    desk.once(site.url("/feed"))
    desk.once(site.url("/feed"))
    assert "if-none-match" not in site.asked[-1][1]


@pytest.mark.parametrize("forbidden_by", ["robots", "status", "type", "size"])
def test_the_feeds_own_text_replaces_an_unavailable_page(desk: Desk, site: Site, forbidden_by: str) -> None:
    site.routes["/feed"] = Answer(
        rss(
            item(site.url("/x/3"), title="Three"),
            item(site.url("/x/2"), title="Two", description="<p>Short.</p>"),
            item(site.url("/x/1"), title="One", description="Short", **{"content:encoded": "<p>Full</p><p>text</p>"}),
        )
    )
    pages = {
        "robots": Answer(b"<p>Page</p>"),
        "status": Answer(status=403),
        "type": Answer(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
        "size": Answer(b"x" * 10_000_001),
    }
    for number in (1, 2, 3):
        site.routes[f"/x/{number}"] = pages[forbidden_by]
    if forbidden_by == "robots":
        site.routes["/robots.txt"] = Answer(b"User-agent: Newsbot\nDisallow: /x/\n")
    assert desk.once(site.url("/feed")) == Summary(feeds=1, new=3, from_feed=3)
    assert desk.pages() == ["Full\n\ntext", "Short.", "Three"]
    assert [article.form for article in desk.got] == [ContentType.BODY, ContentType.BODY, ContentType.BODY]
    assert [article.url for article in desk.got] == [site.url(f"/x/{number}") for number in (1, 2, 3)]
    assert len(desk.said) == 3
    assert all("the feed's own text is taken" in line for line in desk.said)
    assert desk.once(site.url("/feed")).new == 0


def test_an_entry_without_page_and_text_is_refused_once(desk: Desk, site: Site) -> None:
    site.routes["/feed"] = Answer(rss(item(site.url("/gone")), item(guid="empty")))
    summary = desk.once(site.url("/feed"))
    assert [one.reason for one in summary.refused] == [
        "an entry without link and text",
        f"404 Not Found: {site.url('/gone')}",
    ]
    assert desk.said == [f"{one.origin}: {one.reason}" for one in summary.refused]
    assert desk.once(site.url("/feed")) == Summary(feeds=1, unchanged=1)


def test_an_entry_without_text_is_retried_a_few_times(desk: Desk, site: Site) -> None:
    feed = site.url("/feed")
    site.routes["/feed"] = Answer(rss(item(site.url("/a")), item(site.url("/b"))), headers={"ETag": '"1"'})
    site.routes["/a"] = site.routes["/b"] = Answer(status=500)
    assert len(desk.once(feed).refused) == 2
    site.routes["/a"] = Answer(b"<p>Page a</p>")
    assert desk.once(feed).new == 1
    assert len(desk.once(feed).refused) == 1
    assert desk.once(feed) == Summary(feeds=1, unchanged=1)
    assert site.paths().count("/b") == 3
    # until nothing was left to try, "unchanged" would have been the wrong answer
    assert ["if-none-match" in headers for path, headers in site.asked if path == "/feed"] == [
        False,
        False,
        False,
        True,
    ]


def test_a_link_through_a_redirector_gets_the_pages_address(desk: Desk, site: Site) -> None:
    there = Answer(status=302, headers={"Location": site.url("/a")})
    here = Answer(status=302, headers={"Location": f"http://127.0.0.1:{site.port}/a"})
    site.routes.update({"/a": Answer(b"<p>A</p>"), "/there": there, "/here": here})
    links = [f"http://localhost:{site.port}/there", site.url("/here")]
    site.routes["/feed"] = Answer(rss(*map(item, links)))
    desk.once(site.url("/feed"))
    assert [article.url for article in desk.got] == [site.url("/here"), site.url("/a")]


def test_one_bad_feed_never_stops_the_others(desk: Desk, site: Site) -> None:
    desk.timeout_seconds = 0.5
    site.routes["/page"] = Answer(b"<!doctype html><html>Hello")
    site.routes["/slow"] = Answer(rss(), drip_seconds=0.1)
    site.routes["/gone"] = Answer(status=410)
    bad = [site.url("/page"), site.url("/slow"), site.url("/gone"), site.url("/missing"), "ftp://paper.example/f"]
    summary = desk.once(*bad, put(site, "a"))
    assert (summary.feeds, summary.failed, summary.new) == (6, 5, 1)
    reasons = {one.origin: one.reason for one in summary.refused}
    assert reasons[bad[0]] == "a web page, not an RSS, Atom or JSON feed"
    assert reasons[bad[1]].startswith("no complete answer within 0.5 s")
    assert reasons[bad[2]].startswith("410 Gone")
    assert reasons[bad[3]].startswith("404 Not Found")
    assert reasons[bad[4]].startswith("not an http or https URL")
    assert sorted(desk.said) == sorted(f"{origin}: {reason}" for origin, reason in reasons.items())


def test_a_private_feed_is_refused_unless_allowed(desk: Desk, site: Site) -> None:
    desk.allow_private = False
    summary = desk.once(put(site, "a"))
    assert summary.failed == 1
    assert "--allow-private" in summary.refused[0].reason
    assert site.asked == []
