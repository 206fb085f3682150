"""Sitemaps and indexes of sitemaps: new pages are published politely, and no sitemap leads round in circles."""

import gzip
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

import pytest

from connectors.feeds import sitemaps
from connectors.feeds.parse.entries import FeedEntry, ParsedFeed, SitemapLink
from connectors.feeds.parse.feed import parse
from connectors.feeds.parse.sitemap import MAX_PAGES
from streams.contract.errors import Rejected, TooLarge
from streams.contract.messages import Lane, SenderFields
from tests.connectors.feeds.desk import START, Desk
from tests.connectors.http.serving import Answer, Site

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by a program -->\n'
    '<?xml-stylesheet type="text/xsl" href="/a.xsl"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
)
NOW = START.isoformat()
OLD = (START - timedelta(days=40)).isoformat()
XML = {"Content-Type": "application/xml"}
PAGE = {"Content-Type": "text/html; charset=utf-8"}


def listed(url: str, lastmod: str = "") -> str:
    return f"<url><loc>{escape(url)}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</url>"


def news(url: str, title: str, published: str = NOW) -> str:
    return (
        f"<url><loc>{escape(url)}</loc><image:image><image:loc>https://tarn.example/a.jpg</image:loc><image:title>Photo</image:title>"
        f"</image:image><news:news><news:publication><news:name>Tarn Gazette</news:name><news:language>en"
        f"</news:language></news:publication><news:publication_date>{published}</news:publication_date>"
        f"<news:title>{escape(title)}</news:title></news:news></url>"
    )


def urlset(*urls: str) -> bytes:
    return f"{HEAD}{''.join(urls)}</urlset>".encode()


def index(*links: tuple[str, str]) -> bytes:
    inner = "".join(
        f"<sitemap><loc>{escape(url)}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</sitemap>"
        for url, date in links
    )
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</sitemapindex>'.encode()


def read(content: bytes) -> ParsedFeed:
    return parse(content, url="https://tarn.example/sitemap.xml")


# --- parsing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_news_sitemap_brings_the_fields_of_each_page(packed: bool) -> None:
    content = urlset(news("https://tarn.example/a?x=1&y=2", "Pier & ferry", "2031-05-04T10:00:00+02:00"))
    feed = read(gzip.compress(content) if packed else content)
    [entry] = feed.entries
    assert (feed.kind, feed.whole, entry.url) == ("sitemap", True, "https://tarn.example/a?x=1&y=2")
    assert entry.dated == datetime(2031, 5, 4, 8, tzinfo=UTC)
    assert entry.given == SenderFields(
        title="Pier & ferry", publisher="Tarn Gazette", published="2031-05-04T10:00:00+02:00", language="en"
    )


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf<urlset><url><loc>https://a.test/1</loc></url></urlset>",
        b'<s:urlset xmlns:s="http://a.test/schema"><s:url><s:loc>\n https://a.test/1 \n</s:loc></s:url></s:urlset>',
        b"<!DOCTYPE urlset><urlset><url><loc><![CDATA[https://a.test/1]]></loc></url></urlset>",
        b"<urlset><url><loc>https://a.test/1</loc></url><url><loc>ftp://a.test/2</loc></url><url/></urlset>",
        b"<urlset><url><loc>https://a.test/1</loc></url><url><loc>https://a.test/1</loc></url></urlset>",
    ],
    ids=["mark and no namespace", "prefix and spaces", "cdata", "bad ones", "twice"],
)
def test_sitemaps_as_programs_write_them_are_read(content: bytes) -> None:
    assert [entry.url for entry in read(content).entries] == ["https://a.test/1"]


def test_a_sitemap_that_breaks_off_gives_what_it_has() -> None:
    feed = read(urlset(listed("https://a.test/1"), listed("https://a.test/2"))[:-40])
    assert [entry.url for entry in feed.entries] == ["https://a.test/1"]
    assert not feed.whole


def test_of_an_immense_sitemap_the_latest_pages_are_read() -> None:
    days = [
        (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=number % 9_000)).date().isoformat()
        for number in range(20_000)
    ]
    feed = read(urlset(*(listed(f"https://a.test/{number}", day) for number, day in enumerate(days))))
    assert (len(feed.entries), feed.left_out) == (MAX_PAGES, 20_000 - MAX_PAGES)
    dates = [entry.dated for entry in feed.entries if entry.dated]
    assert dates == sorted(dates, reverse=True)
    assert dates[0].date().isoformat() == max(days)


def test_bombs_in_a_sitemap_are_refused() -> None:
    entities = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
    bomb = f'<!DOCTYPE urlset [<!ENTITY a0 "{"x" * 1000}">{entities}]><urlset><url><loc>&a12;</loc></url></urlset>'
    with pytest.raises(Rejected, match="cannot be read"):
        read(bomb.encode())
    with pytest.raises(TooLarge, match="more than"):
        read(gzip.compress(b"<urlset>" + bytes(100_000_000)))
    with pytest.raises(TooLarge, match="limit"):
        read(b"<urlset>" + bytes(60_000_000))
    external = (
        b'<!DOCTYPE urlset [<!ENTITY f SYSTEM "file:///etc/hostname">]><urlset><url><loc>https://a.test/&f;</loc>'
    )
    assert [entry.url for entry in read(external + b"</url></urlset>").entries] == ["https://a.test/&f;"]


def test_pages_without_a_date_are_taken_from_both_ends() -> None:
    entries = tuple(FeedEntry((str(n),), f"https://a.test/{n}", None, SenderFields()) for n in range(5_000))
    chosen = sitemaps.watched(ParsedFeed(None, entries, 0, True, None, kind="sitemap")).entries
    assert (len(chosen), chosen[0], chosen[-1]) == (sitemaps.MAX_WATCHED_PAGES, entries[0], entries[-1])


