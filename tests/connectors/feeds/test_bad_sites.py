"""What strangers' sites may do to a watcher: each costs itself and one line, and the feed beside it is read."""

import contextlib
import gzip
import socketserver
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest

from connectors.feeds.parse.items import MAX_ENTRIES
from streams.cleaning import clean
from tests.connectors.feeds.desk import Desk
from tests.connectors.feeds.short_feeds import FEED, PAGE, item, rss
from tests.connectors.http.serving import Answer, Route, Site, serve
from tests.tls import certificates, tls_front

BOMB = gzip.compress(b"<rss><channel>" + bytes(60_000_000))


def good(site: Site) -> str:
    """A feed with one page."""
    site.routes["/good"] = Answer(b"<p>Good</p>", headers=PAGE)
    site.routes["/good.xml"] = Answer(rss(item(site.url("/good"), "Good")), headers=FEED)
    return site.url("/good.xml")


BAD_FEEDS: dict[str, tuple[Route, str]] = {
    "endless": (Answer(b"<rss><channel>", endless=b"<item><title>again</title></item>" * 1_000), "over the limit"),
    "endless spaces": (Answer(endless=b" " * 100_000), "over the limit"),
    "gzip bomb": (Answer(BOMB, headers={"Content-Encoding": "gzip"}), "over the limit"),
    "gzip file": (Answer(BOMB), "unpacks to more than"),
    "xml bomb": (
        Answer(
            b'<!DOCTYPE rss [<!ENTITY a "'
            + b"x" * 200
            + b'">]><rss><channel><item><title>'
            + b"&a;" * 20_000
            + b"</title></item></channel></rss>"
        ),
        "entities expand",
    ),
    "web page": (Answer(b"<!doctype html><html><body>Welcome", headers=PAGE), "a web page, not"),
    "login": (Answer(status=302, headers={"Location": "/login"}), "/login, to which it redirects"),
    "loop": (Answer(status=302, headers={"Location": "/bad.xml"}), "redirects"),
    "private": (Answer(status=302, headers={"Location": "http://[::1]:1/"}), "private or local address"),
    "slow": (Answer(rss(), drip_seconds=0.2), "no complete answer"),
    "forbidden": (Answer(status=403), "403 Forbidden"),
}


@pytest.mark.parametrize("name", BAD_FEEDS)
def test_a_bad_feed_is_one_line_and_the_next_is_read(desk: Desk, site: Site, name: str) -> None:
    route, line = BAD_FEEDS[name]
    desk.allow_private = ["127.0.0.1"]
    desk.timeout_seconds = 4.0 if name == "slow" else 20.0
    site.routes |= {"/bad.xml": route, "/login": Answer(b"<html><input type=password>", headers=PAGE)}
    summary = desk.once(site.url("/bad.xml"), good(site))
    assert (summary.failed, summary.new) == (1, 1)
    [said] = desk.said
    assert said.startswith(f"{site.url('/bad.xml')}: ")
    assert line in said


BAD_PAGES: dict[str, tuple[Route, str]] = {
    "100 MB": (Answer(endless=b"<p>again and again</p>" * 10_000), "over the limit of 10,000,000 bytes"),
    "gzip bomb": (Answer(BOMB, headers={"Content-Encoding": "gzip"}), "over the limit"),
    "loop": (Answer(status=302, headers={"Location": "/bad"}), "redirects"),
    "private": (Answer(status=302, headers={"Location": "http://[::1]:1/"}), "private or local address"),
    "slow": (Answer(b"<p>slow</p>" * 100, drip_seconds=0.2), "no complete answer"),
    "broken gzip": (Answer(b"\x1f\x8bbroken", headers={"Content-Encoding": "gzip"}), "compression is damaged"),
}


