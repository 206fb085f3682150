"""The background work of `poll`: polls each source that is due in the worker that owns the partition of its site.

It works from the rows, so a restarted worker, or the one that takes a partition over, goes on where the former one was.
Articles are confirmed, or on disk while Kafka is away, before the state that says so is: a crash between the two
publishes them again, with the same ids. While Kafka is away polls go on from the states that wait on disk.
"""

import asyncio
import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter

import structlog
from msgspec.structs import replace

from streams.agents.support.services import Services
from streams.agents.support.source_statuses import Statuses
from streams.contract import topics, trace
from streams.contract.errors import Rejected, Unavailable
from streams.contract.messages import Message, Polled, RawArticle, SourceState, WatchedSource
from streams.contract.stage import BackgroundContext
from streams.contract.topics import Topic
from streams.runtime import metrics
from streams.runtime.metrics import report_unexpected
from streams.runtime.partitions import partition_of
from streams.runtime.spool.sender import SpoolingSender
from streams.sources import notices
from streams.sources.polls import SourcePolls, to_message

log = structlog.get_logger("storywatch.sources")

MOST_AT_ONCE = 200  # polls; most of them wait for the pause of a host
LOOK_SECONDS = 0.5  # between two looks at what is due: seconds do not matter to a source that is polled each minute
ASSESS_EVERY = timedelta(seconds=10)
CLEAN_UP_EVERY = timedelta(seconds=60)
AFTER_ERROR = timedelta(seconds=60)  # until a source is polled again whose poll ended with an unexpected error
MAX_ERROR_CHARACTERS = 300
READ_BACK = timedelta(seconds=20)  # of a state that the broker has: if it takes longer Kafka is away, or very slow
SAVE_EVERY = timedelta(seconds=10)  # in the middle of a poll: so much of it is repeated after a crash


@dataclass
class Poll:
    """A poll that runs or whose state is not read back yet."""

    source: WatchedSource
    partition: int
    state: SourceState  # the last that was sent or spooled
    saved_at: datetime
    blocked_until: datetime | None = None  # after an unexpected error
    goes_on_at: datetime | None = None  # from then on the next poll begins from the state even if it is not read back
    task: asyncio.Task[None] | None = None

    @property
    def runs(self) -> bool:
        return self.task is not None and not self.task.done()


@dataclass
class Polls:
    """The polls of this process, by source."""

    running: dict[str, Poll] = field(default_factory=dict)

    def is_busy(self, id_: str, states: SourcePolls, now: datetime) -> bool:
        """Whether a source is being polled, or its last state is not in the table yet."""
        poll = self.running.get(id_)
        if poll is None:
            return False
        if poll.runs or (poll.blocked_until is not None and now < poll.blocked_until):
            return True
        if self.ahead(id_, states, now) is not None:
            return False
        if poll.blocked_until is None and states.version(id_) < poll.state.version:
            return True
        del self.running[id_]
        return False

    def ahead(self, id_: str, states: SourcePolls, now: datetime) -> SourceState | None:
        """The state of a source's last poll, if it is newer than the table's because Kafka is away."""
        poll = self.running.get(id_)
        if poll is None or poll.goes_on_at is None or poll.goes_on_at > now:
            return None
        return poll.state if states.version(id_) < poll.state.version else None

    def cancel_lost(self, is_mine: Callable[[Poll], bool]) -> None:
        """Cancel the polls of sources that are not this worker's any more, or were changed or removed."""
        for id_, poll in list(self.running.items()):
            if not is_mine(poll):
                if poll.task is not None:
                    poll.task.cancel()
                del self.running[id_]

    def count(self) -> int:
        return sum(poll.runs for poll in self.running.values())


async def poll_due_sources(services: Services, live: BackgroundContext) -> None:
    """Run as long as the worker, with at most one poll at a time for each source."""

    async def deliver(topic: Topic, message: Message) -> None:
        received = (trace.open_hop(trace.RECEIVE, message.received_at),) if isinstance(message, RawArticle) else ()
        await live.send(topic, message, received)

    sender = SpoolingSender(services.spool, deliver)
    async with asyncio.TaskGroup() as group:
        group.create_task(sender.run())
        group.create_task(_poll_due_sources(services, live, sender))


async def _poll_due_sources(services: Services, live: BackgroundContext, sender: SpoolingSender) -> None:
    polls, clean_up_at = Polls(), services.clock()
    statuses, assess_at = Statuses(), clean_up_at
    try:
        while True:
            now = services.clock()
            owned = live.states
            polls.cancel_lost(lambda poll: poll.partition in owned and _is_current(poll.source, services))  # noqa: B023
            active, due = polls.count(), _due(services, owned, polls, now)
            for _, partition, source in heapq.nsmallest(MOST_AT_ONCE - active, due, key=itemgetter(0)):
                ahead = polls.ahead(source.id, owned[partition], now)
                state = owned[partition].state(source, ahead)
                poll = Poll(source, partition, state, now, goes_on_at=now if ahead else None)
                owned[partition].begin(source.id)
                poll.task = asyncio.create_task(_poll(poll, services, sender))
                polls.running[source.id] = poll
            begun = min(len(due), MOST_AT_ONCE - active)
            metrics.SOURCES_WATCHED.set(len(services.sources.values))
            metrics.POLLS_RUNNING.set(active + begun)
            metrics.POLLS_WAITING.set(len(due) - begun)
            if now >= clean_up_at:
                await _forget_removed(services, live, sender)
                clean_up_at = now + CLEAN_UP_EVERY
            if now >= assess_at and not sender.waiting:
                await statuses.update(_mine(services, owned), owned, now, live)
                assess_at = now + ASSESS_EVERY
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        for poll in polls.running.values():
            if poll.task is not None:
                poll.task.cancel()


