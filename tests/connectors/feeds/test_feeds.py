"""Following feeds: what becomes an article, what is remembered over restarts and crashes, and when to poll again."""

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from xml.sax.saxutils import escape

import pytest

from connectors.feeds.parse.entries import CUT, ParsedFeed
from connectors.feeds.parse.feed import parse
from connectors.feeds.parse.items import MAX_ENTRIES
from connectors.sources.poller import Summary
from connectors.sources.state_files import FeedStates
from streams.cleaning import clean
from streams.contract.codec import encode
from streams.contract.errors import FatalError, Rejected, Unavailable
from streams.contract.messages import MAX_VALUE_BYTES, ContentType, Lane, RawArticle, SenderFields, SourceState, digest
from streams.contract.messages.sources import MAX_SEEN
from streams.sources import schedule
from tests.connectors.feeds.desk import START, Desk
from tests.connectors.http.serving import Answer, Route, Site

T = TypeVar("T")
PAGE = {"Content-Type": "text/html; charset=utf-8"}


def _item(link: str | None = None, guid: str | None = None, **fields: str) -> str:
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    inner += f"<link>{escape(link)}</link>" if link else ""
    inner += f"<guid isPermaLink='false'>{escape(guid)}</guid>" if guid else ""
    return f"<item>{inner}</item>"


def _rss(*items: str, ttl: str = "") -> bytes:
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    return (
        f"{head}<channel><title>The Paper</title><language>en</language>{ttl}{''.join(items)}</channel></rss>".encode()
    )


# --- parsing ------------------------------------------------------------------------------------------------------


def _parse(content: bytes) -> ParsedFeed:
    return parse(content, url="https://paper.example/feeds/all.xml", content_type="text/xml")


def test_an_rss_entry_brings_its_fields() -> None:
    (entry,) = _parse(
        _rss(
            "<item><title>Harbour &amp;amp; gates <![CDATA[<i>reopen</i>]]></title><link> /news/1 </link>"
            "<description>&lt;p&gt;After a week&lt;/p&gt;</description><author>Ada Quill</author>"
            "<content:encoded><![CDATA[<p>Ships are back.</p>]]></content:encoded>"
            "<pubDate>Sun, 04 May 2031 09:00:00 +0200</pubDate><source url='http://x'>Other Paper</source></item>"
        )
    ).entries
    assert entry.url == "https://paper.example/news/1"
    assert entry.text == "Ships are back."
    assert entry.given == SenderFields(
        title="Harbour & gates reopen",
        summary="After a week",
        authors=("Ada Quill",),
        publisher="Other Paper",
        published="Sun, 04 May 2031 09:00:00 +0200",
        language="en",
    )


def test_an_atom_entry_brings_its_fields() -> None:
    (entry,) = _parse(
        b'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Blatt</title><entry><id>tag:1</id>'
        b'<title>Hafen</title><link rel="alternate" href="https://blatt.example/1"/><author><name>Ada</name></author>'
        b"<updated>2031-05-04T09:00:00Z</updated><summary>Kurz</summary></entry></feed>"
    ).entries
    assert (entry.url, entry.given.title, entry.given.authors) == ("https://blatt.example/1", "Hafen", ("Ada",))
    assert (entry.given.published, entry.given.summary) == ("2031-05-04T09:00:00Z", "Kurz")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "empty: not a feed"),
        (b"just words", "not an RSS, Atom or JSON feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "not a JSON feed: it has no list of items"),
        (b"<!doctype html><html><body>Hello", "a web page, not an RSS, Atom or JSON feed"),
        (
            b'<html><head><link rel=alternate type="application/rss+xml" href="/all.xml"></head>',
            "the page names the feed /all.xml",
        ),
        (b"\x89PNG\r\n\x1a\n\0\0", "not an RSS, Atom or JSON feed"),
        (
            b'<?xml version="1.0"?><opml version="2.0"><body/></opml>',
            "a list of feeds .OPML.: `storywatch source import`",
        ),
    ],
)
def test_what_is_no_feed_is_one_line(content: bytes, line: str) -> None:
    with pytest.raises(Rejected, match=line) as caught:
        _parse(content)
    assert "\n" not in str(caught.value)


def test_bytes_are_never_taken_for_a_file_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "<rss>").write_bytes(_rss(_item("https://paper.example/1")))
    monkeypatch.chdir(tmp_path)
    assert _parse(b"<rss>").entries == ()


def test_a_feed_that_breaks_off_gives_what_it_has() -> None:
    feed = _parse(_rss(_item("https://paper.example/1"), _item("https://paper.example/2"))[:-60])
    assert not feed.whole
    assert feed.entries[0].url == "https://paper.example/1"
    assert _parse(_rss(_item("https://paper.example/1"))).whole


