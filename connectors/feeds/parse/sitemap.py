"""The bytes of an XML sitemap, or of an index of sitemaps -> its pages as entries for the watcher, or its sitemaps.

Formats: https://www.sitemaps.org/protocol.html, with the fields of Google's news sitemaps. Elements are told by their
local names, since the namespaces of real sitemaps vary.
"""

import contextlib
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from connectors.feeds.parse.entries import FeedEntry, ParsedFeed, SitemapLink, make_mark
from connectors.http.net import check_url
from streams.cleaning.text.formats import GZIP, gunzip
from streams.cleaning.when import feed_dates
from streams.contract.errors import Rejected, TooLarge, UsageError
from streams.contract.messages import SenderFields

MAX_SITEMAP_BYTES = 50 * 1024 * 1024  # the limit of the protocol, unpacked
MAX_LISTED = 50_000  # the limit of the protocol, for pages and for sitemaps
MAX_PAGES = 10_000  # the latest ones of these; a news sitemap has at most 1,000
_ROOT_WITHIN = 65_536  # bytes in which the root element begins, after comments and style sheets
_PROLOG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)\s*)*", re.DOTALL
)
_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?(urlset|sitemapindex)[\s>]")
# local names of the elements that are read of a page; those of images and videos have the same ones in other namespaces
_FIELDS = frozenset({"loc", "lastmod", "title", "publication_date", "language", "name"})
_MEDIA = ("sitemap-image", "sitemap-video", "sitemap-pagemap")

_Fields = dict[str, str]


def root_of(content: bytes) -> str | None:
    """The root element of a sitemap ("urlset") or of an index ("sitemapindex"); None for other content."""
    head = content
    if content.startswith(GZIP):
        try:
            head = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(content, _ROOT_WITHIN)
        except zlib.error:
            return None
    prolog = _PROLOG.match(head[:_ROOT_WITHIN])
    root = _ROOT.match(head, prolog.end() if prolog else 0)
    return root[1].decode() if root else None


def read(content: bytes, root: str) -> ParsedFeed:
    """The latest `MAX_PAGES` pages, the newest first, or the sitemaps of an index in their order.

    A page that cannot be read is counted. Of a truncated or malformed sitemap what comes before the damage is read.
    Raises `Rejected` when that is nothing, `TooLarge` beyond `MAX_SITEMAP_BYTES`, also after decompression.
    """
    whole = True
    if len(content) > MAX_SITEMAP_BYTES:
        raise TooLarge(f"over the limit of {MAX_SITEMAP_BYTES:,} bytes for a sitemap")
    if content.startswith(GZIP):
        content, whole = gunzip(content, MAX_SITEMAP_BYTES)
    found = _Listed(content)
    rows = list(found)
    if not rows and not found.whole:
        raise Rejected("a sitemap that cannot be read: broken XML before its first page")
    if root == "sitemapindex":
        links = [SitemapLink(url, _dated(row)) for row in rows if (url := _url(row)) is not None]
        unreadable = len(rows) - len(links)
        return ParsedFeed(None, (), found.left_out, whole, None, unreadable, "index", tuple(links))
    dated = sorted(((_dated(row), row) for row in rows), key=_newest_first)
    entries = [entry for date, row in dated[:MAX_PAGES] if (entry := _entry(row, date)) is not None]
    unreadable = min(len(dated), MAX_PAGES) - len(entries)
    once = {entry.marks: entry for entry in reversed(entries)}
    left_out = found.left_out + max(0, len(dated) - MAX_PAGES)
    return ParsedFeed(
        None, tuple(reversed(once.values())), left_out, whole and found.whole, None, unreadable, "sitemap"
    )


class _Listed:
    """The ``url`` or ``sitemap`` elements of a document as mappings, in memory for one element at a time."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.left_out = 0
        self.whole = True

    def __iter__(self) -> Iterator[_Fields]:
        events = etree.iterparse(
            io.BytesIO(self._content),
            events=("end",),
            recover=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        fields: _Fields = {}
        count = 0
        with contextlib.suppress(etree.XMLSyntaxError):  # what comes before the damage counts
            for _, element in events:
                name, space = _name(element)
                if name in _FIELDS and not any(media in space for media in _MEDIA):
                    fields.setdefault(name, "".join(element.itertext()).strip())
                elif name in ("url", "sitemap"):
                    count += 1
                    if count <= MAX_LISTED:
                        yield fields
                    fields = {}
                    _forget(element)
        self.left_out = max(0, count - MAX_LISTED)
        self.whole = not len(events.error_log)


def _name(element: Any) -> tuple[str, str]:
    """Local name and namespace, in lower case."""
    space, _, name = str(element.tag).rpartition("}")
    return name.lower(), space.lower()


def _forget(element: Any) -> None:
    """Free an element and those before it, which else stay in memory to the end."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _newest_first(dated: tuple[datetime | None, _Fields]) -> float:
    return -dated[0].timestamp() if dated[0] is not None else 0.0


def _dated(row: Mapping[str, str]) -> datetime | None:
    """When a page was published, else changed."""
    for text in (row.get("publication_date"), row.get("lastmod")):
        if not text:
            continue
        with contextlib.suppress(ValueError):  # the usual case, and far cheaper than what follows
            found = datetime.fromisoformat(text)
            with contextlib.suppress(OverflowError):
                return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        reading = feed_dates.parse(text[:100], row.get("language") or "en")
        if reading is not None:
            return reading.moment.value
    return None


def _url(row: Mapping[str, str]) -> str | None:
    try:
        return str(check_url(row.get("loc", ""), allow_private=True))
    except (UsageError, ValueError):  # ValueError: of a parser of host names
        return None


def _entry(row: Mapping[str, str], dated: datetime | None) -> FeedEntry | None:
    url = _url(row)
    if url is None:
        return None
    given = SenderFields(
        title=row.get("title") or None,
        publisher=row.get("name") or None,
        published=row.get("publication_date") or None,
        updated=row.get("lastmod") or None,
        language=row.get("language") or None,
    )
    return FeedEntry(marks=(make_mark("link", url),), url=url, text=None, given=given.bounded(), dated=dated)
