"""A feed with a key: the key goes to the feed's own host alone, and nothing that is stored or said has it."""

import asyncio
import gzip
import time
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest

from connectors.http.net import guarded_client
from connectors.http.secrets import Secrets, is_own
from connectors.sources.poller import Summary
from connectors.watch.kinds import Reading
from streams.contract.codec import encode
from streams.contract.messages import RawArticle, SourceState, WatchedSource
from streams.runtime.settings import Settings
from tests.connectors.feeds.short_feeds import FEED, PAGE, item, rss
from tests.connectors.http.serving import Answer, Site, no_pause, serve

KEY = "s3cr/t+1 x&y"
SENT = "key=s3cr%2Ft%2B1+x%26y"
SPELLINGS = (KEY, SENT, quote(KEY), quote(KEY, safe=""), "s3cr")
NOW = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)


class Poll:
    """One poll, and all that leaves it."""

    def __init__(self, url: str, *, state: SourceState | None = None, allowed: bool = True) -> None:
        self.articles: list[RawArticle] = []
        self.lines: list[str] = []
        self.states: list[SourceState] = []
        self.source = WatchedSource(
            id="a1", url=url, site="wire.example", created_at=NOW, params={"key": "env:WIRE_KEY"}, text="source"
        )
        self.state, self.summary = asyncio.run(self._poll(state or SourceState(url=url), allowed))

    async def _poll(self, state: SourceState, allowed: bool) -> tuple[SourceState, Summary]:
        client = guarded_client(allow_private=allowed, timeout_seconds=5.0, user_agent="Newsbot/1")
        reading = Reading(
            client, Settings(), report=self.lines.append, now=lambda: NOW, clock=time.monotonic, sleep=no_pause
        )

        async def publish(article: RawArticle) -> None:
            self.articles.append(article)

        async def save(state: SourceState) -> None:
            self.states.append(state)

        try:
            return await reading.poller.poll(self.source, state, publish, save)
        finally:
            await reading.close()

    def everything(self) -> str:
        stored = [encode(one) for one in (self.source, *self.articles)]
        pages = [one.page().decode() for one in self.articles]
        return "\n".join([*map(repr, stored), *pages, *map(str, [*self.states, self.state, self.summary]), *self.lines])


@pytest.fixture(autouse=True)
def wire_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIRE_KEY", KEY)


def assert_secret(poll: Poll) -> None:
    said = poll.everything()
    assert [one for one in SPELLINGS if one in said] == []


def test_the_key_is_sent_and_nothing_that_is_stored_has_it(site: Site) -> None:
    link = site.url(f"/a?{SENT}&amp;page=2")
    entry = (
        f"<item><title>Quay</title><link>{link}</link><guid>{link}</guid>"
        f"<description>Read it at {site.url(f'/a?x=1&amp;{SENT}')}</description></item>"
    )
    own = f'<link xmlns="http://www.w3.org/2005/Atom" rel="self" href="{site.url(f"/feed?{SENT}")}"/>'
    site.routes[f"/feed?desk=1&{SENT}"] = Answer(rss(own, entry), headers={**FEED, "ETag": '"1"'})
    poll = Poll(site.url("/feed?desk=1"))
    assert site.paths() == [f"/feed?desk=1&{SENT}"]
    [article] = poll.articles
    assert article.url == site.url("/a?page=2")
    assert article.page().decode() == f"Read it at {site.url('/a?x=1')}"
    assert_secret(poll)