def test_large_malformed_feeds_take_linear_time() -> None:
    items = [_item(f"https://paper.example/{number}", description="words " * 400) for number in range(200)]
    content = _rss("<item><title>Gates & ships</title></item>", *items).replace(b"words words", b"caf&eacute; & bar", 1)
    feed = _parse(content)
    assert not feed.whole
    assert len(feed.entries) == 201
    assert feed.entries[0].given.title == "Gates & ships"
    assert (feed.entries[1].given.summary or "").startswith("café & bar")
    assert _parse(b"<rss>" + b"<a>" * 300_000).entries == ()


def test_entries_are_counted_and_bounded() -> None:
    feed = _parse(_rss(*(_item(f"https://paper.example/{number}") for number in range(MAX_ENTRIES + 5))))
    assert (len(feed.entries), feed.left_out) == (MAX_ENTRIES, 5)


def test_links_that_are_no_web_addresses_are_dropped() -> None:
    (entry,) = _parse(_rss(_item("javascript:alert(1)", title="Harbour"))).entries
    assert entry.url is None
    assert entry.given.publisher == "The Paper"


def test_either_the_id_or_the_link_marks_an_entry() -> None:
    first = _parse(_rss(_item("https://a.example/1", "id1"))).entries[0]
    moved = _parse(_rss(_item("https://b.example/1", "id1"))).entries[0]
    renamed = _parse(_rss(_item("https://a.example/1", "id2"))).entries[0]
    assert set(first.marks) & set(moved.marks)
    assert set(first.marks) & set(renamed.marks)
    assert not set(moved.marks) & set(renamed.marks)


@pytest.mark.parametrize(
    "items",
    [
        [("https://a.example/", "id1"), ("https://a.example/", "id2")],  # all link to the home page
        [("https://a.example/1", "same"), ("https://a.example/2", "same")],  # the id is the feed's
        [(None, None), (None, None)],
    ],
)
def test_what_several_entries_share_marks_none_of_them(items: list[tuple[str | None, str | None]]) -> None:
    entries = _parse(_rss(*(_item(*item, title=f"title {at}") for at, item in enumerate(items)))).entries
    assert len(entries) == 2
    assert not set(entries[0].marks) & set(entries[1].marks)


def test_an_entry_listed_twice_is_one() -> None:
    assert len(_parse(_rss(_item("https://a.example/1", "id1"), _item("https://a.example/1", "id1"))).entries) == 1


# --- state --------------------------------------------------------------------------------------------------------


def test_the_state_is_bounded_and_keeps_present_entries() -> None:
    state = SourceState(url="u", seen=tuple(f"m{number}" for number in range(MAX_SEEN)))
    state = state.with_present([("m0",), ("new",)]).with_seen(("new",))
    assert len(state.seen) == MAX_SEEN
    assert {"m0", "new"} < set(state.seen)
    assert "m1" not in state.seen


def test_a_damaged_state_is_one_line_and_the_others_stay(tmp_path: Path) -> None:
    states = FeedStates(tmp_path / "feeds")
    states.save(SourceState(url="http://a.example/", etag="1"))
    states.save(SourceState(url="http://b.example/", etag="2"))
    (tmp_path / "feeds" / f"{digest('http://a.example/')}.json").write_bytes(b'{"url": "http://a.exa')
    with pytest.raises(Rejected, match=r"is damaged .* starting afresh"):
        states.load("http://a.example/")
    assert states.load("http://b.example/").etag == "2"
    assert states.load("http://c.example/") == SourceState(url="http://c.example/")
    assert [path.suffix for path in (tmp_path / "feeds").iterdir()] == [".json", ".json"]


def test_a_folder_that_cannot_be_written_stops_the_program(tmp_path: Path) -> None:
    (tmp_path / "feeds").write_text("a file where the folder should be")
    with pytest.raises(FatalError, match="cannot be kept"):
        FeedStates(tmp_path / "feeds").save(SourceState(url="http://a.example/"))


# --- when to poll again -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ttl", "cache", "pause"),
    [
        (None, "", 300),
        (60.0, "", 300),
        (600.0, "public, max-age=60", 600),
        (None, "Max-Age=450, s-maxage=9999", 450),
        (86_400.0, "", 900),
        (None, "max-age=99999999", 900),
        (None, "no-cache, x-max-age=800", 300),
    ],
)
def test_the_wishes_of_a_feed_are_honoured_within_bounds(ttl: float | None, cache: str, pause: float) -> None:
    assert schedule.after_success(300.0, max(ttl or 0.0, schedule.max_age_seconds(cache))) == pause


