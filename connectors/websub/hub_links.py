"""The WebSub hub that a feed names, in the header ``Link`` or in its own head."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from connectors.http.net import check_url
from streams.contract.errors import UsageError
from streams.contract.urls import join

HEAD_BYTES = 100_000  # links of the feed itself stand before its entries
MAX_JSON_BYTES = 10_000_000
# <link rel="hub" href="..."/>, <atom:link .../>, with its attributes in any order
_LINK = re.compile(r"<(?:[a-z][a-z0-9]{0,20}:)?link\b([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(rel|href)\s{0,9}=\s{0,9}(?:"([^"]{1,2000})"|'([^']{1,2000})')""", re.IGNORECASE)
_HEADER = re.compile(r"""<([^<>]{1,2000})>\s{0,9}((?:;[^,<>]{0,500}){1,9})""")
_REL = re.compile(r"""\brel\s{0,9}=\s{0,9}"?([^";,]{1,200})""", re.IGNORECASE)


@dataclass(frozen=True)
class HubLinks:
    """``topic``: what to subscribe to, the address that the feed gives itself."""

    hub: str
    topic: str


def find_hub(content: bytes, headers: Mapping[str, str], url: str) -> HubLinks | None:
    """The first hub that may be asked. ``headers``: names in lower case; ``url``: of the feed, after redirects."""
    found: dict[str, str] = {}
    links = [*_from_header(headers.get("link", "")), *_from_json(content), *_from_markup(content)]
    for relation, address in links:
        absolute = join(url, address)
        if relation in ("hub", "self") and relation not in found and absolute is not None and _is_allowed(absolute):
            found[relation] = absolute
    return HubLinks(found["hub"], found.get("self", url)) if "hub" in found else None


def _is_allowed(url: str) -> bool:
    """Whether a URL has a form that can be asked; what address it leads to is checked when it is."""
    try:
        check_url(url, allow_private=True)
    except UsageError:
        return False
    return True


def _from_header(value: str) -> Iterator[tuple[str, str]]:
    for address, parameters in _HEADER.findall(value):
        if relation := _REL.search(parameters):
            yield from ((one, address) for one in relation[1].lower().split())


def _from_markup(content: bytes) -> Iterator[tuple[str, str]]:
    head = content[:HEAD_BYTES].decode("utf-8", "replace")
    for attributes in _LINK.findall(head):
        given = {name.lower(): html.unescape(one or other) for name, one, other in _ATTRIBUTE.findall(attributes)}
        if "href" in given:
            yield from ((one, given["href"]) for one in given.get("rel", "").lower().split())


def _from_json(content: bytes) -> Iterator[tuple[str, str]]:
    """``hubs`` and ``feed_url`` of a JSON Feed."""
    if content.lstrip()[:1] != b"{" or len(content) > MAX_JSON_BYTES:
        return
    try:
        feed: Any = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    hubs = feed.get("hubs")
    for hub in hubs if isinstance(hubs, list) else ():
        if isinstance(hub, dict) and str(hub.get("type", "")).lower() == "websub" and isinstance(hub.get("url"), str):
            yield "hub", hub["url"]
    if isinstance(feed.get("feed_url"), str):
        yield "self", feed["feed_url"]
