"""URLs of pages -> RawArticles, and one line for each that is refused. Fetches as `watch` does the pages of a feed."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import httpx

from connectors.feeds.articles import PollContext, from_page
from connectors.feeds.parse.entries import FeedEntry
from connectors.files.read import RefusedInput
from connectors.http.fetch import fetch
from connectors.http.net import check_url, guarded_client, shown
from connectors.http.polite import HostPacer, Robots
from streams.contract.errors import Rejected, Unavailable, UsageError
from streams.contract.messages import Lane, RawArticle, SenderFields
from streams.runtime.settings import Settings

CONCURRENCY = 8  # pages of as many hosts; those of one host are fetched one after another


def _now() -> datetime:
    return datetime.now(UTC)


def read(
    urls: Sequence[str],
    settings: Settings,
    *,
    lane: Lane,
    allow_private: bool = False,
    now: Callable[[], datetime] = _now,
) -> Iterator[RawArticle | RefusedInput]:
    """The pages at these addresses, in order. robots.txt, pauses and limits apply as in `watch`."""
    for start in range(0, len(urls), CONCURRENCY):
        yield from asyncio.run(
            _read_batch(urls[start : start + CONCURRENCY], settings, lane, now, allow_private=allow_private)
        )


async def _read_batch(
    urls: Sequence[str], settings: Settings, lane: Lane, now: Callable[[], datetime], *, allow_private: bool
) -> list[RawArticle | RefusedInput]:
    async with guarded_client(
        allow_private=urls if allow_private else (),
        timeout_seconds=settings.fetch_timeout_seconds,
        user_agent=settings.user_agent,
    ) as client:
        pacer = HostPacer(settings.host_delay_seconds)
        robots = Robots(client, pacer, user_agent=settings.user_agent, timeout_seconds=settings.fetch_timeout_seconds)
        return await asyncio.gather(
            *(_page(url, client, robots, settings, lane, now, allow_private=allow_private) for url in urls)
        )


async def _page(
    url: str,
    client: httpx.AsyncClient,
    robots: Robots,
    settings: Settings,
    lane: Lane,
    now: Callable[[], datetime],
    *,
    allow_private: bool,
) -> RawArticle | RefusedInput:
    try:
        check_url(url, allow_private=allow_private)
        answer = await fetch(client, url, timeout_seconds=settings.fetch_timeout_seconds, visit=robots.visit)
        entry = FeedEntry(marks=(), url=url, text=None, given=SenderFields())
        return from_page(entry, answer, PollContext(shown(url), lane, now()))
    except (Rejected, Unavailable, UsageError) as error:
        return RefusedInput(shown(url), str(error))