def test_failures_double_the_pause_up_to_an_hour() -> None:
    assert [schedule.after_failure(300.0, count, None) for count in (1, 2, 3, 4, 5_000)] == [
        600,
        1200,
        2400,
        3600,
        3600,
    ]
    assert schedule.after_failure(300.0, 1, 1_800.0) == 1_800
    assert schedule.after_failure(300.0, 1, 1e9) == 3_600
    assert [schedule.jittered(300.0, chance) for chance in (0.0, 0.5, 1.0)] == [270, 300, 330]


# --- watching -----------------------------------------------------------------------------------------------------


def _put(site: Site, *names: str, path: str = "/feed", **more: Route) -> str:
    """A feed of these pages, newest first, with an ETag that it answers to."""
    items = [_item(site.url(f"/{name}"), name, title=f"Title {name}") for name in names]
    for name in names:
        site.routes.setdefault(f"/{name}", Answer(f"<p>Page {name}</p>".encode(), headers=PAGE))
    etag = f'"{"-".join(names)}"'

    def feed(headers: Mapping[str, str]) -> Answer:
        if headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return Answer(_rss(*items), headers={"ETag": etag, "Content-Type": "application/rss+xml"})

    site.routes[path] = feed
    return site.url(path)


def test_the_page_of_each_new_entry_is_published_oldest_first(desk: Desk, site: Site) -> None:
    feed = _put(site, "b", "a")
    assert desk.once(feed) == Summary(feeds=1, new=2)
    assert desk.pages() == ["<p>Page a</p>", "<p>Page b</p>"]
    article = desk.got[0]
    assert (article.form, article.charset, article.lane) == (ContentType.HTML, "utf-8", Lane.LIVE)
    assert (article.url, article.origin) == (site.url("/a"), feed)
    assert article.given == SenderFields(title="Title a", language="en", feed_title="The Paper")
    assert article.fetched_at >= START
    assert desk.said == []


def test_the_next_poll_is_conditional_and_takes_only_new_entries(desk: Desk, site: Site) -> None:
    feed = _put(site, "a")
    desk.once(feed)
    assert desk.once(feed) == Summary(feeds=1, unchanged=1)
    assert site.asked[-1][0] == "/feed"
    assert site.asked[-1][1]["if-none-match"] == '"a"'
    _put(site, "b", "a")
    assert desk.once(feed) == Summary(feeds=1, new=1)
    assert desk.pages() == ["<p>Page a</p>", "<p>Page b</p>"]
    assert site.paths().count("/a") == 1


def test_last_modified_is_sent_back_too(desk: Desk, site: Site) -> None:
    site.routes["/feed"] = Answer(_rss(), headers={"Last-Modified": "Sun, 04 May 2031 09:00:00 GMT"})
    desk.once(site.url("/feed"))
    desk.once(site.url("/feed"))
    assert site.asked[-1][1]["if-modified-since"] == "Sun, 04 May 2031 09:00:00 GMT"


def test_a_feed_that_broke_off_is_asked_for_whole_again(desk: Desk, site: Site) -> None:
    site.routes["/feed"] = Answer(_rss(_item(site.url("/a"), title="A"))[:-20], headers={"ETag": '"1"'})
    desk.once(site.url("/feed"))
    desk.once(site.url("/feed"))
    assert "if-none-match" not in site.asked[-1][1]


