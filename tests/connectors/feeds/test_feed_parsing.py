"""Broken, odd and hostile feeds: an error costs the entry that contains it, never the feed."""

import gzip
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feeds.parse.entries import CUT, MAX_FEED_BYTES, MAX_TEXT, ParsedFeed
from connectors.feeds.parse.feed import parse
from streams.contract.errors import Rejected, StorywatchError, TooLarge
from tests.connectors.feeds.feed_fiction import ALL, ATOM, JSON_FEED, LINKS, RSS_20, TITLES, XML
from tests.fuzz.amount import inputs

DIALECTS = pytest.mark.parametrize("text", ALL.values(), ids=ALL.keys())
XML_DIALECTS = pytest.mark.parametrize("text", XML.values(), ids=XML.keys())


def read(content: str | bytes, content_type: str | None = None, charset: str | None = None) -> ParsedFeed:
    data = content.encode() if isinstance(content, str) else content
    return parse(data, url="https://kestrel.example/feeds/all", content_type=content_type, charset=charset)


def titles(content: str | bytes, charset: str | None = None) -> list[str | None]:
    return [entry.given.title for entry in read(content, "text/xml", charset).entries]


@DIALECTS
def test_each_dialect_gives_its_entries(text: str) -> None:
    feed = read(text)
    assert feed.title == "Kestrel Post"
    assert tuple(entry.given.title for entry in feed.entries) == TITLES
    assert tuple(entry.url for entry in feed.entries) == LINKS
    assert feed.unreadable == 0


# --- encodings ----------------------------------------------------------------------------------------------------

RUSSIAN, GREEK, JAPANESE = "Паром сел на мель у Варрика", "Το πλοίο προσάραξε κοντά στο λιμάνι", "フェリーが座礁した"


@pytest.mark.parametrize(
    ("title", "encoding", "declared", "header"),
    [
        (RUSSIAN, "utf-16", "utf-16", None),
        (RUSSIAN, "utf-16-le", "utf-16", None),
        (RUSSIAN, "utf-16-be", None, "utf-8"),
        (RUSSIAN, "utf-32", "utf-32", None),
        (RUSSIAN, "utf-32-be", "utf-8", None),
        (RUSSIAN, "utf-8-sig", "windows-1251", "iso-8859-1"),
        (RUSSIAN, "cp1251", "utf-8", "utf-8"),
        (RUSSIAN, "cp1251", None, None),
        (RUSSIAN, "cp1251", "iso-8859-1", None),
        (RUSSIAN, "cp1251", "windows-1251", "utf-8"),
        (RUSSIAN, "utf-8", "iso-8859-1", "iso-8859-1"),
        (RUSSIAN, "utf-8", "no-such-encoding", "binary"),
        (RUSSIAN, "koi8-r", "KOI8-R", None),
        (GREEK, "iso8859-7", "utf-8", None),
        (JAPANESE, "cp932", "x-sjis", None),
        (JAPANESE, "euc-jp", "utf-8", None),
        (JAPANESE, "iso2022_jp", "iso-2022-jp", None),
        ("던무어 부두가 월요일에 닫힌다", "euc-kr", None, None),
        ("Fähre läuft auf Grund – 241 Leute", "cp1252", "iso-8859-1", None),
    ],
)
def test_the_encoding_is_found_whatever_labels_say(
    title: str, encoding: str, declared: str | None, header: str | None
) -> None:
    label = f' encoding="{declared}"' if declared else ""
    text = f'<?xml version="1.0"{label}?><rss><channel><item><title>{title}</title></item></channel></rss>'
    assert titles(text.encode(encoding), header) == [title]


def test_one_byte_of_another_encoding_damages_one_sign() -> None:
    content = RSS_20.replace(TITLES[1], "Brücke – die Müller sagen XY Ärger übrig, schön").encode()
    assert titles(content.replace(b"XY", b"\x92"))[1] == "Brücke – die Müller sagen ’ Ärger übrig, schön"