def test_a_new_key_makes_no_entry_new(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def feed(key: str) -> Answer:
        link = site.url(f"/a?key={key}")
        return Answer(rss(f"<item><title>Quay</title><link>{link}</link><guid>{link}</guid></item>"), headers=FEED)

    site.routes |= {f"/feed?key={key}": feed(key) for key in ("old", "new")}
    monkeypatch.setenv("WIRE_KEY", "old")
    first = Poll(site.url("/feed"))
    monkeypatch.setenv("WIRE_KEY", "new")
    assert Poll(site.url("/feed"), state=first.state).summary.unchanged == 1


def test_redirects_keep_the_key_on_its_host(site: Site) -> None:
    with serve() as other:
        other.routes["/feed"] = Answer(rss(item("https://wire.example/1", "Quay")), headers=FEED)
        site.routes[f"/feed?{SENT}"] = Answer(status=301, headers={"Location": f"/new?{SENT}"})
        site.routes[f"/new?{SENT}"] = Answer(status=301, headers={"Location": other.url(f"/feed?{SENT}")})
        poll = Poll(site.url("/feed"))
        assert (site.paths(), other.paths()) == ([f"/feed?{SENT}", f"/new?{SENT}"], ["/feed"])
        assert poll.state.moved_to == other.url("/feed")
        assert_secret(poll)
        assert Poll(site.url("/feed"), state=poll.state).summary.failed == 0
        assert other.paths() == ["/feed", "/feed"]


def test_earlier_pages_and_packed_sitemaps_get_the_key(site: Site) -> None:
    entries = "<sitemap><loc>{}</loc></sitemap>".format(site.url(f"/news.xml.gz?{SENT}"))
    site.routes[f"/sitemap.xml?{SENT}"] = Answer(f"<sitemapindex>{entries}</sitemapindex>".encode())
    pages = f"<url><loc>{site.url(f'/a?{SENT}')}</loc><lastmod>2031-05-04T11:00:00Z</lastmod></url>"
    site.routes[f"/news.xml.gz?{SENT}"] = Answer(gzip.compress(f"<urlset>{pages}</urlset>".encode()))
    poll = Poll(site.url("/sitemap.xml"))
    assert site.paths() == [f"/sitemap.xml?{SENT}", f"/news.xml.gz?{SENT}"]
    assert_secret(poll)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=403),
        Answer(status=503, headers={"Retry-After": "900"}),
        Answer(b"<html>Log in", headers=PAGE),
        Answer(b"\x1f\x8bno", headers={"Content-Encoding": "gzip"}),
        Answer(b"\x1f\x8bno"),
        Answer(b"<rss>", headers={"Content-Encoding": "br"}),
        Answer(b"<rss>", headers={"Content-Length": "900"}),
        Answer(status=302, headers={"Location": f"/feed?{SENT}"}),
        Answer(status=302, headers={"Location": f"http://169.254.169.254/feed?{SENT}"}),
        Answer(status=302, headers={"Location": f"ftp://wire.example/feed?{SENT}"}),
    ],
)
def test_no_error_names_the_key(site: Site, answer: Answer) -> None:
    site.routes[f"/feed?{SENT}"] = answer
    poll = Poll(site.url("/feed"))
    assert poll.summary.failed == 1
    assert_secret(poll)


def test_a_private_address_is_refused_without_its_key(site: Site) -> None:
    poll = Poll(site.url("/feed"), allowed=False)
    assert "private or local address" in (poll.state.error or "")
    assert_secret(poll)


def test_a_key_that_is_not_there_costs_one_line(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WIRE_KEY")
    assert Poll(site.url("/feed")).lines == [
        f"{site.url('/feed')}: parameter key needs the variable WIRE_KEY, which is not set here"
    ]
    assert site.paths() == []


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://wire.example/x", True),
        ("http://wire.example/x", False),
        ("https://wire.example:8443/x", False),
        ("https://sub.wire.example/x", False),
        ("https://wire.example.evil.example/x", False),
    ],
)
def test_secrets_stay_with_their_origin(url: str, own: bool) -> None:
    assert is_own(httpx.URL(url), httpx.URL("https://wire.example/feed")) is own


def test_secrets_follow_to_tls_on_the_same_host_and_never_back() -> None:
    plain, secure = httpx.URL("http://wire.example/"), httpx.URL("https://wire.example/")
    assert is_own(secure, plain)
    assert not is_own(plain, secure)


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("https://a.example/?key=v7", "https://a.example/"),
        ("https://a.example/?key=v7&b=1", "https://a.example/?b=1"),
        ("https://a.example/?a=1&key=v7&b=1#c", "https://a.example/?a=1&b=1#c"),
        ("https://a.example/?key=v7&token=w%2f8 and so on", "https://a.example/ and so on"),
        ("<a href='/?a=1&amp;key=v7&amp;b=1'>", "<a href='/?a=1&amp;b=1'>"),
        (r'"\/?a=1\u0026key=v7"', r'"\/?a=1"'),
        ("/?%6bey=%767", "/"),
        ("/?key=v77&monkey=v7", "/?key=v77&monkey=v7"),
    ],
)
def test_an_address_without_its_secrets_is_whole(written: str, left: str) -> None:
    assert Secrets(params={"key": "v7", "token": "w/8"}).removed_from(written) == left


def test_bytes_of_any_charset_stay_as_they_are() -> None:
    content = bytes(range(256)) * 2
    assert Secrets(params={"key": "v7"}).removed_from_bytes(content + b"?key=v7") == content
