"""The bytes of an RSS, Atom or JSON feed, or of a sitemap -> its entries, or one line on why it is not a feed.

Pure, but on untrusted text: the watcher runs it in a process with limits, see `connectors.feeds.parse.sandbox`.
"""

import re

from lxml import etree

from connectors.feeds.parse import json_feed, sitemap, xml_feed, xml_text
from connectors.feeds.parse.encoding import decode
from connectors.feeds.parse.entries import MAX_FEED_BYTES, ParsedFeed, to_parsed_feed
from streams.contract.errors import Rejected, StorywatchError, TooLarge

_HTML = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_OPML = re.compile(r"<opml[\s>]", re.IGNORECASE)
_HEAD = re.compile(r"<(?:[a-z0-9]+:)?(?:channel|updated)[\s>/]", re.IGNORECASE)  # an empty feed has one of them
_FEED_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:(?:<\?[^>]*>|<!--(?:[^-]|-(?!->))*-->|<!DOCTYPE[^>]*>)\s*)*<(?:rss|feed|rdf:RDF)[\s>]",
    re.IGNORECASE,
)
_LINK = re.compile(r"<link\b[^>]{0,500}application/(?:rss|atom|feed)\+(?:xml|json)[^>]{0,500}>", re.IGNORECASE)
_HREF = re.compile(r"href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)


def looks_like_feed(content: bytes, content_type: str | None) -> bool:
    """Whether an answer is a feed or sitemap rather than a page."""
    if content_type == json_feed.MEDIA_TYPE or sitemap.root_of(content) is not None:
        return True
    return bool(_FEED_ROOT.match(content[: xml_text.ROOT_WITHIN]))


def parse(content: bytes, *, url: str, content_type: str | None = None, charset: str | None = None) -> ParsedFeed:
    """Parse a feed. ``url``: the base of relative links; ``charset``: that of the HTTP header.

    Raises `Rejected` for what is not a feed; for an HTML page the line names the feed that it links to. Raises
    `TooLarge` beyond `MAX_FEED_BYTES`, also after decompression, and for entity bombs. A sitemap has its own limit.
    """
    root = sitemap.root_of(content)
    if root is None and len(content) > MAX_FEED_BYTES:
        raise TooLarge(f"over the limit of {MAX_FEED_BYTES:,} bytes for a feed")
    try:
        if root is not None:
            return sitemap.read(content, root)
        return _read(decode(content, charset, MAX_FEED_BYTES), url, content_type)
    except StorywatchError:
        raise
    except MemoryError as error:
        raise TooLarge("needs too much memory to be read") from error
    except Exception as error:  # of library parsers on untrusted bytes; one feed must not stop the others
        detail = " ".join(str(error).split())[:200]
        raise Rejected(f"cannot be read as a feed: {type(error).__name__}: {detail}") from error


def _read(text: str, url: str, content_type: str | None) -> ParsedFeed:
    if json_feed.is_json_feed(text, content_type):
        return to_parsed_feed(json_feed.read(text, url))
    document = xml_text.read(text)
    if document is None:
        raise Rejected(_not_a_feed(text[: xml_text.ROOT_WITHIN]))
    feed = to_parsed_feed(xml_feed.read(document, url, well_formed=_is_well_formed(text)))
    if not feed.entries and not feed.title and not feed.unreadable:
        if _HTML.search(text[: xml_text.ROOT_WITHIN]):
            raise Rejected(_not_a_feed(text[: xml_text.ROOT_WITHIN]))
        if not _HEAD.search(document.inner):
            raise Rejected(f"not a feed: a <{document.name}> element without a channel, title or entry")
    return feed


def _is_well_formed(text: str) -> bool:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        etree.fromstring(re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text, count=1).encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return False
    return True


def _not_a_feed(start: str) -> str:
    if not start.strip():
        return "empty: not a feed"
    if _OPML.search(start):
        return "a list of feeds (OPML): `storywatch source import` takes it"
    if not _HTML.search(start):
        return "not an RSS, Atom or JSON feed"
    link = _LINK.search(start)
    href = _HREF.search(link.group()) if link else None
    named = f"; the page names the feed {href.group(1)}" if href else ""
    return "a web page, not an RSS, Atom or JSON feed" + named