def test_gzip_without_a_header_is_unpacked_within_the_limit() -> None:
    assert titles(gzip.compress(RSS_20.encode())) == list(TITLES)
    with pytest.raises(TooLarge, match="unpacks to more than"):
        read(gzip.compress(b" " * (MAX_FEED_BYTES + 1)))
    with pytest.raises(Rejected, match="damaged"):
        read(gzip.compress(RSS_20.encode())[:12] + b"\xff" * 50)


# --- odd contents -------------------------------------------------------------------------------------------------


@XML_DIALECTS
@pytest.mark.parametrize(
    ("odd", "shown"),
    [
        ("&#xD83D;", "�"),
        ("&#xD83D;&#xDE00;", "😀"),
        ("&#55357;&#56832;", "😀"),
        ("&#x110000;", "�"),
        ("&#99999999999;", "�"),
        ("&#0;&#8;", ""),
        ("&#146;", "’"),
        ("&eacute;&hellip;", "é…"),
        ("&nosuchthing;", "&nosuchthing;"),
        ("Q & A", "Q & A"),
        ("AT&T", "AT&T"),
        ("&", "&"),
        ("\x00\x0b\x1f", ""),
        ("\ufffe", ""),
    ],
)
def test_an_odd_reference_is_mended_and_nothing_else(text: str, odd: str, shown: str) -> None:
    feed = read(text.replace(TITLES[1], f"Bridge{odd}open"))
    assert [entry.given.title for entry in feed.entries] == [TITLES[0], f"Bridge{shown}open"]


@pytest.mark.parametrize(
    "odd",
    [
        "<georss:where><gml:Polygon><gml:posList>1 2</gml:posList></gml:Polygon></georss:where>",
        '<gml:pos xmlns:gml="http://www.opengis.net/gml">1 2</gml:pos>',
        "<georss:polygon>x</georss:polygon>",
        "<media:thumbnail url='http://['/><undeclared:thing a='1'/>",
        "<itunes:duration>x</itunes:duration><where/><title2>no</title2>",
        "<enclosure url='http://[' length='x'/><source url='http://['>Other</source>",
        "<link>http://[</link>",
        '<guid isPermaLink="true">http://[x</guid>',
        "<category><b></b></category>" + "<deep>" * 100 + "</deep>" * 100,
    ],
)
def test_an_odd_element_costs_nothing_else(odd: str) -> None:
    content = RSS_20.replace("<description>", f"{odd}<description>")
    feed = read(content)
    assert [entry.given.title for entry in feed.entries] == list(TITLES)
    assert feed.entries[1].given.summary == "After two weeks."


@XML_DIALECTS
@pytest.mark.parametrize("link", ["http://xn--ls8h.la/", "http://xn--/", "http://[", "http://a b/", "//", "x" * 9_000])
def test_a_link_to_an_impossible_host_costs_the_link(text: str, link: str) -> None:
    feed = read(text.replace(LINKS[0], link))
    assert [entry.given.title for entry in feed.entries] == list(TITLES)
    assert feed.entries[1].url == LINKS[1]


@pytest.mark.parametrize(
    "broken",
    [
        "<title>No end<link>https://kestrel.example/x</link>",
        "<description><p>One<br>two</description>",
        "<description><![CDATA[never ends</description>",
        "<description>a < b and <unclosed</description>",
        '<guid isPermaLink=false x="1" x="2">k</guid>',
        "</channel>",
        "<a><b></a></b>",
        "<deep>" * 400 + "</deep>" * 400,
    ],
)
def test_a_broken_entry_leaves_those_beside_it(broken: str) -> None:
    item = f"<item><title>Broken one</title>{broken}</item>"
    feed = read(RSS_20.replace("<!--", f"{item}<!--"))
    assert {TITLES[0], TITLES[1]} <= {entry.given.title for entry in feed.entries}
    assert feed.entries[0].text == "Nobody & nothing was hurt."
    assert not feed.whole