@pytest.mark.parametrize("name", BAD_PAGES)
def test_a_bad_page_costs_itself(desk: Desk, site: Site, name: str) -> None:
    route, line = BAD_PAGES[name]
    desk.allow_private = ["127.0.0.1"]
    desk.timeout_seconds = 4.0 if name == "slow" else 20.0
    site.routes["/bad"] = route
    site.routes["/feed"] = Answer(
        rss(item(site.url("/bad"), "Bad", more="<description>The text of the feed.</description>")), headers=FEED
    )
    desk.once(site.url("/feed"), good(site))
    assert sorted(desk.pages()) == ["<p>Good</p>", "The text of the feed."]
    [said] = desk.said
    assert said.startswith(f"{site.url('/bad')}: ")
    assert line in said


@pytest.mark.parametrize(
    "robots", [Answer(b"User-agent: *\nDisallow: /"), Answer(status=500)], ids=["forbids all", "500"]
)
def test_where_robots_txt_closes_a_site_the_feed_counts(desk: Desk, site: Site, robots: Answer) -> None:
    site.routes |= {"/robots.txt": robots, "/a": Answer(b"<p>A</p>", headers=PAGE)}
    site.routes["/feed"] = Answer(rss(item(site.url("/a"), "A", more="<description>Its text.</description>")))
    assert desk.once(site.url("/feed")).new == 1
    assert desk.pages() == ["Its text."]
    assert "/a" not in site.paths()
    assert "robots.txt" in desk.said[0]


def test_ids_that_change_at_each_poll_bring_nothing_twice(desk: Desk, site: Site) -> None:
    site.routes["/a"] = Answer(b"<p>A</p>", headers=PAGE)
    numbers = count()

    def feed(_: Mapping[str, str]) -> Answer:
        return Answer(rss(item(site.url("/a"), "A", guid=f"id-{next(numbers)}")), headers=FEED)

    site.routes["/feed"] = feed
    assert [desk.once(site.url("/feed")).new for _ in range(4)] == [1, 0, 0, 0]
    assert site.paths().count("/a") == 1


def page(title: str, head: str = "") -> Answer:
    text = (
        "The harbour bridge of Dunmoor is closed. Engineers found a crack in the third pier, the mayor said on Monday."
    )
    body = (
        f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1><p>{text}</p><p>{text[::-1]}</p></body>"
    )
    return Answer(body.encode(), headers=PAGE)


TITLE = "Harbour bridge closed after crack"
HOPS = {
    "another host": ["http://localhost:{port}/t/9f2c", "http://127.0.0.1:{port}/news/bridge?utm_source=rss&fbclid=9"],
    "two hops": [
        "http://localhost:{port}/t/9f2c",
        "http://localhost:{port}/hop",
        "http://127.0.0.1:{port}/news/bridge",
    ],
    "the same host": ["http://127.0.0.1:{port}/click/55", "http://127.0.0.1:{port}/news/bridge?utm_medium=feed"],
    "by a parameter": ["http://127.0.0.1:{port}/r?id=7730", "http://127.0.0.1:{port}/news/bridge"],
    "nothing but parameters": ["http://127.0.0.1:{port}/news/bridge?utm_source=rss&utm_campaign=x"],
}


@pytest.mark.parametrize("name", HOPS)
def test_a_link_that_counts_clicks_is_the_article_it_leads_to(desk: Desk, site: Site, name: str) -> None:
    hops = [one.format(port=site.port) for one in HOPS[name]]
    for hop, there in pairwise(hops):
        path = hop.partition(f":{site.port}")[2]
        site.routes[path] = Answer(status=302, headers={"Location": there})
    named = f'<link rel="canonical" href="{site.url("/news/bridge")}">'
    site.routes[hops[-1].partition(f":{site.port}")[2]] = page(TITLE, named)
    site.routes["/feed"] = Answer(rss(item(hops[0], TITLE)), headers=FEED)
    assert [desk.once(site.url("/feed")).new for _ in range(2)] == [1, 0]
    assert clean(desk.got[0]).url == site.url("/news/bridge")
    assert sum(path.startswith("/news/bridge") for path in site.paths()) == 1


