"""Feeds as a kind of source: RSS, Atom, JSON Feed and sitemaps, each new entry as the page that it links to.

An entry counts as seen in the state that follows its article: a crash may publish an entry again (with the same arrival
id), but never loses one.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx
from msgspec.structs import replace

from connectors.feeds import earlier_pages, sitemaps
from connectors.feeds.articles import PollContext, from_feed
from connectors.feeds.page_fetcher import PageFetcher, PageUnavailable
from connectors.feeds.parse.entries import FeedEntry, ParsedFeed
from connectors.feeds.parse.items import MAX_ENTRIES
from connectors.feeds.parse.sandbox import Sandbox
from connectors.files.items import RefusedInput
from connectors.http.fetch import Fetched, Held, Sleep, fetch
from connectors.http.holds import Holds
from connectors.http.net import shown
from connectors.http.polite import HostPacer, Robots, host_of
from connectors.http.secrets import NO_SECRETS, is_own
from connectors.sources import references
from connectors.sources.kind import Arrival, Step
from streams.cleaning.text import language
from streams.contract.errors import Rejected, Unavailable, UsageError
from streams.contract.messages import Lane, PartState, RawArticle, Shape, SourceState, WatchedSource, clipped
from streams.runtime.settings import Settings
from streams.sources import health, schedule

MAX_TITLE = 300  # characters of a feed's own
MAX_LANGUAGE_TEXT = 5_000  # characters of headlines and summaries by which a language is told
MAX_TRIES = 3  # polls in which the page of an entry without text may fail before the entry is given up


@dataclass
class _Taken:
    """The state after what was taken so far. ``left``: entries of the last feed to be tried again at the next poll."""

    state: SourceState
    left: int = 0


class FeedKind:
    """Polls feeds. ``report`` gets one line for what is worth knowing and no failure."""

    interval_seconds = None

    def __init__(
        self,
        client: httpx.AsyncClient,
        settings: Settings,
        sandbox: Sandbox,
        pacer: HostPacer,
        robots: Robots,
        holds: Holds,
        *,
        report: Callable[[str], None],
        now: Callable[[], datetime],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client
        self._timeout_seconds = settings.fetch_timeout_seconds
        self._live = timedelta(days=settings.live_days)
        self._sandbox = sandbox
        self._pacer = pacer
        self._holds = holds
        self._report = report
        self._now = now
        self._sleep = sleep
        self._pages = PageFetcher(
            client, robots, holds, sandbox, timeout_seconds=self._timeout_seconds, report=report, sleep=sleep
        )

    async def poll(self, source: WatchedSource, state: SourceState) -> AsyncGenerator[Step, None]:
        """As `connectors.sources.kind.Kind.poll`."""
        own = PartState(etag=state.etag, last_modified=state.last_modified, polled=state.polled)
        answer = await self._fetch(state.moved_to or source.url, source, own)
        declared = schedule.max_age_seconds(answer.headers.get("cache-control", ""))
        if answer.status == HTTPStatus.NOT_MODIFIED:
            yield replace(state, declared_seconds=declared, polled=True)
            return
        feed = await self._parse(answer, source.url)
        if feed.kind == "feed":
            feed, refused = await self._with_earlier(source, feed, answer.url, state)
            for one in refused:
                yield one
        if feed.unreadable and feed.unreadable != state.unreadable:
            yield RefusedInput(shown(source.url), f"entries that cannot be read: {feed.unreadable}")
        if feed.kind == "feed":
            state = health.with_shape(state, await asyncio.to_thread(_shape, feed), self._now())
        state = replace(
            state,
            unreadable=feed.unreadable,
            title=clipped(feed.title, MAX_TITLE) if feed.title else None,
            moved_to=answer.moved or state.moved_to,
            declared_seconds=declared,
            ttl_seconds=feed.ttl_seconds,
            skip_hours=feed.skip_hours,
            skip_days=feed.skip_days,
        )
        taken = _Taken(state)
        if feed.kind == "index":
            async for step in self._sitemaps(source, feed, (source.url,), taken):
                yield step
            yield replace(taken.state, polled=True)
            return
        async for step in self._entries(source, source.url, feed, own, taken):
            yield step
        state = taken.state
        if feed.whole and not taken.left:
            # only now: otherwise a 304 of the server would hide entries that are still to be published
            state = replace(state, etag=answer.headers.get("etag"), last_modified=answer.headers.get("last-modified"))
        yield replace(state, polled=True)

    async def _with_earlier(
        self, source: WatchedSource, feed: ParsedFeed, url: str, state: SourceState
    ) -> tuple[ParsedFeed, list[RefusedInput]]:
        """The feed with the entries of its earlier pages, if there is a gap. A page that fails ends that."""
        pages, urls = [feed], {url}
        while (earlier := earlier_pages.wanted(pages, state)) is not None and earlier not in urls:
            urls.add(earlier)
            try:
                pages.append(await self._parse(await self._fetch(earlier, source, PartState()), earlier))
            except (Rejected, Unavailable, UsageError) as error:
                if isinstance(error, Held):
                    await self._holds.hold(error)
                return earlier_pages.joined(pages), [RefusedInput(shown(earlier), str(error))]
        return earlier_pages.joined(pages), []

    async def _entries(
        self, source: WatchedSource, url: str, feed: ParsedFeed, part: PartState, taken: "_Taken"
    ) -> AsyncGenerator[Step, None]:
        """The new entries of a feed or sitemap at ``url``, with a state after each."""
        state = taken.state.with_present([entry.marks for entry in feed.entries])
        taken.left = old = 0
        since = self._now() - self._live
        known = [
            entry.marks
            for entry in feed.entries
            if sitemaps.is_known_before(entry, feed, polled=part.polled, since=since)
        ]
        if known:
            self._report(f"{shown(url)}: its first poll: {len(known):,} older or undated pages are not fetched")
            state = state.with_seen(tuple(mark for marks in known for mark in marks))
        seen = set(state.seen)
        taken.state = state
        for entry in reversed(feed.entries):  # oldest first, as they were published
            if not seen.isdisjoint(entry.marks):
                continue
            poll = PollContext(
                source.url, self._lane_of(entry, source), self._now(), feed.title, references.page_headers(source)
            )
            try:
                article, own_text = await self._article(entry, poll, source)
                yield Arrival(article, own_text, entry.dated)
                old += article.lane is Lane.BACKFILL
            except Rejected as error:
                yield RefusedInput(shown(entry.url or url), str(error))
            except PageUnavailable as error:
                yield RefusedInput(shown(entry.url or url), str(error))
                tries = taken.state.tries.get(entry.marks[0], 0) + error.counts
                if tries < MAX_TRIES:
                    taken.left += 1
                    taken.state = replace(taken.state, tries={**taken.state.tries, entry.marks[0]: tries})
                    continue
            taken.state = taken.state.with_seen(entry.marks)
            yield taken.state
        if old and source.lane is Lane.LIVE:
            self._report_old(url, old, first_poll=not part.polled)

    async def _sitemaps(
        self, source: WatchedSource, index: ParsedFeed, above: tuple[str, ...], taken: "_Taken"
    ) -> AsyncGenerator[Step, None]:
        """The new pages of the sitemaps that an index names. ``above``: the indexes that led to it, with itself.

        A sitemap that fails costs itself, and is left alone until it is due.
        """
        for link in sitemaps.to_poll(index.sitemaps, self._now() - self._live):
            part = taken.state.parts.get(link.url, PartState())
            too_deep = _too_deep(link.url, above)
            if too_deep is not None:
                if not taken.state.polled:  # it is the same at each poll
                    yield RefusedInput(shown(link.url), f"{too_deep}: not followed")
                continue
            if part.next_poll is not None and part.next_poll > self._now():
                continue
            try:
                answer = await self._fetch(link.url, source, part)
                changed = answer.status != HTTPStatus.NOT_MODIFIED
                feed = await self._parse(answer, link.url) if changed else None
            except (Rejected, Unavailable, UsageError) as error:
                yield RefusedInput(shown(link.url), str(error))
                if isinstance(error, Held):
                    await self._holds.hold(error)
                failures = part.failures + 1
                pause = schedule.after_failure(schedule.INTERVAL_SECONDS, failures, None)
                part = replace(part, failures=failures, next_poll=self._now() + timedelta(seconds=pause))
                taken.state = taken.state.with_part(link.url, part)
                yield taken.state
                continue
            if feed is None:
                continue
            if feed.kind == "index":
                async for step in self._sitemaps(source, feed, (*above, link.url), taken):
                    yield step
                continue
            async for step in self._entries(source, link.url, feed, part, taken):
                yield step
            whole = feed.whole and not taken.left
            part = PartState(
                etag=answer.headers.get("etag") if whole else part.etag,
                last_modified=answer.headers.get("last-modified") if whole else part.last_modified,
                polled=True,
            )
            taken.state = taken.state.with_part(link.url, part)
            yield taken.state

    async def _fetch(self, url: str, source: WatchedSource, part: PartState) -> Fetched:
        conditions = {"If-None-Match": part.etag, "If-Modified-Since": part.last_modified}
        given = {name: value for name, value in conditions.items() if value}
        own = is_own(httpx.URL(url), httpx.URL(source.url))
        secrets = await asyncio.to_thread(references.secrets, source) if own else NO_SECRETS
        answer = await fetch(
            self._client,
            url,
            timeout_seconds=self._timeout_seconds,
            limit_bytes=sitemaps.limit_of(url),
            headers={**references.page_headers(source), **given},
            secrets=secrets,
            sleep=self._sleep,
            visit=self._pacer.visit,  # robots.txt is for crawlers; a feed is there to be polled
        )
        await self._holds.release(host_of(httpx.URL(answer.url)))
        return answer

    async def _parse(self, answer: Fetched, url: str) -> ParsedFeed:
        try:
            feed = await self._sandbox.parse(
                answer.content, url=answer.url, content_type=answer.content_type, charset=answer.charset
            )
        except Rejected as error:
            if _same_page(answer.url, url):
                raise
            raise Rejected(f"{error}: {shown(answer.url)}, to which it redirects") from error
        if feed.left_out and feed.kind == "feed":
            self._report(f"{shown(url)}: {feed.left_out} entries beyond the first {MAX_ENTRIES} are not taken")
        return sitemaps.watched(feed)

    async def _article(self, entry: FeedEntry, poll: PollContext, source: WatchedSource) -> tuple[RawArticle, bool]:
        if source.text == "page":
            article, whole = await self._pages.article(entry, poll)
            return article, not whole
        own = from_feed(entry, poll)
        if own is None:
            raise Rejected("an entry without text, of a source whose own text is taken")
        return own, False

    def _lane_of(self, entry: FeedEntry, source: WatchedSource) -> Lane:
        """`Lane.BACKFILL` for old articles, such as those of a feed that is new here."""
        old = entry.dated is not None and entry.dated < self._now() - self._live
        return Lane.BACKFILL if old else source.lane

    def _report_old(self, url: str, old: int, *, first_poll: bool) -> None:
        first = "its first poll: " if first_poll else ""
        days = f"{self._live / timedelta(days=1):g} days"
        self._report(f"{shown(url)}: {first}{old} articles older than {days} are backfill, no alerts")


def _too_deep(url: str, above: tuple[str, ...]) -> str | None:
    """Why a sitemap is not asked for, if it is one of the indexes that led to it or too far below them."""
    if url in above:
        return "an index of sitemaps that names itself"
    if len(above) >= sitemaps.MAX_DEPTH:
        return f"sitemaps more than {sitemaps.MAX_DEPTH} levels deep"
    return None


def _same_page(landed: str, url: str) -> bool:
    return httpx.URL(landed) == httpx.URL(url)


def _shape(feed: ParsedFeed) -> Shape:
    count = len(feed.entries) or 1
    with_text = sum(bool(entry.text or entry.given.summary) for entry in feed.entries) / count
    dated = sum(entry.dated is not None for entry in feed.entries) / count
    texts = ". ".join(text for entry in feed.entries for text in (entry.given.title, entry.given.summary) if text)
    found = language.detect(texts[:MAX_LANGUAGE_TEXT])
    known = None if found == language.UNKNOWN else found
    return Shape(len(feed.entries), round(with_text, 2), round(dated, 2), known)