def _due(
    services: Services, owned: Mapping[int, SourcePolls], polls: Polls, now: datetime
) -> list[tuple[datetime, int, WatchedSource]]:
    """Since when each source is due, with its partition. Those that have waited longest are to come first."""
    found = []
    for partition, source in _mine(services, owned):
        since = owned[partition].due(source, polls.ahead(source.id, owned[partition], now))
        if since is not None and since <= now and not polls.is_busy(source.id, owned[partition], now):
            found.append((since, partition, source))
    return found


def _mine(services: Services, owned: Mapping[int, SourcePolls]) -> Iterator[tuple[int, WatchedSource]]:
    """The sources whose partitions this worker owns, each with its partition."""
    count = services.settings.partitions
    for source in services.sources.values.values():
        partition = partition_of(source.site, count)
        if partition in owned:
            yield partition, source


def _is_current(source: WatchedSource, services: Services) -> bool:
    return services.sources.values.get(source.id) == source


async def _poll(poll: Poll, services: Services, sender: SpoolingSender) -> None:
    """Poll once, and store the state. An unexpected error costs this poll."""
    source = poll.source

    async def publish(article: RawArticle) -> None:
        await sender.send(topics.RAW, article)

    async def save(state: SourceState) -> None:
        now = services.clock()
        if now - poll.saved_at >= SAVE_EVERY:
            await _store(poll, state, services, sender)
            poll.saved_at = now

    try:
        state, summary = await services.poller.poll(source, poll.state, publish, save)
        state = await _notify(source, state, services, sender)
        remembers = (state.seen, state.rhythm, state.told) != (poll.state.seen, poll.state.rhythm, poll.state.told)
        if summary.new or remembers or not sender.waiting:
            await _store(poll, state, services, sender)
        else:  # it brought nothing, which is not worth the room on disk
            poll.state, poll.goes_on_at = _next_version(poll, state), services.clock()
        metrics.SOURCE_ARTICLES.inc(summary.new)
        log.debug("polled", source=source.id, new=summary.new, error=state.error)
    except Exception as error:  # the last resort: the other sources go on
        report_unexpected("poll", error)
        poll.blocked_until = services.clock() + AFTER_ERROR


async def _notify(source: WatchedSource, state: SourceState, services: Services, sender: SpoolingSender) -> SourceState:
    """Send the notice that a poll leads to, and return the state that remembers it.

    As an article, it is sent before that state: a crash between the two sends it again, with the same id.
    """
    receiver = services.settings.source_alerts if source.alert is None else source.alert
    notice, state = notices.after_poll(source, state, receiver, services.clock())
    if notice is not None:
        await sender.send(topics.ALERTS, notice)
        log.warning("a source's receiver is told", source=source.id, health=notice.health, receiver=receiver)
    return state


def _next_version(poll: Poll, state: SourceState) -> SourceState:
    source = poll.source
    return replace(
        state, url=source.url, site=source.site, resumed_at=source.resumed_at, version=poll.state.version + 1
    )


async def _store(poll: Poll, state: SourceState, services: Services, sender: SpoolingSender) -> None:
    source = poll.source
    state = _next_version(poll, state)
    message = to_message(source, state, poll.state)
    poll.state = state  # before it is sent: it may be read back at once
    try:
        confirmed = await sender.send(topics.POLLS, message)
    except Rejected as error:  # without any state it would be polled again at once, without end
        log.warning("a state does not fit", source=source.id, error=str(error))
        fits = SourceState(
            url=state.url,
            site=state.site,
            version=state.version,
            resumed_at=state.resumed_at,
            failures=state.failures + 1,
            error=str(error)[:MAX_ERROR_CHARACTERS],
            next_poll=state.next_poll,
            told=state.told,
        )
        poll.state = fits
        confirmed = await sender.send(topics.POLLS, to_message(source, fits, fits))
    poll.goes_on_at = services.clock() + (READ_BACK if confirmed else timedelta())


async def _forget_removed(services: Services, live: BackgroundContext, sender: SpoolingSender) -> None:
    """Remove the states of sources that were removed, which is certain once all messages about them were read."""

    def stale() -> list[Polled]:
        known = services.sources.values
        return [
            Polled(source=id_, site=site)
            for states in live.states.values()
            for id_, site in states.sites()
            if id_ not in known or known[id_].site != site
        ]

    if not stale():
        return
    try:
        await services.sources.caught_up()
    except Unavailable as error:
        log.warning("sources cannot be read", error=str(error))
        return
    for message in stale():
        await sender.send(topics.POLLS, message)
