"""Which pages of a sitemap, and which sitemaps of an index, a poll asks for.

A sitemap may list a whole archive, which is not crawled: a watched sitemap brings what is new.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from connectors.feeds.parse.entries import MAX_FEED_BYTES, FeedEntry, ParsedFeed, SitemapLink
from connectors.feeds.parse.sitemap import MAX_SITEMAP_BYTES

MAX_WATCHED_PAGES = 1_000  # of one sitemap, as many as of a feed; all that a news sitemap may have
MAX_SITEMAPS = 20  # of an index that are asked for in one poll
MAX_DEPTH = 3  # sitemaps inside of each other; the protocol has two
T = TypeVar("T")


def limit_of(url: str) -> int:
    """How many bytes of a feed's answer are read: more where the address says that it is a sitemap."""
    return MAX_SITEMAP_BYTES if "sitemap" in url.lower() else MAX_FEED_BYTES


def watched(feed: ParsedFeed) -> ParsedFeed:
    """A sitemap with its latest `MAX_WATCHED_PAGES`, newest first. A feed is unchanged.

    Of pages without a date the first and the last ones count, since sites add new pages at either end.
    """
    if feed.kind != "sitemap":
        return feed
    dated = [entry for entry in feed.entries if entry.dated is not None][:MAX_WATCHED_PAGES]
    undated = [entry for entry in feed.entries if entry.dated is None]
    return replace(feed, entries=(*dated, *_ends(undated, MAX_WATCHED_PAGES - len(dated))), left_out=0)


def is_known_before(entry: FeedEntry, feed: ParsedFeed, *, polled: bool, since: datetime) -> bool:
    """Whether a page was there before the sitemap was watched: at the first poll all but those dated ``since`` then."""
    return feed.kind == "sitemap" and not polled and (entry.dated is None or entry.dated < since)


def to_poll(links: Sequence[SitemapLink], since: datetime) -> list[SitemapLink]:
    """The sitemaps of an index that may have new pages, the latest first: undated ones, and those changed since.

    At most `MAX_SITEMAPS`.
    """
    latest = [link for link in links if link.dated is not None and link.dated >= since]
    latest.sort(key=lambda link: link.dated or since, reverse=True)
    undated = [link for link in links if link.dated is None]
    chosen = latest[:MAX_SITEMAPS]
    return [*chosen, *_ends(undated, MAX_SITEMAPS - len(chosen))]


def _ends(items: list[T], count: int) -> list[T]:
    """The first and the last items, ``count`` in all."""
    if len(items) <= count:
        return items
    first = count - count // 2
    return [*items[:first], *items[len(items) - count // 2 :]]
