"""What a feed's text becomes: entries with their fields and marks, or one line on why it is no feed."""

from pathlib import Path

import pytest

from connectors.feeds.parse.entries import ParsedFeed
from connectors.feeds.parse.feed import parse
from connectors.feeds.parse.items import MAX_ENTRIES
from streams.contract.errors import Rejected
from streams.contract.messages import SenderFields
from tests.connectors.feeds.paper import item, rss


def _parse(content: bytes) -> ParsedFeed:
    return parse(content, url="https://paper.example/feeds/all.xml", content_type="text/xml")


def test_an_rss_entry_brings_its_fields() -> None:
    (entry,) = _parse(
        rss(
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
    (tmp_path / "<rss>").write_bytes(rss(item("https://paper.example/1")))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Rejected, match="a <rss> element without a channel"):
        _parse(b"<rss>")


def test_a_feed_that_breaks_off_gives_what_it_has() -> None:
    feed = _parse(rss(item("https://paper.example/1"), item("https://paper.example/2"))[:-60])
    assert not feed.whole
    assert feed.entries[0].url == "https://paper.example/1"
    assert _parse(rss(item("https://paper.example/1"))).whole


def test_large_malformed_feeds_take_linear_time() -> None:
    items = [item(f"https://paper.example/{number}", description="words " * 400) for number in range(200)]
    content = rss("<item><title>Gates & ships</title></item>", *items).replace(b"words words", b"caf&eacute; & bar", 1)
    feed = _parse(content)
    assert not feed.whole
    assert len(feed.entries) == 201
    assert feed.entries[0].given.title == "Gates & ships"
    assert (feed.entries[1].given.summary or "").startswith("café & bar")
    assert _parse(b"<rss><channel>" + b"<a>" * 300_000).entries == ()


def test_entries_are_counted_and_bounded() -> None:
    feed = _parse(rss(*(item(f"https://paper.example/{number}") for number in range(MAX_ENTRIES + 5))))
    assert (len(feed.entries), feed.left_out) == (MAX_ENTRIES, 5)


def test_links_that_are_no_web_addresses_are_dropped() -> None:
    (entry,) = _parse(rss(item("javascript:alert(1)", title="Harbour"))).entries
    assert entry.url is None
    assert entry.given.publisher == "The Paper"


def test_either_the_id_or_the_link_marks_an_entry() -> None:
    first = _parse(rss(item("https://a.example/1", "id1"))).entries[0]
    moved = _parse(rss(item("https://b.example/1", "id1"))).entries[0]
    renamed = _parse(rss(item("https://a.example/1", "id2"))).entries[0]
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
    entries = _parse(rss(*(item(*one, title=f"title {at}") for at, one in enumerate(items)))).entries
    assert len(entries) == 2
    assert not set(entries[0].marks) & set(entries[1].marks)


def test_an_entry_listed_twice_is_one() -> None:
    assert len(_parse(rss(item("https://a.example/1", "id1"), item("https://a.example/1", "id1"))).entries) == 1
