"""The text of a JSON Feed (1.0 or 1.1) -> its entries; an error costs one entry.

Specification: https://jsonfeed.org/version/1.1
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from connectors.feeds.parse.items import MAX_ENTRIES, FeedItem, FeedItems
from streams.contract.errors import Rejected

MEDIA_TYPE = "application/feed+json"
MAX_BROKEN = 50  # entries that are skipped in a truncated or malformed feed
_VERSION = re.compile(r"jsonfeed\.org/version")
_ITEMS = re.compile(r"\"items\"\s*:\s*\[")
_NEXT = re.compile(r"\}\s*,\s*(?=\{)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_DECODER = json.JSONDecoder(strict=False)  # allows line breaks inside strings, which some programs write
_SPACE = re.compile(r"[\s,]*")


def is_json_feed(text: str, content_type: str | None) -> bool:
    """By its media type, or by the version URL in its text."""
    start = text[:4_096].lstrip("\ufeff \t\r\n")
    return start.startswith("{") and (content_type == MEDIA_TYPE or bool(_VERSION.search(text.replace("\\/", "/"))))


def read(text: str, url: str) -> FeedItems:
    """The entries of a feed. Raises `Rejected` without a list of them."""
    text = text.strip("\ufeff \t\r\n")
    try:
        feed = _DECODER.decode(text)
    except RecursionError as error:
        raise Rejected("not a JSON feed: nested too deep") from error
    except ValueError as error:
        return _broken(text, url, error)
    found = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(found, list):
        raise Rejected("not a JSON feed: it has no list of items")
    items = [_item(one, feed, url) for one in found[:MAX_ENTRIES]]
    good = [item for item in items if item is not None]
    return FeedItems(
        _string(feed.get("title")) or None,
        _string(feed.get("language")) or None,
        None,
        good,
        left_out=max(0, len(found) - MAX_ENTRIES),
        unreadable=len(items) - len(good),
        earlier=_joined(url, _string(feed.get("next_url"))),
    )


def _broken(text: str, url: str, error: ValueError) -> FeedItems:
    start = _ITEMS.search(text)
    if start is None:
        raise Rejected(f"not a JSON feed: {_SURROGATE.sub('�', str(error))}") from error
    head = {name: _in_head(text[: start.start()], name) for name in ("title", "language", "home_page_url")}
    items: list[FeedItem] = []
    unreadable = 0
    for value in _values(text, start.end()):
        item = _item(value, head, url)
        unreadable += item is None
        items += [item] if item is not None else []
    return FeedItems(head["title"] or None, head["language"] or None, None, items, unreadable=unreadable, whole=False)


def _in_head(head: str, name: str) -> str:
    found = re.search(rf"\"{name}\"\s*:\s*(\"(?:[^\"\\]|\\.){{0,500}}\")", head)
    try:
        return _string(_DECODER.decode(found[1])) if found else ""
    except ValueError:
        return ""


def _values(text: str, at: int) -> Iterator[Any]:
    """The items of a list from an offset on; None for each that is malformed."""
    broken = 0
    count = 0
    while count < MAX_ENTRIES:
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty string too
        if text[at : at + 1] != "{":
            return
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            broken += 1
            following = _NEXT.search(text, at)
            yield None
            if following is None or broken > MAX_BROKEN:
                return
            at = following.end()
        else:
            count += 1
            yield value


def _item(value: Any, feed: Mapping[str, Any], url: str) -> FeedItem | None:
    if not isinstance(value, dict):
        return None
    home = _string(feed.get("home_page_url")) or url
    own = _string(value.get("id"))
    links = [_string(value.get("url")), own if own.startswith(("http://", "https://")) else ""]
    link = next((link for link in (*links, _string(value.get("external_url"))) if link), "")
    item = FeedItem(
        id=own,
        link=_joined(home, link),
        title=_string(value.get("title")),
        summary=_string(value.get("summary")),
        content=_string(value.get("content_html")),
        text=_string(value.get("content_text")),
        authors=_authors(value) or _authors(feed),
        dates=tuple(date for name in ("date_published", "date_modified") if (date := _string(value.get(name)))),
        language=_string(value.get("language")) or None,
    )
    return item if item.holds_something else None


def _authors(holder: Mapping[str, Any]) -> tuple[str, ...]:
    """``authors`` of version 1.1, else ``author`` of 1.0; also where a name stands in place of an object."""
    given = holder.get("authors") or holder.get("author") or []
    people = given if isinstance(given, list) else [given]
    names = (_string(person.get("name")) if isinstance(person, dict) else _string(person) for person in people)
    return tuple(name for name in names if name)


def _string(value: Any) -> str:
    """Text, or a number as text (ids). A lone surrogate, which JSON can escape, becomes U+FFFD."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return _SURROGATE.sub("�", str(value)).strip()


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link) if link else ""
    except ValueError:
        return link
