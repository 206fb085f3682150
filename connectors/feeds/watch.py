"""Polls feeds and publishes a RawArticle for each new entry; reports failures in one line each.

An entry counts as seen once it has been published and that is on the disk: a crash may publish an entry again (with the
same arrival id), but never loses one.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TypeVar

import httpx
from msgspec.structs import replace

from connectors.feeds import schedule, sitemaps
from connectors.feeds.articles import PollContext
from connectors.feeds.holds import Holds
from connectors.feeds.page_fetcher import PageFetcher, PageUnavailable
from connectors.feeds.parse.entries import FeedEntry, ParsedFeed
from connectors.feeds.parse.items import MAX_ENTRIES
from connectors.feeds.parse.sandbox import Sandbox
from connectors.feeds.state import FeedState, FeedStates
from connectors.files.read import RefusedInput
from connectors.http.fetch import Fetched, Held, Sleep, TryAgain, fetch
from connectors.http.net import shown
from connectors.http.polite import Clock, HostPacer, Robots, host_of
from streams.contract.errors import Rejected, StorywatchError, Unavailable, UsageError
from streams.contract.messages import Lane, RawArticle
from streams.runtime.metrics import report_unexpected
from streams.runtime.settings import Settings

MAX_TRIES = 3  # polls in which the page of an entry without text may fail before the entry is given up

T = TypeVar("T")
Publish = Callable[[RawArticle], Awaitable[None]]
Report = Callable[[str], None]


@dataclass(frozen=True)
class Summary:
    """The result of polls. ``feeds``: how many were polled; ``failed``: how many of them could not be read."""

    feeds: int = 0
    failed: int = 0
    unchanged: int = 0  # feeds without a new entry
    new: int = 0  # articles published
    from_feed: int = 0  # of those, how many are the feed's own text, because the page was not available
    refused: tuple[RefusedInput, ...] = ()  # feeds and entries, each with its reason
    backfill: int = 0  # articles published that are too old to alert

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(
            self.feeds + other.feeds,
            self.failed + other.failed,
            self.unchanged + other.unchanged,
            self.new + other.new,
            self.from_feed + other.from_feed,
            self.refused + other.refused,
            self.backfill + other.backfill,
        )

    @property
    def articles_refused(self) -> int:
        """How many entries were refused: ``refused`` without the feeds that could not be read."""
        return len(self.refused) - self.failed


@dataclass
class _PollProgress:
    """Progress of one poll."""

    state: FeedState
    new: int = 0
    from_feed: int = 0
    backfill: int = 0
    left: int = 0  # to be tried again at the next poll
    refused: list[RefusedInput] = field(default_factory=list)


def _now() -> datetime:
    return datetime.now(UTC)


class Watcher:
    """Polls feeds concurrently, each on its own schedule. ``client`` is a `connectors.http.net.guarded_client`."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        settings: Settings,
        states: FeedStates,
        publish: Publish,
        *,
        report: Report,
        lane: Lane = Lane.LIVE,
        now: Callable[[], datetime] = _now,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._timeout_seconds = settings.fetch_timeout_seconds
        self._states = states
        self._publish = publish
        self._report = report
        self._lane = lane
        self._live = timedelta(days=settings.live_days)
        self._now = now
        self._sleep = sleep
        self._chance = chance
        self._sandbox = Sandbox()
        self._holds = Holds(states, now)
        self._pacer = HostPacer(settings.host_delay_seconds, gate=self._holds.gate, clock=clock, sleep=sleep)
        robots = Robots(
            client, self._pacer, user_agent=settings.user_agent, timeout_seconds=self._timeout_seconds, clock=clock
        )
        self._pages = PageFetcher(
            client,
            robots,
            self._holds,
            self._sandbox,
            timeout_seconds=self._timeout_seconds,
            report=report,
            sleep=sleep,
        )

    async def once(self, feeds: Sequence[str], *, interval_seconds: float = schedule.INTERVAL_SECONDS) -> Summary:
        """Poll each feed once, whether or not it is due."""
        polls = [self._poll(url, interval_seconds) for url in dict.fromkeys(feeds)]
        try:
            return sum(await _gather(polls), Summary())
        finally:
            await self._sandbox.close()

    async def run(self, feeds: Sequence[str], *, interval_seconds: float = schedule.INTERVAL_SECONDS) -> None:
        """Poll until cancelled, or until an error that does not concern a single feed."""
        try:
            await _gather([self._follow(url, interval_seconds) for url in dict.fromkeys(feeds)])
        finally:
            await self._sandbox.close()

    async def _follow(self, url: str, interval_seconds: float) -> None:
        while True:
            due = (await self._load(url)).next_poll
            pause = (due - self._now()).total_seconds() if due else 0.0
            if pause > 0:
                # bounded, because a clock that was set back must not delay a feed for years
                await self._sleep(min(pause, schedule.MAX_BACK_OFF_SECONDS * (1 + schedule.JITTER)))
            await self._poll(url, interval_seconds)

    async def _poll(self, url: str, interval_seconds: float, above: tuple[str, ...] = ()) -> Summary:
        """Poll a feed; of an index of sitemaps also the sitemaps. ``above``: the indexes that led to it."""
        state = await self._load(url)
        progress = _PollProgress(state)
        try:
            answer, feed = await self._request(state)
            if feed:
                progress.state = self._after_parsing(feed, progress)
                await self._publish_new(feed, url, progress)
        except (Rejected, Unavailable, UsageError) as error:
            self._refuse(url, str(error), progress)
            await self._save(*await self._after_failure(error, progress.state, interval_seconds))
            return Summary(1, 1, 0, progress.new, progress.from_feed, tuple(progress.refused), progress.backfill)
        state = replace(progress.state, failures=0, polled=True)
        # only now: otherwise a 304 of the server would hide entries that are still to be published, or sitemaps
        if feed and feed.whole and not progress.left and feed.kind != "index":
            state = replace(state, etag=answer.headers.get("etag"), last_modified=answer.headers.get("last-modified"))
        ttl_seconds = feed.ttl_seconds if feed else None
        pause = schedule.after_success(interval_seconds, ttl_seconds, answer.headers.get("cache-control", ""))
        await self._save(state, pause)
        below = await self._poll_sitemaps(feed, url, interval_seconds, above, progress) if feed else Summary()
        unchanged = int(not progress.new and not progress.refused and not below.feeds)
        own = Summary(1, 0, unchanged, progress.new, progress.from_feed, tuple(progress.refused), progress.backfill)
        return own + below

    async def _poll_sitemaps(
        self, index: ParsedFeed, url: str, interval_seconds: float, above: tuple[str, ...], progress: _PollProgress
    ) -> Summary:
        """Poll the sitemaps that an index names. One that failed is left alone until it is due."""
        found = Summary()
        for link in sitemaps.to_poll(index.sitemaps, self._now() - self._live):
            state = await self._load(link.url)
            if link.url in (*above, url):
                self._refuse(link.url, "an index of sitemaps that names itself: not followed", progress)
            elif len(above) + 1 >= sitemaps.MAX_DEPTH:
                self._refuse(link.url, f"sitemaps more than {sitemaps.MAX_DEPTH} levels deep: not followed", progress)
            elif not state.failures or state.next_poll is None or state.next_poll <= self._now():
                found += await self._poll(link.url, interval_seconds, (*above, url))
        return found

    async def _after_failure(
        self, error: StorywatchError, state: FeedState, interval_seconds: float
    ) -> tuple[FeedState, float]:
        """The state to save, and the pause. A feed whose host is on hold has not failed again."""
        if isinstance(error, Held) and not error.asked:
            return state, error.wait_seconds or interval_seconds
        if isinstance(error, Held):
            await self._holds.hold(error)
        failures = state.failures + 1
        asked = error.wait_seconds if isinstance(error, TryAgain) else None
        return replace(state, failures=failures), schedule.after_failure(interval_seconds, failures, asked)

    async def _request(self, state: FeedState) -> tuple[Fetched, ParsedFeed | None]:
        """The answer and its feed, None when unchanged. Any error is raised as a `StorywatchError`."""
        try:
            answer = await self._fetch(state)
            await self._holds.release(host_of(httpx.URL(answer.url)))
            return answer, None if answer.status == HTTPStatus.NOT_MODIFIED else await self._parse(answer, state.url)
        except StorywatchError:
            raise
        except Exception as error:  # the last resort: an unexpected error costs one poll of one feed
            raise Rejected(report_unexpected("feed", error)) from error

    def _after_parsing(self, feed: ParsedFeed, progress: _PollProgress) -> FeedState:
        """The state after the feed was parsed. Reports unreadable entries when their number changes."""
        state = progress.state
        if feed.unreadable and feed.unreadable != state.unreadable:
            self._refuse(state.url, f"entries that cannot be read: {feed.unreadable}", progress)
        met = state.with_present([entry.marks for entry in feed.entries])
        return replace(met, unreadable=feed.unreadable)

    async def _fetch(self, state: FeedState) -> Fetched:
        headers = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
        return await fetch(
            self._client,
            state.url,
            timeout_seconds=self._timeout_seconds,
            limit_bytes=sitemaps.limit_of(state.url),
            headers={name: value for name, value in headers.items() if value},
            sleep=self._sleep,
            visit=self._pacer.visit,  # robots.txt is for crawlers; a feed is there to be polled
        )

    async def _parse(self, answer: Fetched, url: str) -> ParsedFeed:
        feed = await self._sandbox.parse(
            answer.content, url=answer.url, content_type=answer.content_type, charset=answer.charset
        )
        if feed.left_out and feed.kind == "feed":
            self._report(f"{shown(url)}: {feed.left_out} entries beyond the first {MAX_ENTRIES} are not taken")
        return sitemaps.watched(feed)

    async def _publish_new(self, feed: ParsedFeed, url: str, progress: _PollProgress) -> None:
        self._pass_over_known(feed, url, progress)
        seen = set(progress.state.seen)
        for entry in reversed(feed.entries):  # oldest first, as they were published
            if seen.isdisjoint(entry.marks):
                poll = PollContext(url, self._lane_of(entry), self._now(), feed.title)
                await self._publish_entry(entry, poll, progress)
        if progress.backfill and self._lane is Lane.LIVE:
            first = "its first poll: " if not progress.state.polled else ""
            days = f"{self._live / timedelta(days=1):g} days"
            self._report(f"{shown(url)}: {first}{progress.backfill} articles older than {days} are backfill, no alerts")

    def _pass_over_known(self, feed: ParsedFeed, url: str, progress: _PollProgress) -> None:
        """Mark the pages as seen that a new sitemap listed before."""
        state = progress.state
        since = self._now() - self._live
        known = [
            entry.marks
            for entry in feed.entries
            if sitemaps.is_known_before(entry, feed, polled=state.polled, since=since)
        ]
        if known:
            self._report(f"{shown(url)}: its first poll: {len(known):,} older or undated pages are not fetched")
            progress.state = state.with_seen(tuple(mark for marks in known for mark in marks))

    def _lane_of(self, entry: FeedEntry) -> Lane:
        """`Lane.BACKFILL` for old articles, such as those of a feed that is new here."""
        old = entry.dated is not None and entry.dated < self._now() - self._live
        return Lane.BACKFILL if old else self._lane

    async def _publish_entry(self, entry: FeedEntry, poll: PollContext, progress: _PollProgress) -> None:
        origin = entry.url or poll.feed
        try:
            article, whole = await self._pages.article(entry, poll)
            await self._publish(article)
        except Rejected as error:
            self._refuse(origin, str(error), progress)
        except PageUnavailable as error:
            first = entry.marks[0]
            tries = progress.state.tries.get(first, 0) + error.counts
            self._refuse(origin, str(error), progress)
            if tries < MAX_TRIES:
                progress.left += 1
                progress.state = replace(progress.state, tries={**progress.state.tries, first: tries})
                return
        else:
            progress.new += 1
            progress.from_feed += not whole
            progress.backfill += article.lane is Lane.BACKFILL
        progress.state = progress.state.with_seen(entry.marks)
        await asyncio.to_thread(self._states.save, progress.state)

    def _refuse(self, origin: str, reason: str, progress: _PollProgress) -> None:
        progress.refused.append(RefusedInput(shown(origin), reason))
        self._report(f"{shown(origin)}: {reason}")

    async def _load(self, url: str) -> FeedState:
        try:
            return await asyncio.to_thread(self._states.load, url)
        except Rejected as error:
            self._report(str(error))
            return FeedState(url=url)

    async def _save(self, state: FeedState, pause_seconds: float) -> None:
        due = self._now() + timedelta(seconds=schedule.jittered(pause_seconds, self._chance()))
        await asyncio.to_thread(self._states.save, replace(state, next_poll=due))


async def _gather(work: Sequence[Coroutine[None, None, T]]) -> list[T]:
    """Run all concurrently; the first error cancels the others and is raised without its group."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]
