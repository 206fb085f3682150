"""The text of an RSS or Atom feed -> its entries, by feedparser; an error costs one entry.

feedparser gets a well-formed document with only the elements that are read: it raises on some elements that are not
needed (GeoRSS), and its own parser of malformed XML takes time that grows with the square of the size.
"""

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
from lxml import etree

from connectors.feeds.parse import xml_text
from connectors.feeds.parse.items import MAX_ENTRIES, FeedItem, FeedItems
from connectors.feeds.parse.xml_text import FeedDocument

_ENTRY_NAMES = frozenset({"item", "entry"})
# local names of the elements that are read of an entry, and of the feed itself
_OF_ENTRY = frozenset({
    "title", "link", "guid", "id", "description", "summary", "abstract", "content", "encoded", "body", "fullitem",
    "pubdate", "published", "issued", "created", "updated", "modified", "date", "author", "creator", "source",
    "language", "origlink",
})  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EARLIER = ("prev-archive", "next", "previous", "prev")
_OF_FEED = frozenset({"title", "language", "ttl", "link"})
_ADDRESSES = frozenset({"link", "guid", "id", "source", "origlink", "{http://www.w3.org/xml/1998/namespace}base"})
_READ_SPACES = frozenset(
    uri.lower() for uri in (*xml_text.NAMESPACES.values(), "http://purl.org/rss/1.0/", "http://purl.org/atom/ns#")
)
_NAMED_FIELDS = "title|link|guid|id|description|summary|content:encoded|content|pubDate|published|updated|issued|"
_FIELD = re.compile(
    rf"<({_NAMED_FIELDS}modified|dc:date|dc:creator|author|source|language|feedburner:origLink)(\s[^<>]{{0,2000}})?>",
    re.IGNORECASE,
)
_PARSER = {"resolve_entities": False, "no_network": True, "remove_comments": True, "remove_pis": True}
MINUTE = 60.0


def read(document: FeedDocument, url: str, *, well_formed: bool) -> FeedItems:
    """The entries of a feed. ``well_formed``: whether its text was so before it was repaired."""
    tree = _tree(document.text)
    if tree is not None:
        own = [element for element in tree.iter(etree.Element) if _is_entry(element) and not _inside_entry(element)]
        earlier = _earlier(tree, url)
        items = _read_all(document, tree, own[:MAX_ENTRIES], url)
        if items is not None:
            left_out = max(0, len(own) - MAX_ENTRIES)
            hours, days = _skips(tree)
            return FeedItems(
                *items, left_out=left_out, whole=well_formed, skip_hours=hours, skip_days=days, earlier=earlier
            )
    around, parts = xml_text.entries(document)
    head = _head(document, around, url)
    found: list[FeedItem] = []
    unreadable = 0
    for part in parts[:MAX_ENTRIES]:
        one = _read_one(document, part, url)
        found += one
        unreadable += not one
    return FeedItems(*head, found, unreadable=unreadable, left_out=max(0, len(parts) - MAX_ENTRIES), whole=False)


