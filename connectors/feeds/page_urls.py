"""URLs of pages, sitemaps and feeds -> RawArticles, and one line for each that is refused.

Fetches as `watch` does: robots.txt, pauses and limits apply. Of a sitemap or feed all pages are fetched, also old.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.feeds.articles import PollContext, from_page
from connectors.feeds.page_fetcher import PageFetcher, PageUnavailable
from connectors.feeds.parse.entries import FeedEntry, ParsedFeed
from connectors.feeds.parse.feed import looks_like_feed
from connectors.feeds.parse.sandbox import Sandbox
from connectors.feeds.sitemaps import MAX_DEPTH, limit_of
from connectors.files.items import RefusedInput
from connectors.http.fetch import fetch
from connectors.http.net import check_url, shown
from connectors.http.page_client import page_client
from connectors.http.polite import HostPacer, Robots
from connectors.sources.state_files import FeedStates
from streams.contract.errors import Rejected, StorywatchError, Unavailable, UsageError
from streams.contract.messages import MAX_PAGE_BYTES, Lane, RawArticle, SenderFields
from streams.runtime.metrics import report_unexpected
from streams.runtime.settings import Settings

CONCURRENCY = 8  # pages of as many hosts; those of one host are fetched one after another
MAX_SITEMAPS = 1_000  # of one address


def _now() -> datetime:
    return datetime.now(UTC)


def read(
    urls: Sequence[str],
    settings: Settings,
    *,
    lane: Lane,
    allow_private: bool = False,
    now: Callable[[], datetime] = _now,
    report: Callable[[str], None] = lambda line: None,
) -> Iterator[RawArticle | RefusedInput]:
    """The pages at these addresses, in order, and all pages that a sitemap, an index of sitemaps or a feed names.

    ``report`` gets a line for each page that the feed's own text replaces.
    """
    with asyncio.Runner() as runner:
        fetcher = _Fetcher(settings, urls if allow_private else (), lane, now, report, allow_private=allow_private)
        try:
            for start in range(0, len(urls), CONCURRENCY):
                for found in runner.run(fetcher.addresses(urls[start : start + CONCURRENCY])):
                    yield from _all_of(found, fetcher, runner, (), set())
        finally:
            runner.run(fetcher.close())


@dataclass(frozen=True)
class _Listing:
    """A feed or sitemap that was found at ``url``."""

    url: str
    feed: ParsedFeed


def _all_of(
    found: RawArticle | RefusedInput | _Listing,
    fetcher: "_Fetcher",
    runner: asyncio.Runner,
    above: tuple[str, ...],
    asked: set[str],
) -> Iterator[RawArticle | RefusedInput]:
    """The page, or all pages of a listing. ``above``: the indexes that led to it; ``asked``: all of this address."""
    if not isinstance(found, _Listing):
        yield found
        return
    url, feed = found.url, found.feed
    asked.add(url)
    entries = feed.entries[::-1]  # oldest first, as they were published
    for start in range(0, len(entries), CONCURRENCY):
        yield from runner.run(fetcher.entries(entries[start : start + CONCURRENCY], url, feed.title))
    if feed.left_out or not feed.whole:
        what = (
            f"{feed.left_out:,} more than are read of it are left out"
            if feed.left_out
            else "it is broken or breaks off"
        )
        yield RefusedInput(shown(url), f"{what}; everything else is in")
    for link in feed.sitemaps:
        if link.url in (*above, url):
            yield RefusedInput(shown(link.url), "an index of sitemaps that names itself: not followed")
        elif len(above) + 1 >= MAX_DEPTH:
            yield RefusedInput(shown(link.url), f"sitemaps more than {MAX_DEPTH} levels deep: not followed")
        elif len(asked) >= MAX_SITEMAPS:
            yield RefusedInput(shown(url), f"names more than {MAX_SITEMAPS:,} sitemaps: the others are left out")
            return
        elif link.url not in asked:
            [below] = runner.run(fetcher.addresses([link.url]))
            if isinstance(below, RawArticle):
                below = RefusedInput(shown(link.url), "not a sitemap, although an index of sitemaps names it")
            yield from _all_of(below, fetcher, runner, (*above, url), asked)


class _Fetcher:
    """Fetches for one command."""

    def __init__(
        self,
        settings: Settings,
        private: Sequence[str],
        lane: Lane,
        now: Callable[[], datetime],
        report: Callable[[str], None],
        *,
        allow_private: bool,
    ) -> None:
        self._timeout_seconds = settings.fetch_timeout_seconds
        self._lane = lane
        self._now = now
        self._allow_private = allow_private
        self._client = page_client(settings, allow_private=private)
        holds = FeedStates(settings.data_dir / "feeds").holds(now)
        pacer = HostPacer(settings.host_delay_seconds, gate=holds.gate)
        self._robots = Robots(
            self._client, pacer, user_agent=settings.user_agent, timeout_seconds=self._timeout_seconds
        )
        self._sandbox = Sandbox()
        self._pages = PageFetcher(
            self._client,
            self._robots,
            holds,
            self._sandbox,
            timeout_seconds=self._timeout_seconds,
            report=report,
            sleep=asyncio.sleep,
        )

    async def addresses(self, urls: Sequence[str]) -> list[RawArticle | RefusedInput | _Listing]:
        """What is at each address."""
        return await asyncio.gather(*map(self._address, urls))

    async def entries(
        self, entries: Sequence[FeedEntry], feed: str, title: str | None
    ) -> list[RawArticle | RefusedInput]:
        """The article of each entry of a listing."""
        poll = PollContext(feed, self._lane, self._now(), title)
        return await asyncio.gather(*(self._entry(entry, poll) for entry in entries))

    async def close(self) -> None:
        await self._sandbox.close()
        await self._client.aclose()

    async def _address(self, url: str) -> RawArticle | RefusedInput | _Listing:
        try:
            check_url(url, allow_private=self._allow_private)
            limit = max(limit_of(url), MAX_PAGE_BYTES)
            answer = await fetch(
                self._client, url, timeout_seconds=self._timeout_seconds, limit_bytes=limit, visit=self._robots.visit
            )
            if looks_like_feed(answer.content, answer.content_type):
                feed = await self._sandbox.parse(
                    answer.content, url=answer.url, content_type=answer.content_type, charset=answer.charset
                )
                return _Listing(url, feed)
            entry = FeedEntry(marks=(), url=url, text=None, given=SenderFields())
            return from_page(entry, answer, PollContext(shown(url), self._lane, self._now()))
        except (Rejected, Unavailable, UsageError) as error:
            return RefusedInput(shown(url), str(error))
        except Exception as error:  # the last resort: an unexpected error costs one address
            return RefusedInput(shown(url), report_unexpected("fetch", error))

    async def _entry(self, entry: FeedEntry, poll: PollContext) -> RawArticle | RefusedInput:
        try:
            article, _ = await self._pages.article(entry, poll)
        except (StorywatchError, PageUnavailable) as error:
            return RefusedInput(shown(entry.url or poll.feed), str(error))
        return article