def test_an_element_of_that_name_is_no_feed_yet() -> None:
    for junk in ("<rss><a><b>x</b></a></rss>", "<feed><product>x</product></feed>", "<rss/>"):
        with pytest.raises(Rejected, match=r"not a feed: a <(rss|feed)> element without a channel, title or entry"):
            read(junk)
    for empty in ("<rss><channel/></rss>", "<feed><updated>2031-05-04T09:00:00Z</updated></feed>"):
        assert read(empty).entries == ()


def test_undeclared_prefixes_get_their_usual_namespace() -> None:
    item = "<item><title>A</title><dc:creator>Dana Holm</dc:creator><content:encoded>Full text</content:encoded></item>"
    (entry,) = read(f"<rss><channel>{item}</channel></rss>").entries
    assert (entry.given.authors, entry.text) == (("Dana Holm",), "Full text")


def test_what_a_program_wrote_before_the_feed_is_skipped() -> None:
    assert titles(f"\n<br />\n<b>Warning</b>: cannot modify\n{RSS_20}") == list(TITLES)


def test_a_document_type_declares_names_and_no_bombs() -> None:
    inner = (
        '<!DOCTYPE rss [<!ENTITY site "Kestrel &amp; Sons"><!ENTITY own "the Post"><!ENTITY x SYSTEM "/etc/passwd">]>'
    )
    text = f"{inner}<rss><channel><item><title>&own; &x; opens</title></item></channel></rss>"
    assert titles(text) == ["the Post &x; opens"]
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE rss [<!ENTITY l0 "lol">{laughs}]><rss><channel><item><title>&l11;</title></item></channel></rss>'
    assert titles(bomb) == ["&l11;"]
    wide = f'<!DOCTYPE rss [<!ENTITY a "{"a" * 200}">]><rss><channel><item><title>{"&a;" * 200_000}</title>'
    with pytest.raises(TooLarge, match="entities expand"):
        read(wide)


def test_an_immense_field_is_cut_with_a_mark() -> None:
    words = "the river rose again " * 60_000
    (entry,) = read(
        f"<rss><channel><item><title>A</title><description>{words}</description></item></channel></rss>"
    ).entries
    assert entry.given.summary is not None
    assert (len(entry.given.summary), entry.given.summary[-1]) == (10_000, "…")
    content = f"<content:encoded>{words}</content:encoded>"
    (entry,) = read(f"<rss><channel><item><title>A</title>{content}</item></channel></rss>").entries
    assert entry.text is not None
    assert entry.text.endswith(CUT)
    assert MAX_TEXT - 100 < len(entry.text) < MAX_TEXT + 10


# --- JSON Feed ----------------------------------------------------------------------------------------------------


def test_a_json_feed_brings_its_fields() -> None:
    first, second = read(JSON_FEED, "application/json").entries
    assert (first.text, first.given.authors, first.given.language) == ("Nobody was hurt.", ("Dana Holm",), "en")
    assert first.given.published == "2026-11-30T08:00:00Z"
    assert second.text == "After two weeks."


def test_a_json_feed_of_version_1_names_one_author() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1",
        "title": "K",
        "author": {"name": "The Desk"},
        "items": [{"id": "https://kestrel.example/a", "external_url": "https://other.example/", "content_text": "a"}],
    }
    (entry,) = read(json.dumps(feed)).entries
    assert (entry.url, entry.given.authors) == ("https://kestrel.example/a", ("The Desk",))


@pytest.mark.parametrize("odd", ["3", "null", '"x"', '{"id": {}}', "[]", '{"id": "k", "url": 3, "title": ["a"]}'])
def test_an_item_that_is_none_leaves_the_others(odd: str) -> None:
    feed = read(JSON_FEED.replace('"items": [', f'"items": [{odd}, '))
    assert {entry.given.title for entry in feed.entries} >= set(TITLES)


def test_a_json_feed_that_is_broken_gives_what_can_be_read() -> None:
    broken = JSON_FEED.replace('{"id": 2', '{"id": "bad\\u12", "title": "x"}, {"id": 2')
    feed = read(broken)
    assert [entry.given.title for entry in feed.entries] == list(TITLES)
    assert (feed.unreadable, feed.whole) == (1, False)
    assert [entry.given.title for entry in read(JSON_FEED[:-60]).entries] == [TITLES[0]]


