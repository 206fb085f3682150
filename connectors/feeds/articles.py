"""One feed entry -> a RawArticle: its page, or the feed's own text where the page cannot be had."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from connectors.feeds.parse.entries import CUT, FeedEntry
from connectors.http.fetch import Fetched
from connectors.http.net import shown
from streams.contract.errors import Rejected, TooLarge
from streams.contract.messages import ContentType, Lane, RawArticle, SenderFields
from streams.contract.urls import host_of

PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml"})


@dataclass(frozen=True)
class PollContext:
    """What all entries of one poll share."""

    feed: str
    lane: Lane
    at: datetime
    feed_title: str | None = None


def from_page(entry: FeedEntry, page: Fetched, arrival: PollContext) -> RawArticle:
    """The page as it came. Raises `Rejected` when it is no page to read (a PDF, an image) or an empty one."""
    is_html = page.content_type is None or page.content_type in PAGE_TYPES
    if not is_html and page.content_type != "text/plain":
        raise Rejected(f"{page.content_type}, not a page: {shown(page.url)}")
    form = ContentType.HTML if is_html else ContentType.TEXT
    address = _address(entry.url, page.url)
    return _arrived(page.content, form, address, page.charset, arrival, _given(entry, arrival), landed=page.url)


def from_feed(entry: FeedEntry, arrival: PollContext) -> RawArticle | None:
    """The entry's own full text, else its summary, else its title as a headline; None if it has none of them.

    Of an aggregator's entry the publisher is the one that it names. A text that does not fit a message is cut, with
    `CUT` at its end.
    """
    content = entry.text or entry.given.summary or entry.given.title
    given = replace(_given(entry, arrival), aggregated=entry.aggregated, publisher_url=entry.publisher_url)
    while content:
        try:
            return _arrived(content.encode(), ContentType.BODY, entry.url, "utf-8", arrival, given)
        except TooLarge:
            content = f"{content[: len(content) // 2].rstrip()} {CUT}"
    return None


def _given(entry: FeedEntry, arrival: PollContext) -> SenderFields:
    return replace(entry.given, feed_title=arrival.feed_title)


def _arrived(
    content: bytes,
    form: ContentType,
    url: str | None,
    charset: str | None,
    arrival: PollContext,
    given: SenderFields,
    *,
    landed: str | None = None,
) -> RawArticle:
    return RawArticle.arrive(
        content,
        form,
        fetched_at=arrival.at,
        received_at=arrival.at,
        lane=arrival.lane,
        url=url,
        landed=landed,
        charset=charset,
        origin=arrival.feed,
        given=given,
    )


def _address(link: str | None, landed: str) -> str:
    """The entry's link; but where that led to another host, it was a redirector's, and the page's own tells more."""
    if link is None or _host(link) != _host(landed):
        return landed
    return link


def _host(url: str) -> str:
    return host_of(url).removeprefix("www.")
