"""One feed entry -> a RawArticle: its page, or the feed's own text where the page cannot be had."""

from dataclasses import dataclass
from datetime import datetime

import html_text
import httpx

from connectors.feeds.parse import Entry
from connectors.fetch import Fetched
from connectors.net import shown
from streams.errors import Rejected
from streams.messages import Form, Lane, RawArticle

PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml"})


@dataclass(frozen=True)
class Arrival:
    """What all entries of one poll share."""

    feed: str
    lane: Lane
    at: datetime


def from_page(entry: Entry, page: Fetched, arrival: Arrival) -> RawArticle:
    """The page as it came. Raises `Rejected` when it is no page to read (a PDF, an image) or an empty one."""
    is_html = page.content_type is None or page.content_type in PAGE_TYPES
    if not is_html and page.content_type != "text/plain":
        raise Rejected(f"{page.content_type}, not a page: {shown(page.url)}")
    return RawArticle.arrive(
        page.content,
        Form.HTML if is_html else Form.TEXT,
        fetched_at=arrival.at,
        received_at=arrival.at,
        lane=arrival.lane,
        url=_address(entry.url, page.url),
        landed=page.url,
        charset=page.charset,
        origin=arrival.feed,
        given=entry.given,
    )


def from_feed(entry: Entry, arrival: Arrival) -> RawArticle | None:
    """The entry's own full text, else its summary, else its title as a headline; None if it has none of them."""
    text = html_text.extract_text(entry.content).strip() if entry.content else entry.given.summary
    content = text or entry.given.title
    if not content:
        return None
    return RawArticle.arrive(
        content.encode(),
        Form.BODY if text else Form.TEXT,
        fetched_at=arrival.at,
        received_at=arrival.at,
        lane=arrival.lane,
        url=entry.url,
        charset="utf-8",
        origin=arrival.feed,
        given=entry.given,
    )


def _address(link: str | None, landed: str) -> str:
    """The entry's link; but where that led to another host, it was a redirector's, and the page's own tells more."""
    if link is None or _host(link) != _host(landed):
        return landed
    return link


def _host(url: str) -> str:
    return httpx.URL(url).host.removeprefix("www.")
