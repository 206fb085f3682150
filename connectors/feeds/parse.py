"""The bytes of an RSS or Atom feed -> its entries, or one line on why it is no feed. Fetches nothing."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax import SAXException

import feedparser
import html_text
from lxml import etree

from connectors.net import check_url
from streams.errors import Misuse, Rejected
from streams.messages import Given, digest

MAX_FEED_BYTES = 5_000_000  # news feeds are under 1 MB; parsing takes 1.3 ms an entry
MAX_ENTRIES = 1_000  # news feeds have 10 to 100; an archive is not a feed to follow
LOOSE_BYTES = 300_000  # feedparser's own reader of broken XML is quadratic: 0.2 MB took up to 4 s, 0.9 MB 16 s
ROOT_WITHIN = 65_536  # bytes in which the first element of a feed begins, after comments and style sheets
MINUTE = 60.0
_BARE_AMPERSAND = re.compile(rb"&(?!#|(?:amp|lt|gt|quot|apos);)")  # and entities that only HTML knows
_ROOT = re.compile(rb"<(?:[a-z0-9]+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_LINK = re.compile(rb"<link\b[^>]{0,500}application/(?:rss|atom)\+xml[^>]{0,500}>", re.IGNORECASE)
_HREF = re.compile(rb"href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One entry. ``marks`` tell it from the others of its feed, in this poll and the next; any one is enough."""

    marks: tuple[str, ...]
    url: str | None
    content: str | None  # the full text as HTML, if the feed carries it
    given: Given


@dataclass(frozen=True)
class Feed:
    """A feed, newest entry first as most are written. ``whole`` is False when the XML breaks off or is broken."""

    title: str | None
    entries: tuple[Entry, ...]
    left_out: int  # entries beyond `MAX_ENTRIES`
    whole: bool
    ttl_seconds: float | None


def parse(content: bytes, *, url: str, content_type: str | None = None, charset: str | None = None) -> Feed:
    """Raises `Rejected` for what is not a feed; the line names the feed of an HTML page that has one."""
    start = content[:ROOT_WITHIN]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.decode("utf-16", "ignore").encode()
    if not _ROOT.search(start):
        raise Rejected(_not_a_feed(start))
    media_type = content_type or "application/xml"
    headers = {
        "content-location": url,  # what relative links are relative to
        "content-type": f"{media_type}; charset={charset}" if charset else media_type,
    }
    mended = _mended(content) if len(content) > LOOSE_BYTES else None
    try:
        # of bytes feedparser would take a short one for a file's name: a stream is only ever read
        parsed = feedparser.parse(io.BytesIO(content if mended is None else mended), response_headers=headers)
        broken = mended is not None or isinstance(parsed.get("bozo_exception"), SAXException)
        feed = _feed(parsed, whole=not broken) if parsed.get("version") else None
    except Exception as error:  # a parser of thousands of dialects: one strange feed must not stop the others
        raise Rejected(f"cannot be read as a feed: {type(error).__name__}: {error}".splitlines()[0]) from error
    if feed is None:
        raise Rejected(_not_a_feed(start))
    return feed


def _not_a_feed(start: bytes) -> str:
    if not start.strip():
        return "empty: not a feed"
    if not _HTML.search(start):
        return "not an RSS or Atom feed"
    link = _LINK.search(start)
    href = _HREF.search(link.group()) if link else None
    named = f"; the page names the feed {href.group(1).decode('utf-8', 'replace')}" if href else ""
    return "a web page, not an RSS or Atom feed" + named


def _mended(content: bytes) -> bytes | None:
    """Broken XML as libxml2 understands it; None if nothing is wrong with it."""
    try:
        etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        lenient = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
        root = etree.fromstring(_BARE_AMPERSAND.sub(b"&amp;", content), lenient)
        return b"" if root is None else bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))
    return None


def _feed(parsed: Any, *, whole: bool) -> Feed:
    title = _text(parsed.feed, "title")
    language = _text(parsed.feed, "language")
    items = [_Item(item) for item in parsed.entries[:MAX_ENTRIES]]
    ids, links = _owners(items, "id"), _owners(items, "link")
    seen: dict[tuple[str, ...], Entry] = {}
    for item in items:
        own = [f"id:{item.id}"] if item.id and len(ids[item.id]) == 1 else []
        own += [f"link:{item.link}"] if item.link and len(links[item.link]) == 1 else []
        marks = tuple(digest(mark) for mark in own) or (digest(item.id, item.link, item.title),)
        seen.setdefault(marks, item.entry(marks, title, language))
    return Feed(
        title=title,
        entries=tuple(seen.values()),
        left_out=max(0, len(parsed.entries) - MAX_ENTRIES),
        whole=whole,
        ttl_seconds=_minutes(parsed.feed.get("ttl")),
    )


def _owners(items: list["_Item"], name: str) -> dict[str, set[tuple[str, str]]]:
    """Which entries share an id or a link: a value shared by different ones (the home page, say) marks none."""
    owners: dict[str, set[tuple[str, str]]] = {}
    for item in items:
        owners.setdefault(getattr(item, name), set()).add((item.id, item.link))
    return owners


class _Item:
    """One entry as feedparser gives it."""

    def __init__(self, item: Any) -> None:
        self._item = item
        self.id = str(item.get("id") or "").strip()
        # FeedBurner's links lead through its own host; the original stands beside them
        self.link = str(item.get("feedburner_origlink") or item.get("link") or "").strip()
        self.title = _text(item, "title") or ""

    def entry(self, marks: tuple[str, ...], feed_title: str | None, language: str | None) -> Entry:
        url = _web(self.link)
        source = self._item.get("source")
        publisher = _text(source, "title") if isinstance(source, Mapping) else None
        return Entry(
            marks=marks,
            url=url,
            content=self._content(),
            given=Given(
                title=self.title or None,
                summary=_text(self._item, "summary"),
                authors=self._authors(),
                # with a URL the publisher is told from it; the feed's title may be an aggregator's
                publisher=publisher or (None if url else feed_title),
                published=str(self._item.get("published") or self._item.get("updated") or "").strip() or None,
                language=language,
            ),
        )

    def _content(self) -> str | None:
        values = [str(part.get("value") or "") for part in self._item.get("content") or ()]
        return max(values, key=len, default="").strip() or None

    def _authors(self) -> tuple[str, ...]:
        names = [_plain(str(author.get("name") or "")) for author in self._item.get("authors") or ()]
        return tuple(dict.fromkeys(name for name in names if name))


def _web(link: str) -> str | None:
    try:
        return str(check_url(link, allow_private=True)) if link else None
    except Misuse:
        return None


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    return _plain(str(fields.get(name) or "")) or None


def _plain(value: str) -> str:
    """Without tags and entities, which feeds hold in titles too."""
    if "<" in value or "&" in value:
        return str(html_text.extract_text(value)).strip()
    return value.strip()


def _minutes(value: object) -> float | None:
    text = str(value or "").strip()
    return float(text) * MINUTE if text.isdecimal() else None
