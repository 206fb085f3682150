"""One feed entry -> a RawArticle: of its page, or of the feed's own text where the page is not available."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    headers: Mapping[str, str] = field(default_factory=dict)  # with which pages are requested


def from_page(entry: FeedEntry, page: Fetched, poll: PollContext) -> RawArticle:
    """The page as it arrived. Raises `Rejected` for other content (a PDF, an image) and for an empty page."""
    is_html = page.content_type is None or page.content_type in PAGE_TYPES
    if not is_html and page.content_type != "text/plain":
        raise Rejected(f"{page.content_type}, not a page: {shown(page.url)}")
    form = ContentType.HTML if is_html else ContentType.TEXT
    address = _address(entry.url, page.url)
    return _arrived(page.content, form, address, page.charset, poll, _given(entry, poll), landed=page.url)


def from_feed(entry: FeedEntry, poll: PollContext) -> RawArticle | None:
    """The entry's full text, else its summary, else its title as a headline; None without any of them.

    The publisher of an aggregator's entry is the one that it names. A text that does not fit a message is truncated,
    with `CUT` at its end.
    """
    content = entry.text or entry.given.summary or entry.given.title
    given = replace(_given(entry, poll), aggregated=entry.aggregated, publisher_url=entry.publisher_url)
    while content:
        try:
            return _arrived(content.encode(), ContentType.BODY, entry.url, "utf-8", poll, given)
        except TooLarge:
            content = f"{content[: len(content) // 2].rstrip()} {CUT}"
    return None


def _given(entry: FeedEntry, poll: PollContext) -> SenderFields:
    return replace(entry.given, feed_title=poll.feed_title)


def _arrived(
    content: bytes,
    form: ContentType,
    url: str | None,
    charset: str | None,
    poll: PollContext,
    given: SenderFields,
    *,
    landed: str | None = None,
) -> RawArticle:
    return RawArticle.arrive(
        content,
        form,
        fetched_at=poll.at,
        received_at=poll.at,
        lane=poll.lane,
        url=url,
        landed=landed,
        charset=charset,
        origin=poll.feed,
        given=given,
    )


def _address(link: str | None, landed: str) -> str:
    """The entry's link; the page's own address where the link was that of a redirector on another host."""
    if link is None or _host(link) != _host(landed):
        return landed
    return link


def _host(url: str) -> str:
    return host_of(url).removeprefix("www.")