def test_an_index_is_polled_where_something_may_be_new() -> None:
    fresh = [SitemapLink(f"https://a.test/{n}", START - timedelta(minutes=n)) for n in range(30)]
    stale = [SitemapLink("https://a.test/old", START - timedelta(days=30))]
    undated = [SitemapLink(f"https://a.test/undated{n}") for n in range(30)]
    since = START - timedelta(days=3)
    assert sitemaps.to_poll([*stale, *undated, *fresh[::-1]], since) == fresh[: sitemaps.MAX_SITEMAPS]
    chosen = sitemaps.to_poll([*stale, *undated], since)
    assert (len(chosen), chosen[0], chosen[-1]) == (sitemaps.MAX_SITEMAPS, undated[0], undated[-1])


# --- watching ---------------------------------------------------------------------------------------------------------


def put(site: Site, path: str, content: bytes) -> str:
    site.routes[path] = Answer(content, headers=XML)
    return site.url(path)


def pages(site: Site, *names: str) -> list[str]:
    for name in names:
        site.routes[f"/{name}"] = Answer(f"<p>Page {name}</p>".encode(), headers=PAGE)
    return [site.url(f"/{name}") for name in names]


def test_a_watched_news_sitemap_brings_its_new_pages(desk: Desk, site: Site) -> None:
    a, b, c = pages(site, "a", "b", "c")
    url = put(site, "/news.xml", urlset(news(b, "Title b"), news(a, "Title a", "2031-05-04T11:00:00Z")))
    assert desk.once(url).new == 2
    assert [one.url for one in desk.got] == [a, b], "the oldest first"
    assert (desk.got[0].given.title, desk.got[0].given.publisher) == ("Title a", "Tarn Gazette")
    put(site, "/news.xml", urlset(news(c, "Title c"), news(b, "Another title"), news(a, "Title a")))
    assert desk.once(url).new == 1, "a page is the same whatever its title"
    assert site.paths().count("/a") == 1


def test_what_a_sitemap_listed_before_is_not_crawled(desk: Desk, site: Site) -> None:
    old, undated, new, later = pages(site, "old", "undated", "new", "later")
    url = put(site, "/sitemap.xml", urlset(listed(undated), listed(old, OLD), listed(new, NOW)))
    assert desk.once(url).new == 1
    assert desk.got[0].url == new
    assert any("2 older or undated pages are not fetched" in line for line in desk.said)
    put(site, "/sitemap.xml", urlset(listed(undated), listed(old, OLD), listed(new, NOW), listed(later)))
    desk.once(url)
    assert [one.url for one in desk.got] == [new, later], "a page that is new is fetched without a date too"
    assert {one.lane for one in desk.got} == {Lane.LIVE}


def test_an_index_brings_the_pages_of_its_sitemaps(desk: Desk, site: Site) -> None:
    a, b = pages(site, "a", "b")
    first = put(site, "/1.xml.gz", gzip.compress(urlset(listed(a, NOW))))
    second = put(site, "/2.xml", urlset(listed(b, NOW)))
    stale = put(site, "/3.xml", urlset(listed(site.url("/c"), NOW)))
    url = put(site, "/index.xml", index((first, NOW), (second, ""), (stale, OLD), (site.url("/gone.xml"), NOW)))
    summary = desk.once(url)
    assert (summary.feeds, summary.failed, summary.new) == (1, 0, 2)
    assert [one.origin for one in summary.refused] == [site.url("/gone.xml")]
    assert "/3.xml" not in site.paths()
    assert desk.once(url).new == 0
    assert site.paths().count("/gone.xml") == 1, "a sitemap that failed is left alone for a while"


def test_a_sitemap_index_that_names_itself_ends(desk: Desk, site: Site) -> None:
    url, other = site.url("/sitemap.xml"), site.url("/other.xml")
    [page] = pages(site, "a")
    put(site, "/sitemap.xml", index((url, ""), (other, ""), (put(site, "/pages.xml", urlset(listed(page, NOW))), "")))
    put(site, "/other.xml", index((url, "")))
    summary = desk.once(url)
    assert summary.new == 1
    assert [one.reason for one in summary.refused] == ["an index of sitemaps that names itself: not followed"] * 2
    assert len(site.paths()) == 5
    assert desk.once(url).refused == (), "it is told once"


def test_indexes_inside_indexes_are_followed_to_a_depth(desk: Desk, site: Site) -> None:
    for number in range(9):
        put(site, f"/{number}.xml", index((site.url(f"/{number + 1}.xml"), "")))
    summary = desk.once(site.url("/0.xml"))
    assert [one for one in site.paths() if one.endswith(".xml")] == ["/0.xml", "/1.xml", "/2.xml"]
    assert "levels deep" in summary.refused[0].reason


def test_an_unchanged_index_is_read_again_for_its_sitemaps(desk: Desk, site: Site) -> None:
    a, b = pages(site, "a", "b")
    child = put(site, "/1.xml", urlset(listed(a, NOW)))

    def unchanged(headers: object) -> Answer:
        return Answer(index((child, "")), headers={**XML, "ETag": '"1"'})

    site.routes["/index.xml"] = unchanged
    desk.once(site.url("/index.xml"))
    put(site, "/1.xml", urlset(listed(a, NOW), listed(b, NOW)))
    assert desk.once(site.url("/index.xml")).new == 1
    assert "if-none-match" not in site.asked[-3][1]
