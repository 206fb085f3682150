"""Feeds -> RawArticles handed to ``publish``, each new entry once; what fails is one line to ``report``.

An entry counts as seen only when it has been published and that is on the disk: a crash may publish an entry again
(its arrival id is the same), it never loses one.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TypeVar

import httpx
from msgspec.structs import replace

from connectors.feeds import schedule
from connectors.feeds.articles import PollContext
from connectors.feeds.holds import Holds
from connectors.feeds.page_fetcher import PageFetcher, PageUnavailable
from connectors.feeds.parse.entries import MAX_FEED_BYTES, FeedEntry, ParsedFeed
from connectors.feeds.parse.items import MAX_ENTRIES
from connectors.feeds.parse.sandbox import Sandbox
from connectors.feeds.state import FeedState, FeedStates
from connectors.files.read import RefusedInput
from connectors.http.fetch import Fetched, Held, Sleep, TryAgain, fetch
from connectors.http.net import shown
from connectors.http.polite import Clock, HostPacer, Robots, host_of
from streams.contract.errors import Rejected, StorywatchError, Unavailable, UsageError
from streams.contract.messages import Lane, RawArticle
from streams.runtime.settings import Settings
from streams.runtime.unexpected import unexpected

MAX_TRIES = 3  # polls in which a page of an entry without text of its own may fail before it is given up

T = TypeVar("T")
Publish = Callable[[RawArticle], Awaitable[None]]
Report = Callable[[str], None]


@dataclass(frozen=True)
class Summary:
    """What polls brought. ``feeds`` is how many were polled, ``failed`` how many of them could not be read."""

    feeds: int = 0
    failed: int = 0
    unchanged: int = 0  # feeds without a new entry
    new: int = 0  # articles published
    from_feed: int = 0  # those of them that are the feed's own text, because the page could not be had
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
        """Without the feeds that could not be read, each of which is one of ``refused`` too."""
        return len(self.refused) - self.failed


@dataclass
class _Taken:
    """How far the entries of one poll have come."""

    state: FeedState
    new: int = 0
    from_feed: int = 0
    backfill: int = 0
    left: int = 0  # to be tried again at the next poll


def _now() -> datetime:
    return datetime.now(UTC)


class Watcher:
    """Polls feeds at once, each at its own pace. ``client`` comes from `connectors.http.net.guarded_client`."""

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
        """Polls each feed once, whenever its next poll is due."""
        polls = [self._poll(url, interval_seconds) for url in dict.fromkeys(feeds)]
        try:
            return sum(await _all(polls), Summary())
        finally:
            await self._sandbox.close()

    async def run(self, feeds: Sequence[str], *, interval_seconds: float = schedule.INTERVAL_SECONDS) -> None:
        """Polls for ever; ends by being cancelled, or with the first error that is not about one feed alone."""
        try:
            await _all([self._follow(url, interval_seconds) for url in dict.fromkeys(feeds)])
        finally:
            await self._sandbox.close()

    async def _follow(self, url: str, interval_seconds: float) -> None:
        while True:
            due = (await self._load(url)).next_poll
            pause = (due - self._now()).total_seconds() if due else 0.0
            if pause > 0:
                # a clock that was set back must not put a feed to sleep for years
                await self._sleep(min(pause, schedule.MAX_BACK_OFF_SECONDS * (1 + schedule.JITTER)))
            await self._poll(url, interval_seconds)

    async def _poll(self, url: str, interval_seconds: float) -> Summary:
        state = await self._load(url)
        refused: list[RefusedInput] = []
        taken = _Taken(state)
        try:
            answer, feed = await self._answered(state)
            if feed:
                taken.state = self._met(feed, state, refused)
                await self._take_new(feed, url, taken, refused)
        except (Rejected, Unavailable, UsageError) as error:
            self._refuse(url, str(error), refused)
            await self._save(*await self._after_failure(error, taken.state, interval_seconds))
            return Summary(1, 1, 0, taken.new, taken.from_feed, tuple(refused), taken.backfill)
        state = replace(taken.state, failures=0, polled=True)
        if feed and feed.whole and not taken.left:
            # only now: a server that then says "unchanged" must not hide what is still to be taken
            state = replace(state, etag=answer.headers.get("etag"), last_modified=answer.headers.get("last-modified"))
        ttl_seconds = feed.ttl_seconds if feed else None
        pause = schedule.after_success(interval_seconds, ttl_seconds, answer.headers.get("cache-control", ""))
        await self._save(state, pause)
        unchanged = int(not taken.new and not refused)
        return Summary(1, 0, unchanged, taken.new, taken.from_feed, tuple(refused), taken.backfill)

    async def _after_failure(
        self, error: StorywatchError, state: FeedState, interval_seconds: float
    ) -> tuple[FeedState, float]:
        """The state to keep, and the pause. A host that is left alone has not failed once more."""
        if isinstance(error, Held) and not error.asked:
            return state, error.wait_seconds or interval_seconds
        if isinstance(error, Held):
            await self._holds.hold(error)
        failures = state.failures + 1
        asked = error.wait_seconds if isinstance(error, TryAgain) else None
        return replace(state, failures=failures), schedule.after_failure(interval_seconds, failures, asked)

    async def _answered(self, state: FeedState) -> tuple[Fetched, ParsedFeed | None]:
        """The answer and the feed in it, None where it is unchanged. Whatever else happens is a failed poll."""
        try:
            answer = await self._ask(state)
            await self._holds.forget(host_of(httpx.URL(answer.url)))
            return answer, None if answer.status == HTTPStatus.NOT_MODIFIED else await self._parsed(answer, state.url)
        except StorywatchError:
            raise
        except Exception as error:  # the last catch: what one feed sends costs this poll of it
            raise Rejected(unexpected("feed", error)) from error

    def _met(self, feed: ParsedFeed, state: FeedState, refused: list[RefusedInput]) -> FeedState:
        """What is known after the entries of a poll were read; those that could not be are told once."""
        if feed.unreadable and feed.unreadable != state.unreadable:
            self._refuse(state.url, f"entries that cannot be read: {feed.unreadable}", refused)
        met = state.still_holding([entry.marks for entry in feed.entries])
        return replace(met, unreadable=feed.unreadable)

    async def _ask(self, state: FeedState) -> Fetched:
        headers = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
        return await fetch(
            self._client,
            state.url,
            timeout_seconds=self._timeout_seconds,
            limit_bytes=MAX_FEED_BYTES,
            headers={name: value for name, value in headers.items() if value},
            sleep=self._sleep,
            visit=self._pacer.visit,  # robots.txt is for crawlers; a feed is there to be polled
        )

    async def _parsed(self, answer: Fetched, url: str) -> ParsedFeed:
        feed = await self._sandbox.parse(
            answer.content, url=answer.url, content_type=answer.content_type, charset=answer.charset
        )
        if feed.left_out:
            self._report(f"{shown(url)}: {feed.left_out} entries beyond the first {MAX_ENTRIES} are not taken")
        return feed

    async def _take_new(self, feed: ParsedFeed, url: str, taken: _Taken, refused: list[RefusedInput]) -> None:
        seen = set(taken.state.seen)
        for entry in reversed(feed.entries):  # oldest first, as they were published
            if seen.isdisjoint(entry.marks):
                arrival = PollContext(url, self._lane_of(entry), self._now(), feed.title)
                await self._take(entry, arrival, taken, refused)
        if taken.backfill and self._lane is Lane.LIVE:
            first = "its first poll: " if not taken.state.polled else ""
            days = f"{self._live / timedelta(days=1):g} days"
            self._report(f"{shown(url)}: {first}{taken.backfill} articles older than {days} are backfill, no alerts")

    def _lane_of(self, entry: FeedEntry) -> Lane:
        """What was published too long ago is no news, also where a feed is new to us."""
        old = entry.dated is not None and entry.dated < self._now() - self._live
        return Lane.BACKFILL if old else self._lane

    async def _take(self, entry: FeedEntry, arrival: PollContext, taken: _Taken, refused: list[RefusedInput]) -> None:
        origin = entry.url or arrival.feed
        try:
            article, whole = await self._pages.article(entry, arrival)
            await self._publish(article)
        except Rejected as error:
            self._refuse(origin, str(error), refused)
        except PageUnavailable as error:
            first = entry.marks[0]
            tries = taken.state.tries.get(first, 0) + error.counts
            self._refuse(origin, str(error), refused)
            if tries < MAX_TRIES:
                taken.left += 1
                taken.state = replace(taken.state, tries={**taken.state.tries, first: tries})
                return
        else:
            taken.new += 1
            taken.from_feed += not whole
            taken.backfill += article.lane is Lane.BACKFILL
        taken.state = taken.state.met(entry.marks)
        await asyncio.to_thread(self._states.save, taken.state)

    def _refuse(self, origin: str, reason: str, refused: list[RefusedInput]) -> None:
        refused.append(RefusedInput(shown(origin), reason))
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


async def _all(work: Sequence[Coroutine[None, None, T]]) -> list[T]:
    """Runs all at once; the first error ends the others and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]
