"""Watches feeds that are named by their URLs, with their states in files: what `watch URL...` does."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import httpx

from connectors.http.fetch import Sleep
from connectors.http.net import shown
from connectors.http.polite import Clock
from connectors.sources.poller import Publish, Report, Summary
from connectors.sources.state_files import FeedStates
from connectors.watch.kinds import Reading
from streams.contract.errors import Rejected
from streams.contract.messages import Lane, SourceState, WatchedSource, digest
from streams.runtime.settings import Settings
from streams.sources import schedule

T = TypeVar("T")


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
        self._states = states
        self._publish = publish
        self._report = report
        self._lane = lane
        self._now = now
        self._sleep = sleep
        self._reading = Reading(
            client,
            settings,
            report=report,
            now=now,
            clock=clock,
            sleep=sleep,
            chance=chance,
            holds=states.holds(now),
        )

    async def once(self, feeds: Sequence[str], *, interval_seconds: float = schedule.INTERVAL_SECONDS) -> Summary:
        """Poll each feed once, whether or not it is due."""
        polls = [self._poll(url, interval_seconds) for url in dict.fromkeys(feeds)]
        try:
            return sum((summary for _, summary in await _gather(polls)), Summary())
        finally:
            await self._reading.close()

    async def run(self, feeds: Sequence[str], *, interval_seconds: float = schedule.INTERVAL_SECONDS) -> None:
        """Poll until cancelled, until all feeds are gone, or until an error that does not concern a single feed."""
        try:
            await _gather([self._follow(url, interval_seconds) for url in dict.fromkeys(feeds)])
        finally:
            await self._reading.close()

    async def _follow(self, url: str, interval_seconds: float) -> None:
        while True:
            due = (await self._load(url)).next_poll
            pause = (due - self._now()).total_seconds() if due else 0.0
            if pause > 0:
                # bounded, because a clock that was set back must not delay a feed for years
                await self._sleep(min(pause, schedule.MAX_BACK_OFF_SECONDS * (1 + schedule.JITTER)))
            state, _ = await self._poll(url, interval_seconds)
            if state.gone_at is not None:
                self._report(f"{shown(url)}: it answered 410, so it is not polled any more")
                return

    async def _poll(self, url: str, interval_seconds: float) -> tuple[SourceState, Summary]:
        source = WatchedSource(
            id=digest(url),
            url=url,
            site=url,
            created_at=self._now(),
            lane=self._lane,
            interval_seconds=interval_seconds,
        )
        state, summary = await self._reading.poller.poll(source, await self._load(url), self._publish, self._save)
        await self._save(state)
        return state, summary

    async def _load(self, url: str) -> SourceState:
        try:
            return await asyncio.to_thread(self._states.load, url)
        except Rejected as error:
            self._report(str(error))
            return SourceState(url=url)

    async def _save(self, state: SourceState) -> None:
        await asyncio.to_thread(self._states.save, state)


async def _gather(work: Sequence[Coroutine[None, None, T]]) -> list[T]:
    """Run all concurrently; the first error cancels the others and is raised without its group."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]