@pytest.mark.parametrize(
    "link",
    ["/news/bridge?utm_source=rss&utm_content={}", "/news/bridge?utm_id={}#comments", "/t/{}"],
    ids=["parameter", "parameter and fragment", "path"],
)
def test_a_link_that_is_made_anew_for_each_poll_is_one_entry(desk: Desk, site: Site, link: str) -> None:
    dated = "<pubDate>Sun, 04 May 2031 11:20:07 GMT</pubDate>"
    numbers = count()

    def feed(_: Mapping[str, str]) -> Answer:
        number = next(numbers)
        first, second = link.format(f"a{number}"), link.replace("bridge", "ferry").format(f"b{number}")
        for path in (first, second):
            site.routes[path.partition("#")[0]] = page(TITLE)
        entries = item(site.url(first), "Bridge", more=dated), item(site.url(second), "Ferry", more=dated)
        return Answer(rss(*entries), headers=FEED)

    site.routes["/feed"] = feed
    assert [desk.once(site.url("/feed")).new for _ in range(3)] == [2, 0, 0]


@pytest.mark.parametrize("date", ["Tue, 19 Jan 2038 03:14:08 GMT", "Fri, 31 Dec 9999 23:59:59 +0000"])
def test_a_date_in_the_far_future_is_not_believed(desk: Desk, site: Site, date: str) -> None:
    text = "<description>The pier of Dunmoor is closed. The harbour master said so on Monday.</description>"
    more = f"<pubDate>{date}</pubDate>{text}"
    site.routes["/feed"] = Answer(rss(f"<item><title>Pier closed</title>{more}</item>"), headers=FEED)
    assert desk.once(site.url("/feed")).new == 1
    article = clean(desk.got[0])
    assert article.published is None or article.published.value <= desk.now() + timedelta(days=1)


def test_five_thousand_entries_at_once_are_bounded(desk: Desk, site: Site) -> None:
    items = [f"<item><title>Headline number {n}</title></item>" for n in range(5_000)]
    site.routes["/feed"] = Answer(rss(*items), headers=FEED)
    assert desk.once(site.url("/feed"), good(site)).new == MAX_ENTRIES + 1
    assert desk.said == [f"{site.url('/feed')}: 4000 entries beyond the first 1000 are not taken"]


def test_a_name_without_address_is_one_line(desk: Desk, site: Site) -> None:
    desk.allow_private = ["127.0.0.1"]
    summary = desk.once("http://no-such-host.invalid/feed", good(site))
    assert (summary.failed, summary.new) == (1, 1)
    [said] = desk.said
    assert said == "http://no-such-host.invalid/feed: cannot reach no-such-host.invalid: the name is not known"


def test_headers_that_never_end_cost_their_time(desk: Desk, site: Site) -> None:
    desk.allow_private, desk.timeout_seconds = ["127.0.0.1"], 1.0
    with drip(b"HTTP/1.1 200 OK\r\n" + b"X-More: and more\r\n" * 10_000) as port:
        summary = desk.once(f"http://127.0.0.1:{port}/feed", good(site))
    assert (summary.failed, summary.new) == (1, 1)
    assert [said.partition(": ")[2].partition(":")[0] for said in desk.said] == ["no complete answer within 1 s"]


@contextlib.contextmanager
def drip(answer: bytes) -> Iterator[int]:
    """A server that sends an answer a byte at a time. Its port."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                for at in range(len(answer)):
                    self.request.sendall(answer[at : at + 1])
                    if over.wait(0.01):
                        return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            over.set()
            server.shutdown()


def test_a_certificate_of_a_stranger_is_one_line(desk: Desk, site: Site, tmp_path: Path) -> None:
    context = certificates(tmp_path).serving()
    with serve({"/feed": Answer(rss())}) as hidden, tls_front(hidden.base.removeprefix("http://"), context) as front:
        summary = desk.once(f"https://{front}/feed", good(site))
    assert (summary.failed, summary.new) == (1, 1)
    [said] = desk.said
    assert said.startswith(f"https://{front}/feed: cannot reach 127.0.0.1: its certificate is not trusted: ")
    assert hidden.asked == []