def _skips(tree: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The hours (0 to 23, 24 is 0) and weekdays of ``skipHours`` and ``skipDays``."""
    channel = next((child for child in tree if _name(child) == "channel"), tree)
    texts: dict[str, set[str]] = {"hour": set(), "day": set()}
    for child in channel:
        if _name(child) in ("skiphours", "skipdays"):
            for one in child:
                texts.get(_name(one), set()).add(str(one.text or "").strip().lower())
    hours = {int(text) % 24 for text in texts["hour"] if text.isdecimal() and len(text) <= 2 and int(text) <= 24}
    return tuple(sorted(hours)), tuple(at for at, day in enumerate(_WEEKDAYS) if day in texts["day"])


def _earlier(tree: Any, url: str) -> str:
    """Where RFC 5005 has the page before this one: ``prev-archive``, or ``next`` of a paged feed, else ``previous``."""
    channel = next((child for child in tree if _name(child) == "channel"), tree)
    links = {str(child.get("rel")).strip().lower(): child for child in channel if _name(child) == "link"}
    found = next((links[name] for name in _EARLIER if name in links), None)
    try:
        return urljoin(urljoin(url, found.base or ""), str(found.get("href") or "")) if found is not None else ""
    except ValueError:  # an address that cannot be split
        return ""


def _tree(text: str) -> Any:
    """None for what is not well-formed, or nested deeper than the limit of libxml2 (256)."""
    try:
        return etree.fromstring(text.encode(), etree.XMLParser(**_PARSER))
    except (etree.XMLSyntaxError, ValueError):
        return None


def _is_entry(element: Any) -> bool:
    return _name(element) in _ENTRY_NAMES and _name(element.getparent()) not in _OF_ENTRY


def _inside_entry(element: Any) -> bool:
    return any(_name(above) in _ENTRY_NAMES for above in element.iterancestors())


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].lower() if element is not None else ""


def _space(element: Any) -> str:
    return str(element.tag).rpartition("}")[0].removeprefix("{").lower()


def _read_all(
    document: FeedDocument, tree: Any, own: list[Any], url: str
) -> tuple[str | None, str | None, float | None, list[FeedItem]] | None:
    """All entries by one call of feedparser; None when it fails, or returns another number of them."""
    texts = [_serialised(element) for element in own]
    feed = next((child for child in tree if _name(child) == "channel"), tree)
    around = "".join(_serialised(child) for child in feed if _name(child) in _OF_FEED and _is_read(child))
    parsed = _parsed(document.wrapped("".join(texts), around), url, len(texts))
    if parsed is None:
        return None
    return *_of_feed(parsed), [_item(entry) for entry in parsed.entries]


def _parsed(text: str, url: str, count: int) -> Any:
    try:
        parsed = feedparser.parse(
            io.BytesIO(text.encode()),  # not bytes: feedparser takes short ones for a file name
            response_headers={"content-location": url, "content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,  # only its text is used, and sanitising takes most of the time
            resolve_relative_uris=False,
        )
    except Exception:  # whatever feedparser raises, the entries are read one by one
        return None
    return parsed if len(parsed.entries) == count and not isinstance(parsed.get("bozo_exception"), _SAX) else None


_SAX = feedparser.api.xml.sax.SAXException


def _serialised(element: Any) -> str:
    """The element with only the children that are read."""
    if _name(element) in _ENTRY_NAMES:
        for child in list(element):
            if _name(child) not in _OF_ENTRY or not _is_read(child):
                element.remove(child)
    for inner in element.iter(etree.Element):
        _drop_addresses(inner)
    element.tail = None
    return str(etree.tostring(element, encoding="unicode"))


def _is_read(element: Any) -> bool:
    space = _space(element)
    return not space or space in _READ_SPACES or "rss" in space or "netscape" in space


def _drop_addresses(element: Any) -> None:
    """Remove URLs that `urlsplit` refuses, on which feedparser raises: that costs the link, not the entry."""
    for name, value in list(element.attrib.items()):
        if not _splits(value):
            del element.attrib[name]
    if _name(element) in _ADDRESSES and element.text and not _splits(element.text):
        if _name(element) in ("guid", "id"):
            element.set("isPermaLink", "false")
            element.text = element.text.replace("[", "(").replace("]", ")")
        else:
            element.text = ""


def _splits(value: str) -> bool:
    try:
        urlsplit(value.strip())
    except ValueError:
        return False
    return True


def _read_one(document: FeedDocument, part: str, url: str) -> list[FeedItem]:
    """The entry in a part of a feed: as it is, else rebuilt field by field; empty when there is nothing to read."""
    for text in (part, _rebuilt(part)):
        tree = _tree(document.wrapped(text))
        own = [element for element in tree.iter(etree.Element) if _is_entry(element)][:1] if tree is not None else []
        parsed = _parsed(document.wrapped(_serialised(own[0])), url, 1) if own else None
        if parsed is not None:
            return [item for item in map(_item, parsed.entries) if item.holds_something]
    return []


def _rebuilt(part: str) -> str:
    """A malformed entry rebuilt from its complete fields, each as text where it is not well-formed."""
    opened = re.match(r"<([A-Za-z0-9:]+)", part)
    name = opened[1] if opened else "item"
    return f"<{name}>{''.join(_fields(part))}</{name}>"


def _fields(part: str) -> Iterator[str]:
    at = 0
    lower = part.lower()
    unclosed: set[str] = set()
    while found := _FIELD.search(part, at):
        at = found.end()
        name, attributes = found[1], found[2] or ""
        if attributes.rstrip().endswith("/"):
            yield _field(name, attributes.rstrip()[:-1], "")
            continue
        closing = f"</{name.lower()}"
        end = -1 if closing in unclosed else lower.find(closing, at)
        if end < 0:
            unclosed.add(closing)
            continue
        yield _field(name, attributes, part[at:end])
        at = end


def _field(name: str, attributes: str, inner: str) -> str:
    kept = dict.fromkeys(
        re.findall(r"((?<![\w.:-])[A-Za-z_][\w.:-]{0,160}\s{0,20}=\s{0,20}(?:\"[^\"<]*\"|'[^'<]*'))", attributes)
    )
    start = f"<{name} {' '.join(one for one in kept if not one.startswith('xmlns'))}>"
    whole = f"{start}{inner}</{name}>"
    prefixes = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in xml_text.NAMESPACES.items())
    if _tree(f"<x{prefixes}>{whole}</x>") is not None:
        return whole
    text = inner.strip().removeprefix("<![CDATA[").removesuffix("]]>")
    start = start if _tree(f"<x{prefixes}>{start}</{name}></x>") is not None else f"<{name}>"
    return (
        f"{start}{text.replace('&amp;', '&').replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</{name}>"
    )


def _head(document: FeedDocument, around: str, url: str) -> tuple[str | None, str | None, float | None]:
    """Title, language and ttl of a malformed feed."""
    fields = "".join(re.findall(r"<(?:title|language|ttl)>[^<>]{0,500}</(?:title|language|ttl)>", around)[:10])
    if _tree(document.wrapped("", fields)) is None:
        return None, None, None
    parsed = _parsed(document.wrapped("", fields), url, 0)
    return (None, None, None) if parsed is None else _of_feed(parsed)


def _of_feed(parsed: Any) -> tuple[str | None, str | None, float | None]:
    ttl = str(parsed.feed.get("ttl") or "").strip()
    seconds = float(ttl) * MINUTE if ttl.isdecimal() and len(ttl) < 10 else None
    return _text(parsed.feed, "title"), _text(parsed.feed, "language"), seconds


def _item(entry: Any) -> FeedItem:
    source = entry.get("source")
    source = source if isinstance(source, Mapping) else {}
    contents = [str(part.get("value") or "") for part in entry.get("content") or ()]
    dates = [str(entry.get(name) or "").strip() for name in ("published", "updated", "created") if name in entry]
    return FeedItem(
        id=str(entry.get("id") or "").strip(),
        # FeedBurner's links are redirects; the original is a field of its own
        link=str(entry.get("feedburner_origlink") or entry.get("link") or "").strip(),
        title=_text(entry, "title") or "",
        summary=_text(entry, "summary") or "",
        content=max(contents, key=len, default="").strip(),
        authors=tuple(str(author.get("name") or "") for author in entry.get("authors") or ()),
        source=_text(source, "title") or "",
        source_url=str(source.get("href") or source.get("link") or source.get("url") or "").strip(),
        dates=tuple(dict.fromkeys(date for date in dates if date)),
        language=None,
    )


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    return str(fields.get(name) or "").strip() or None
