"""The address of a site -> the feeds that it has: those that its page names, then those at common paths.

News sitemaps in robots.txt and a WebSub hub are named as well, for people; a site without a feed is known by the first
of these sitemaps.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx
from lxml import html

from connectors.http.fetch import Fetched, Visit, fetch
from connectors.http.polite import HostPacer, Robots
from streams.contract.errors import Rejected, StorywatchError
from streams.contract.urls import join

MAX_PAGE_BYTES = 3_000_000
MAX_CANDIDATES = 12  # addresses that are tried
MAX_LINKS = 5_000  # elements of a page that are looked at
MAX_SITEMAPS = 20
MAX_ROBOTS_BYTES = 500_000
FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})
LOOSE_TYPES = frozenset({"application/json", "application/xml", "text/xml"})  # of feeds, and of other things
COMMON_PATHS = ("/feed", "/rss", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/feed.json")

IsFeed = Callable[[Fetched], Awaitable[bool]]


class NoFeedFound(Rejected):
    """The site can be read and has no feed."""


@dataclass(frozen=True)
class Discovery:
    """``feeds``: addresses of feeds, those that the page names first; ``named``: how many of them it names.

    Without any feed there is a news sitemap.
    """

    feeds: tuple[str, ...]
    named: int = 0
    hub: str | None = None
    news_sitemaps: tuple[str, ...] = ()


class Site:
    """Looks around on one site. ``is_feed`` says whether an answer can be read as a feed."""

    def __init__(
        self, client: httpx.AsyncClient, pacer: HostPacer, robots: Robots, is_feed: IsFeed, *, timeout_seconds: float
    ) -> None:
        self._client = client
        self._pacer = pacer
        self._robots = robots
        self._is_feed = is_feed
        self._timeout_seconds = timeout_seconds

    async def discover(self, url: str) -> Discovery:
        """The feeds of the site at ``url``; the address itself if it is a feed.

        Raises `NoFeedFound`, and what `connectors.http.fetch.fetch` raises if it cannot be read.
        """
        answer = await self._fetch(url, MAX_PAGE_BYTES, self._pacer.visit)  # a person has named this one
        if await self._is_feed(answer):
            return Discovery((url,), 1, _hub_of_header(answer))
        links = await asyncio.to_thread(_links, answer)
        named = [one for one in links.feeds[:MAX_CANDIDATES] if await self._is_feed_at(one)]
        found = named or await self._at_common_paths(answer.url)
        sitemaps = await self._news_sitemaps(answer.url)
        if not found and not (sitemaps and await self._is_feed_at(sitemaps[0])):
            raise NoFeedFound("no feed was found on this site: its page names none, and none is at a common path")
        return Discovery(tuple(dict.fromkeys(found)), len(named), links.hub or _hub_of_header(answer), tuple(sitemaps))

    async def _at_common_paths(self, base: str) -> list[str]:
        for path in COMMON_PATHS:
            candidate = join(base, path)
            if candidate is not None and await self._is_feed_at(candidate):
                return [candidate]  # the others are the same feed under another name
        return []

    async def _is_feed_at(self, url: str) -> bool:
        try:
            return await self._is_feed(await self._fetch(url, MAX_PAGE_BYTES))
        except StorywatchError:
            return False

    async def _news_sitemaps(self, base: str) -> list[str]:
        address = join(base, "/robots.txt")
        try:
            answer = await self._fetch(address or base, MAX_ROBOTS_BYTES)
        except StorywatchError:
            return []
        lines = answer.content.decode("utf-8", "replace").splitlines()
        named = [line.partition(":")[2].strip() for line in lines if line.strip().lower().startswith("sitemap:")]
        joined = [join(base, one) for one in named[:MAX_SITEMAPS]]
        return [one for one in joined if one is not None and "news" in one.rpartition("/")[2].lower()]

    async def _fetch(self, url: str, limit_bytes: int, visit: Visit | None = None) -> Fetched:
        return await fetch(
            self._client,
            url,
            timeout_seconds=self._timeout_seconds,
            limit_bytes=limit_bytes,
            visit=visit or self._robots.visit,
        )


@dataclass(frozen=True)
class _Links:
    feeds: Sequence[str] = ()
    hub: str | None = None


def _links(answer: Fetched) -> _Links:
    """The feeds that a page names in ``link`` elements, and its WebSub hub.

    Feeds of comments come last, and before them what may be something else than a feed by its type.
    """
    try:
        tree = html.fromstring(answer.content)
    except Exception:  # of a library parser on untrusted bytes: no page, no links
        return _Links()
    feeds: list[tuple[int, str]] = []
    hub = None
    for number, link in enumerate(tree.iter("link")):
        if number > MAX_LINKS:
            break
        rel, kind = str(link.get("rel") or "").lower().split(), str(link.get("type") or "").strip().lower()
        target = join(answer.url, str(link.get("href") or ""))
        if target is None:
            continue
        if "alternate" in rel and kind in FEED_TYPES | LOOSE_TYPES:
            about = f"{target} {link.get('title') or ''}".lower()
            feeds.append((2 if "comment" in about else int(kind in LOOSE_TYPES), target))
        elif "hub" in rel and hub is None:
            hub = target
    return _Links([target for _, target in sorted(dict.fromkeys(feeds), key=lambda one: one[0])], hub)


def _hub_of_header(answer: Fetched) -> str | None:
    """The hub of a ``Link`` header (WebSub, 4)."""
    for part in answer.headers.get("link", "").split(","):
        target, _, parameters = part.partition(">")
        if 'rel="hub"' in parameters.replace("'", '"') or "rel=hub" in parameters:
            return join(answer.url, target.strip().removeprefix("<"))
    return None