@pytest.mark.parametrize("forbidden_by", ["robots", "status", "type", "size"])
def test_the_feeds_own_text_replaces_an_unavailable_page(desk: Desk, site: Site, forbidden_by: str) -> None:
    site.routes["/feed"] = Answer(
        _rss(
            _item(site.url("/x/3"), title="Three"),
            _item(site.url("/x/2"), title="Two", description="<p>Short.</p>"),
            _item(site.url("/x/1"), title="One", description="Short", **{"content:encoded": "<p>Full</p><p>text</p>"}),
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
    site.routes["/feed"] = Answer(_rss(_item(site.url("/gone")), _item(guid="empty")))
    summary = desk.once(site.url("/feed"))
    assert [one.reason for one in summary.refused] == [
        "an entry without link and text",
        f"404 Not Found: {site.url('/gone')}",
    ]
    assert desk.said == [f"{one.origin}: {one.reason}" for one in summary.refused]
    assert desk.once(site.url("/feed")) == Summary(feeds=1, unchanged=1)


def test_an_entry_without_text_is_retried_a_few_times(desk: Desk, site: Site) -> None:
    feed = site.url("/feed")
    site.routes["/feed"] = Answer(_rss(_item(site.url("/a")), _item(site.url("/b"))), headers={"ETag": '"1"'})
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
    site.routes["/feed"] = Answer(_rss(*map(_item, links)))
    desk.once(site.url("/feed"))
    assert [article.url for article in desk.got] == [site.url("/here"), site.url("/a")]


def test_one_bad_feed_never_stops_the_others(desk: Desk, site: Site) -> None:
    desk.timeout_seconds = 0.5
    site.routes["/page"] = Answer(b"<!doctype html><html>Hello")
    site.routes["/slow"] = Answer(_rss(), drip_seconds=0.1)
    site.routes["/gone"] = Answer(status=410)
    bad = [site.url("/page"), site.url("/slow"), site.url("/gone"), site.url("/missing"), "ftp://paper.example/f"]
    summary = desk.once(*bad, _put(site, "a"))
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
    summary = desk.once(_put(site, "a"))
    assert summary.failed == 1
    assert "--allow-private" in summary.refused[0].reason
    assert site.asked == []


# --- crashes ------------------------------------------------------------------------------------------------------


class Crash(BaseException):
    """Stands for the end of the process."""


class CrashingStates(FeedStates):
    def save(self, state: SourceState) -> None:
        raise Crash


def test_a_crash_between_publishing_and_saving_loses_nothing(desk: Desk, site: Site) -> None:
    feed = _put(site, "b", "a")
    with pytest.raises(Crash):
        desk.once(feed, states=CrashingStates(desk.folder / "feeds"))
    assert desk.pages() == ["<p>Page a</p>"]
    desk.once(feed)
    assert desk.pages() == ["<p>Page a</p>", "<p>Page a</p>", "<p>Page b</p>"]
    assert desk.got[0].id == desk.got[1].id


def test_a_crash_in_the_middle_goes_on_where_it_was(desk: Desk, site: Site) -> None:
    feed = _put(site, "c", "b", "a")

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

    feed = _put(site, "a")
    assert desk.once(feed, publish=publish).failed == 1
    assert desk.said == [f"{feed}: no broker answers"]
    assert desk.once(feed).new == 1


def test_a_damaged_state_is_reported_and_the_feed_read_afresh(desk: Desk, site: Site) -> None:
    first, second = _put(site, "a", path="/1"), _put(site, "b", path="/2")
    desk.once(first, second)
    (desk.folder / "feeds" / f"{digest(first)}.json").write_bytes(b"\0")
    summary = desk.once(first, second)
    assert (summary.new, summary.unchanged) == (1, 1)
    assert len(desk.said) == 1
    assert "damaged" in desk.said[0]
    assert desk.once(first, second).unchanged == 2


# --- pauses -------------------------------------------------------------------------------------------------------


def test_there_is_a_pause_between_two_requests_to_one_host(desk: Desk, site: Site) -> None:
    desk.once(_put(site, "b", "a"))
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
    feed = _put(site, "a")
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


def test_the_state_is_plain_json_in_a_file_of_its_own(desk: Desk, site: Site) -> None:
    feed = _put(site, "a")
    desk.once(feed)
    (path,) = (desk.folder / "feeds").iterdir()
    state = json.loads(path.read_bytes())
    assert (state["url"], state["etag"], state["polled"], len(state["seen"])) == (feed, '"a"', True, 3)


# --- what is seen -------------------------------------------------------------------------------------------------


def _polls(desk: Desk, site: Site, *feeds: Sequence[tuple[str, str, str]]) -> list[int]:
    """How many articles each poll of a feed brings, whose entries are (guid, link, title)."""
    new = []
    for entries in feeds:
        for _, path, title in entries:
            site.routes[path] = Answer(f"<p>Page {title}</p>".encode(), headers=PAGE)
        items = [_item(site.url(path), guid, title=title) for guid, path, title in entries]
        site.routes["/feed"] = Answer(_rss(*items))
        new.append(desk.once(site.url("/feed")).new)
    return new


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        (("fixed", "/a", "One"), ("fixed", "/b", "Two"), 1),  # an id that is the feed's
        (("id1", "/", "One"), ("id2", "/", "Two"), 1),  # a link to the front page
        (("id1", "/a", "Briefing"), ("id2", "/b", "Briefing"), 1),  # a headline that recurs
        (("id1", "/a", "One"), ("id1", "/a", "One, edited"), 0),
        (("id1", "/a", "One"), ("id1", "/moved", "One"), 0),
        (("id1", "/a", "One"), ("id2", "/a", "One"), 0),  # ids that are made anew
    ],
)
def test_two_of_id_link_and_title_make_it_the_same_entry(
    desk: Desk, site: Site, first: tuple[str, str, str], second: tuple[str, str, str], taken: int
) -> None:
    assert _polls(desk, site, [first], [second]) == [1, taken]