def test_half_a_character_in_json_becomes_a_whole_one() -> None:
    (first, _) = read(JSON_FEED.replace(TITLES[0], "A \\ud83d b")).entries
    assert first.given.title == "A � b"


# --- aggregators --------------------------------------------------------------------------------------------------


def _aggregated(*entries: tuple[str, str]) -> ParsedFeed:
    items = "".join(
        f"<item><title>{title}</title><link>https://findit.example/go/{at}</link>{source}</item>"
        for at, (title, source) in enumerate(entries)
    )
    return read(f"<rss><channel><title>Findit</title>{items}</channel></rss>")


def test_the_source_names_the_publisher_and_leaves_the_title() -> None:
    (entry,) = _aggregated(
        ("Dam gate fails - Ormley Courier", '<source url="https://ormley.example">Ormley Courier</source>')
    ).entries
    assert (entry.given.title, entry.given.publisher) == ("Dam gate fails", "Ormley Courier")
    assert (entry.aggregated, entry.publisher_url) == (True, "https://ormley.example")


def test_names_behind_the_last_dash_of_all_titles_are_publishers() -> None:
    feed = _aggregated(
        ("Dam fails - Ormley Courier", ""), ("Gate - sticks - Sill News", ""), ("More rain - Sill News", "")
    )
    assert [(e.given.title, e.given.publisher) for e in feed.entries] == [
        ("Dam fails", "Ormley Courier"),
        ("Gate - sticks", "Sill News"),
        ("More rain", "Sill News"),
    ]
    own = _aggregated(("Dam fails - the day", ""), ("Second thing", ""), ("Third - of many", ""))
    assert not any(entry.aggregated for entry in own.entries)


# --- fuzz ---------------------------------------------------------------------------------------------------------

SCRAPS = [
    "&#xD83D;", "&", "<", ">", "]]>", "<![CDATA[", "<!--", "-->", "<item>", "</item>", "</title>", "<entry>", "\x00",
    "&#x110000;", "http://[", "http://xn--/", "<georss:point>x</georss:point>", '"', "'", "xmlns:a=''", "<a:b/>", "�",
    "<?", "?>", "<!DOCTYPE x [", "{", "}", "[", "]", ",", "\\u", "\\ud83d", "1e999", "null", "é", "\ud7ff", "𝕏",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A feed with pieces cut out, put in and doubled."""
    text = draw(st.sampled_from(list(ALL.values())))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        to = min(len(text), at + draw(st.integers(0, 30)))
        text = text[:at] + draw(st.sampled_from(SCRAPS) | st.just(text[at:to] * 2)) + text[to:]
    encoded = text.encode(draw(st.sampled_from(["utf-8", "utf-16", "utf-8-sig"])), "replace")
    return encoded[: draw(st.integers(0, len(encoded)))] if draw(st.booleans()) else encoded


@inputs(150)
@given(mutated())
def test_a_mutated_feed_gives_entries_or_our_own_error(content: bytes) -> None:
    try:
        feed = read(content)
    except StorywatchError:
        return
    for entry in feed.entries:
        assert entry.marks
        (entry.given.title or "").encode()  # no half characters, which no message can carry


@XML_DIALECTS
def test_scraps_between_entries_leave_both(text: str) -> None:
    tag = "<entry>" if text is ATOM else "<item"
    at = text.rindex(tag)
    rest = random.Random(7)
    for scrap in SCRAPS:
        if scrap in ("<![CDATA[", "<!--", "<item>", "<entry>", "<", "<?", "<!DOCTYPE x ["):
            continue  # what these begin swallows what follows, for any reader
        got = read(text[:at] + scrap * rest.randint(1, 3) + text[at:])
        assert {entry.given.title for entry in got.entries} >= set(TITLES), scrap
