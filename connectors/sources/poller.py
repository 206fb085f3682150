"""Polls a source of any kind once: publishes its articles, stores its states, and plans the next poll."""

import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from connectors.files.items import RefusedInput
from connectors.http.fetch import Gone, Held, TryAgain
from connectors.http.holds import Holds
from connectors.http.net import shown
from connectors.sources.kind import Arrival, Kind, Step
from streams.contract.errors import Rejected, StorywatchError, Unavailable, UsageError
from streams.contract.messages import MAX_LABELS, Hold, Lane, RawArticle, SourceState, WatchedSource
from streams.runtime.metrics import report_unexpected
from streams.sources import health, rhythm, schedule

MAX_HOLDS = 100  # hosts in the state of one source
MAX_ERROR_CHARACTERS = 300
DELAY_WEIGHT = 0.1  # of one article in the average delay

Publish = Callable[[RawArticle], Awaitable[None]]
Save = Callable[[SourceState], Awaitable[None]]
Report = Callable[[str], None]


@dataclass(frozen=True)
class Summary:
    """The result of polls. ``feeds``: how many sources were polled; ``failed``: how many of them could not be read."""

    feeds: int = 0
    failed: int = 0
    unchanged: int = 0  # sources without a new entry
    new: int = 0  # articles published
    from_feed: int = 0  # of those, how many are the feed's own text, because the page was not available
    refused: tuple[RefusedInput, ...] = ()  # sources and entries, each with its reason
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
        """How many entries were refused: ``refused`` without the sources that could not be read."""
        return len(self.refused) - self.failed


@dataclass
class _Progress:
    """Progress of one poll. ``state``: the last of the kind; ``counts``: what is counted, in the state before it."""

    state: SourceState
    counts: SourceState
    new: int = 0
    from_feed: int = 0
    backfill: int = 0
    refused: list[RefusedInput] = field(default_factory=list)

    def count(self, arrival: Arrival) -> None:
        """Count an article that was published. What a first poll brings tells nothing about the usual delay."""
        article, counts = arrival.article, self.counts
        self.new += 1
        self.from_feed += arrival.own_text
        self.backfill += article.lane is Lane.BACKFILL
        delay = counts.delay_seconds
        if arrival.published is not None and article.lane is Lane.LIVE and counts.polled:
            seconds = max(0.0, (article.fetched_at - arrival.published).total_seconds())
            delay = round(seconds if delay is None else delay + DELAY_WEIGHT * (seconds - delay), 1)
        self.counts = replace(health.with_page(counts, available=not arrival.own_text), delay_seconds=delay)

    def summary(self, *, failed: bool) -> Summary:
        unchanged = not failed and not self.new and not self.refused
        return Summary(1, failed, unchanged, self.new, self.from_feed, tuple(self.refused), self.backfill)