def test_ids_that_are_positions_hide_no_new_entry(desk: Desk, site: Site) -> None:
    old = [("1", "/a", "A"), ("2", "/b", "B")]
    assert _polls(desk, site, old, [("1", "/c", "C"), ("2", "/a", "A"), ("3", "/b", "B")]) == [2, 1]


# --- what one stranger sends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["http://xn--ls8h.la/", "http://xn--/", "http://["])
def test_an_entry_with_an_impossible_link_costs_that_entry(desk: Desk, site: Site, link: str) -> None:
    site.routes["/a"] = Answer(b"<p>Page a</p>", headers=PAGE)
    site.routes["/feed"] = Answer(_rss(_item(link), _item(site.url("/a"), "a", title="A")))
    assert desk.once(site.url("/feed")).new == 1
    site.routes["/hop"] = Answer(status=302, headers={"Location": link})
    site.routes["/feed"] = Answer(
        _rss(_item(site.url("/hop"), "h", title="Hop"), _item(site.url("/b"), "b", title="B"))
    )
    site.routes["/b"] = Answer(b"<p>Page b</p>", headers=PAGE)
    assert desk.once(site.url("/feed")).new == 2
    assert desk.pages() == ["<p>Page a</p>", "<p>Page b</p>", "Hop"]


def test_the_feeds_own_text_replaces_a_page_of_scripts(desk: Desk, site: Site) -> None:
    shell = b"<!doctype html><title>App</title><script>location.replace(x)</script><noscript>Opening</noscript>"
    words = b"<p>" + b"The river rose again. " * 20 + b"</p>"
    site.routes["/app"] = Answer(shell, headers=PAGE)
    site.routes["/page"] = Answer(shell + words, headers=PAGE)
    site.routes["/feed"] = Answer(
        _rss(_item(site.url("/page"), title="Page"), _item(site.url("/app"), title="App", description="Short."))
    )
    assert desk.once(site.url("/feed")) == Summary(feeds=1, new=2, from_feed=1)
    assert [article.form for article in desk.got] == [ContentType.BODY, ContentType.HTML]


def test_an_aggregators_entry_is_the_publishers_that_it_names(desk: Desk, site: Site) -> None:
    site.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /go/")
    source = "<source url='https://ormley.example'>Ormley Courier</source>"
    again = escape(f"<a href='{site.url('/go/1')}'>Dam gate fails</a> <font>Ormley Courier</font>")
    item = f"<title>Dam gate fails - Ormley Courier</title><link>{site.url('/go/1')}</link>{source}"
    site.routes["/feed"] = Answer(_rss(f"<item>{item}<description>{again}</description></item>"))
    desk.once(site.url("/feed"))
    (article,) = desk.got
    assert (article.page(), article.given.title) == (b"Dam gate fails", "Dam gate fails")
    assert (article.given.aggregated, article.given.publisher_url) == (True, "https://ormley.example")
    cleaned = clean(article)
    assert cleaned.publisher is not None
    assert (cleaned.publisher.id, cleaned.publisher.name) == ("ormley.example", "Ormley Courier")


def test_what_is_old_is_backfill_and_said_to_be(desk: Desk, site: Site) -> None:
    dates = {"new": "Sun, 04 May 2031 09:00:00 GMT", "old": "Mon, 04 May 2026 09:00:00 GMT", "none": ""}
    items = [_item(guid=name, title=name, description=name, pubDate=date) for name, date in dates.items()]
    site.routes["/feed"] = Answer(_rss(*items))
    assert desk.once(site.url("/feed")) == Summary(feeds=1, new=3, from_feed=3, backfill=1)
    lanes = {article.given.title: article.lane for article in desk.got}
    assert lanes == {"new": Lane.LIVE, "old": Lane.BACKFILL, "none": Lane.LIVE}
    assert desk.said == [f"{site.url('/feed')}: its first poll: 1 articles older than 3 days are backfill, no alerts"]


def test_an_immense_text_of_a_feed_is_cut_and_fits_a_message(desk: Desk, site: Site) -> None:
    chance = random.Random(3)
    text = " ".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(600_000))
    site.routes["/feed"] = Answer(_rss(_item(guid="a", title="A", description="x", **{"content:encoded": text})))
    assert desk.once(site.url("/feed")).new == 1
    assert desk.got[0].page().decode().endswith(CUT)
    assert len(encode(desk.got[0])) < MAX_VALUE_BYTES


# --- hosts that ask for fewer requests --------------------------------------------------------------------------------


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