class Poller:
    """``kinds``: name -> kind. ``report`` gets one line for each refusal and failure."""

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        holds: Holds,
        *,
        report: Report,
        now: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._kinds = kinds
        self._holds = holds
        self._report = report
        self._now = now
        self._chance = chance

    async def poll(
        self, source: WatchedSource, state: SourceState, publish: Publish, save: Save
    ) -> tuple[SourceState, Summary]:
        """Poll once. Returns the state to store and what the poll brought; a source that fails is not an error.

        ``publish`` returns once an article is confirmed; `Rejected` of it costs the article, `Unavailable` ends the
        poll. ``save`` gets the states between articles.
        """
        progress = _Progress(state, state)
        self._holds.merge(state.holds)
        before = self._holds.snapshot()
        failure: StorywatchError | None = None
        try:
            async with aclosing(_guarded(self._kind(source).poll(source, state))) as steps:
                async for step in steps:
                    await self._take(step, source, publish, save, progress)
        except (Rejected, Unavailable, UsageError) as error:
            failure = error
        counted = self._counted(progress)
        if failure is not None:
            self._refuse(RefusedInput(shown(source.url), str(failure)), progress)  # which is no entry
        else:
            counted = replace(counted, pace_seconds=schedule.adapted(state.pace_seconds, news=progress.new > 0))
        planned = self._planned(source, counted, failure)
        if isinstance(failure, Held):
            await self._holds.hold(failure)
        return replace(planned, holds=self._met(state, before)), progress.summary(failed=failure is not None)

    def _kind(self, source: WatchedSource) -> Kind:
        kind = self._kinds.get(source.kind)
        if kind is None:
            raise UsageError(f"this worker reads no sources of kind {source.kind!r}: update it")
        return kind

    async def _take(self, step: Step, source: WatchedSource, publish: Publish, save: Save, progress: _Progress) -> None:
        if isinstance(step, SourceState):
            progress.state = step
            await save(self._counted(progress))  # a poll may follow its source for a minute
        elif isinstance(step, RefusedInput):
            self._refuse(step, progress)
        else:
            try:
                await publish(_with_defaults(step.article, source))
            except Rejected as error:
                self._refuse(RefusedInput(shown(step.article.url or source.url), str(error)), progress)
                return
            progress.count(step)

    def _refuse(self, refused: RefusedInput, progress: _Progress) -> None:
        progress.refused.append(refused)
        self._report(f"{refused.origin}: {refused.reason}")

    def _counted(self, progress: _Progress) -> SourceState:
        """The state with what the poll has brought. What a first poll brings tells nothing about the rhythm."""
        state, counts, now = progress.state, progress.counts, self._now()
        habits = counts.rhythm or (rhythm.first(now) if state.polled else None)
        if habits is not None and counts.polled and progress.new > progress.backfill:
            habits = rhythm.record(habits, now)
        return replace(
            state,
            rhythm=habits,
            articles=counts.articles + progress.new,
            own_text=counts.own_text + progress.from_feed,
            refused=counts.refused + len(progress.refused),
            delay_seconds=counts.delay_seconds,
            pages=counts.pages,
            pages_usual=counts.pages_usual,
        )

    def _planned(self, source: WatchedSource, state: SourceState, failure: StorywatchError | None) -> SourceState:
        """The state with the time of the next poll. A source whose host is on hold has not failed again."""
        interval = source.interval_seconds or self._interval(source) or self._pace(state)
        if isinstance(failure, Held) and not failure.asked:
            return self._due(state, failure.wait_seconds or interval)
        if failure is None:
            declared = max(state.declared_seconds, state.ttl_seconds or 0.0)
            state = replace(state, failures=0, failing_since=None, error=None, gone_at=None)
            state = self._due(state, schedule.after_success(interval, declared))
            if state.next_poll is None:
                return state
            return replace(state, next_poll=schedule.after_skips(state.next_poll, state.skip_hours, state.skip_days))
        failures = state.failures + 1
        asked = failure.wait_seconds if isinstance(failure, TryAgain) else None
        state = replace(
            state,
            failures=failures,
            failing_since=state.failing_since or self._now(),
            error=str(failure)[:MAX_ERROR_CHARACTERS],
            gone_at=self._now() if isinstance(failure, Gone) else None,
            # the address that redirects named does not work any more: the source's own one may name another
            moved_to=None if isinstance(failure, Rejected) else state.moved_to,
        )
        return self._due(state, schedule.after_failure(interval, failures, asked))

    def _interval(self, source: WatchedSource) -> float | None:
        kind = self._kinds.get(source.kind)
        return None if kind is None else kind.interval_seconds

    def _pace(self, state: SourceState) -> float:
        """The interval that adapts, which is not long in hours that usually bring something."""
        pace, now = state.pace_seconds or schedule.INTERVAL_SECONDS, self._now()
        habits = state.rhythm
        if habits is None or not rhythm.is_known(habits, now):
            return pace
        soon = max(rhythm.chance(habits, now), rhythm.chance(habits, now + timedelta(seconds=pace)))
        return min(pace, schedule.ACTIVE_SECONDS) if soon >= schedule.USUALLY_ACTIVE else pace

    def _due(self, state: SourceState, pause_seconds: float) -> SourceState:
        pause = schedule.jittered(pause_seconds, self._chance())
        return replace(state, next_poll=self._now() + timedelta(seconds=pause))

    def _met(self, state: SourceState, before: Mapping[str, Hold]) -> dict[str, Hold]:
        """The holds that the state had and those that changed during the poll, as they are now."""
        now = self._holds.snapshot()
        met = {host: hold for host, hold in now.items() if host in state.holds or before.get(host) != hold}
        return dict(sorted(met.items(), key=lambda item: item[1].until)[-MAX_HOLDS:])


async def _guarded(steps: AsyncGenerator[Step, None]) -> AsyncGenerator[Step, None]:
    """The steps; an unexpected error of the kind becomes `Rejected`, so that it costs one poll of one source."""
    async with aclosing(steps):
        while True:
            try:
                step = await anext(steps)
            except StopAsyncIteration:
                return
            except StorywatchError:
                raise
            except Exception as error:
                raise Rejected(report_unexpected("feed", error)) from error
            yield step


def _with_defaults(article: RawArticle, source: WatchedSource) -> RawArticle:
    """The article with the labels of its source, and with its publisher and language where the entry names none."""
    given = article.given
    given = replace(
        given,
        publisher=given.publisher or source.publisher,
        language=given.language or source.language,
        labels=tuple(dict.fromkeys((*source.labels, *given.labels)))[:MAX_LABELS],
    )
    return article if given == article.given else replace(article, given=given)
