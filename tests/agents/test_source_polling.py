"""Polling sources that are due, with a simulated log and a clock: whose they are, once at a time, stored in order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from msgspec.structs import replace

from streams.agents.poll import poll
from streams.agents.support import source_polling
from streams.agents.support.services import Services
from streams.contract import topics
from streams.contract.codec import encode
from streams.contract.messages import Message, Polled, RawArticle, SourceState, SourceStatus, WatchedSource
from streams.contract.topics import Topic
from streams.contract.trace import Trace
from streams.runtime.partitions import partition_of
from streams.runtime.settings import Settings
from streams.runtime.spool.spool import Spool
from streams.sources.polls import SourcePolls, SourceRow, to_message
from tests.agents.doubles import at
from tests.fiction import NOON, raw

PARTITIONS = 4


def source(name: str = "tarn", **more: Any) -> WatchedSource:
    url = f"https://{name}.example/feed"
    return WatchedSource(id=name, url=url, site=f"{name}.example", created_at=NOON, **more)


@dataclass
class Summary:
    new: int = 0


class FixedSources:
    """The broadcast of sources."""

    def __init__(self, *sources: WatchedSource) -> None:
        self.known = {one.id: one for one in sources}

    @property
    def values(self) -> dict[str, WatchedSource]:
        return self.known

    async def caught_up(self) -> None:
        """Everything is read."""


@dataclass
class World:
    """The stage with its log, and a poller that publishes one article a poll."""

    sources: FixedSources
    now: datetime = NOON
    states: dict[int, SourcePolls] = field(default_factory=dict)
    log: list[Polled] = field(default_factory=list)
    published: list[RawArticle] = field(default_factory=list)
    polled: list[tuple[str, datetime]] = field(default_factory=list)
    seen: list[SourceState] = field(default_factory=list)
    statuses: list[SourceStatus] = field(default_factory=list)
    stuck: asyncio.Event | None = None
    refused: int = 0  # sends that the broker refuses
    waits: bool = False  # for pauses in real time
    huge: bool = False  # states do not fit a message
    fails: bool = False  # polls raise what nobody expects
    spool: Spool | None = None  # None: a new one
    order: list[str] = field(default_factory=list)  # of the topics that the broker got messages of

    async def send(self, topic: Topic, message: Message, trace: Trace) -> None:
        if self.refused:
            self.refused -= 1
            raise ConnectionError("the broker is away")
        self.order.append(topic.base)
        if isinstance(message, RawArticle):
            assert topic is topics.RAW
            assert [hop.stage for hop in trace] == ["receive"]
            self.published.append(message)
            return
        if isinstance(message, SourceStatus):
            self.statuses.append(message)
            return
        assert isinstance(message, Polled)
        encode(message)
        self.log.append(message)
        partition = partition_of(message.site, PARTITIONS)
        if partition in self.states:
            poll.handle(message, self.states[partition], at(len(self.log), partition=partition))

    async def poll(
        self,
        source: WatchedSource,
        state: SourceState,
        publish: Callable[[RawArticle], Awaitable[None]],
        save: Callable[[SourceState], Awaitable[None]],
    ) -> tuple[SourceState, Summary]:
        self.polled.append((source.id, self.now))
        self.seen.append(state)
        if self.stuck is not None:
            await self.stuck.wait()
        if self.fails:
            raise ZeroDivisionError
        await publish(raw(f"<p>{source.id} {len(self.polled)}</p>"))
        state = state.with_seen((f"m{len(self.polled)}",))
        if self.huge:
            state = replace(state, title="x" * 2_000_000)
        due = self.now + timedelta(seconds=60)
        return replace(state, polled=True, articles=state.articles + 1, next_poll=due), Summary(1)

    def run(self, ends: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> None:
        """Poll until ``ends`` is true; the clock moves a second with each look."""
        monkeypatch.setattr(source_polling, "LOOK_SECONDS", 0)

        def clock() -> datetime:
            self.now += timedelta(seconds=1)
            return self.now

        async def work(spool: Spool) -> None:
            services = Services(
                Settings(partitions=PARTITIONS), sources=self.sources, poller=self, spool=spool, clock=clock
            )
            live: Any = self
            polling = asyncio.ensure_future(source_polling.poll_due_sources(services, live))
            for _ in range(20_000):
                if ends() or polling.done():
                    break
                await asyncio.sleep(0.001 if self.waits else 0)
            if polling.done():
                polling.result()
            polling.cancel()
            await asyncio.wait({polling})
            assert ends()

        with TemporaryDirectory() as folder:
            spool = self.spool or Spool(Path(folder), 10_000_000)
            asyncio.run(work(spool))
            if self.spool is None:
                spool.close()


def world(*sources: WatchedSource, owned: tuple[int, ...] = (0, 1, 2, 3)) -> World:
    return World(FixedSources(*sources), states={number: SourcePolls() for number in owned})


def test_a_new_source_is_polled_at_once_and_then_when_due(monkeypatch: pytest.MonkeyPatch) -> None:
    here = world(source())
    here.run(lambda: len(here.log) >= 3, monkeypatch)
    times = [when for _, when in here.polled]
    assert times[0] - NOON <= timedelta(seconds=3)
    assert all(timedelta(seconds=60) <= later - earlier < timedelta(seconds=70) for earlier, later in pairwise(times))
    assert [one.state.version for one in here.log if one.state] == [1, 2, 3]
    assert here.seen[1].seen == ("m1",)


def test_what_a_poll_has_brought_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = world(source())
    desk.run(lambda: [one.articles for one in desk.statuses][-2:] == [1, 2], monkeypatch)
    assert desk.now < NOON + timedelta(minutes=3)


def test_only_the_owner_of_the_partition_polls_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"n{number}" for number in range(40)]
    mine = (1, 3)
    here = world(*map(source, names), owned=mine)
    expected = {name for name in names if partition_of(f"{name}.example", PARTITIONS) in mine}
    here.run(
        lambda: {name for name, _ in here.polled} == expected and here.now - NOON > timedelta(seconds=30), monkeypatch
    )
    assert 0 < len(expected) < 40


def test_the_next_owner_goes_on_from_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    here = world(source())
    here.run(lambda: len(here.log) == 1, monkeypatch)
    rows: dict[str, SourceRow | None] = {}
    for message in here.log:
        rows |= SourcePolls().take(message)[1]
    partition = partition_of("tarn.example", PARTITIONS)
    restored = SourcePolls()
    for key, row in rows.items():
        assert row is not None
        restored.restore(key, row)
    there = World(here.sources, now=here.now, states={partition: restored})
    there.run(lambda: there.now - here.now > timedelta(seconds=30), monkeypatch)
    assert there.polled == []  # it is not due
    there.run(lambda: len(there.log) == 1, monkeypatch)
    assert there.seen[0].seen == ("m1",)


def test_a_slow_source_is_polled_once_and_delays_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    here = world(source("slow"), source("quick"))
    here.stuck = asyncio.Event()
    quick = here.poll

    async def one_is_stuck(source: WatchedSource, *rest: Any) -> tuple[SourceState, Summary]:
        if source.id == "slow":
            here.polled.append((source.id, here.now))
            await asyncio.Event().wait()
        here.stuck = None
        return await quick(source, *rest)

    monkeypatch.setattr(here, "poll", one_is_stuck)
    here.run(lambda: sum(name == "quick" for name, _ in here.polled) >= 3, monkeypatch)
    assert sum(name == "slow" for name, _ in here.polled) == 1


def test_the_source_that_has_waited_longest_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """More are due than can be polled: each gets its turn, wherever it is in the list."""
    here = world(*map(source, ("a", "b", "c")))
    monkeypatch.setattr(source_polling, "MOST_AT_ONCE", 1)

    async def due_at_once(source: WatchedSource, state: SourceState, *_: Any) -> tuple[SourceState, Summary]:
        here.polled.append((source.id, here.now))
        return replace(state, polled=True, next_poll=here.now), Summary()

    monkeypatch.setattr(here, "poll", due_at_once)
    here.run(lambda: len(here.polled) == 9, monkeypatch)
    assert sorted(name for name, _ in here.polled) == ["a", "a", "a", "b", "b", "b", "c", "c", "c"]


def test_while_kafka_is_away_polls_go_on_and_are_sent_later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10_000_000)
    away = world(source())
    away.spool, away.refused, away.waits = spool, 1_000_000, True
    away.run(lambda: len(away.polled) >= 5, monkeypatch)  # the fifth begins when what the fourth brought is on disk
    assert [len(state.seen) for state in away.seen[:4]] == [0, 1, 2, 3]  # each went on from the one before
    assert away.order == []
    spool.close()
    # the process is killed, and its next start finds what the polls have brought
    back = World(away.sources, now=away.now, states=away.states, spool=Spool(tmp_path, 10_000_000), waits=True)
    back.run(lambda: len(back.published) >= 4 and len(back.log) >= 4, monkeypatch)  # polls go on meanwhile
    texts = [article.page().decode() for article in back.published[:4]]
    assert texts == [f"<p>tarn {number}</p>" for number in (1, 2, 3, 4)]
    first = [base for base in back.order if base in (topics.RAW.base, topics.POLLS.base)][:6]
    assert first == [topics.RAW.base, topics.POLLS.base] * 3


def test_polls_without_news_take_no_room_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = world(source())
    here.spool, here.waits, here.refused = Spool(tmp_path, 10_000_000), True, 1_000_000

    async def nothing_new(source: WatchedSource, state: SourceState, *_: Any) -> tuple[SourceState, Summary]:
        here.polled.append((source.id, here.now))
        return replace(state, polled=True, next_poll=here.now + timedelta(seconds=60)), Summary()

    monkeypatch.setattr(here, "poll", nothing_new)
    here.run(lambda: len(here.polled) >= 4, monkeypatch)
    assert here.spool.count == 1  # of the poll that found Kafka away
    here.refused = 0
    here.run(lambda: len(here.log) >= 2, monkeypatch)
    versions = [one.state.version for one in here.log if one.state]
    assert versions == sorted(versions)


def test_a_lost_partition_ends_its_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    here = world(source())
    here.stuck = asyncio.Event()
    partition = partition_of("tarn.example", PARTITIONS)

    def lose() -> bool:
        if here.polled:
            here.states.pop(partition, None)
        return bool(here.polled) and here.now - here.polled[0][1] > timedelta(seconds=5)

    here.run(lose, monkeypatch)
    assert here.log == []
    assert here.published == []


def test_a_state_of_a_frozen_worker_is_ignored() -> None:
    states = SourcePolls()
    newer = SourceState(url="u", version=7, etag='"new"')
    assert states.take(Polled(source="s", site="s", state=newer))[0] == "polled"
    for version in (6, 7):
        late = SourceState(url="u", version=version, etag='"old"')
        assert states.take(Polled(source="s", site="s", state=late)) == ("ignored", {})
    assert states.state(source("s")).etag == '"new"'


def test_a_paused_source_is_not_polled_until_it_is_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    here = world(source(paused=True))
    here.run(lambda: here.now - NOON > timedelta(seconds=200), monkeypatch)
    assert here.polled == []
    here.sources.known["tarn"] = source(resumed_at=here.now)
    here.run(lambda: len(here.polled) == 1, monkeypatch)


def test_a_source_that_is_gone_is_polled_when_a_person_asks() -> None:
    states = SourcePolls()
    gone = SourceState(url="u", version=1, gone_at=NOON, next_poll=NOON)
    states.take(Polled(source="tarn", site="tarn.example", state=gone))
    assert states.due(source()) is None
    assert states.due(source(resumed_at=NOON)) == NOON


def test_a_state_that_does_not_fit_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    here = world(source())
    here.huge = True
    here.run(lambda: len(here.log) == 2, monkeypatch)
    state = here.log[0].state
    assert state is not None
    assert (state.failures, state.version) == (1, 1)
    assert "does not fit" in (state.error or "")
    assert here.polled[1][1] - here.polled[0][1] >= timedelta(seconds=60)


def test_an_unexpected_error_costs_one_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    here = world(source())
    here.fails = True
    here.run(lambda: len(here.polled) == 3, monkeypatch)
    times = [when for _, when in here.polled]
    assert times[1] - times[0] >= timedelta(seconds=60)
    assert here.log == []


def test_the_state_of_a_removed_source_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    here = world(source())
    here.run(lambda: len(here.log) == 1, monkeypatch)
    del here.sources.known["tarn"]
    here.run(lambda: here.log[-1].state is None, monkeypatch)
    partition = partition_of("tarn.example", PARTITIONS)
    assert list(here.states[partition].sites()) == []


def test_a_memory_is_a_row_of_its_own_that_changes_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    state = SourceState(url="u", seen=("a", "b"))
    first = to_message(source(), replace(state, version=1), SourceState(url="u"))
    again = to_message(source(), replace(state, version=2), state)
    states = SourcePolls()
    assert set(states.take(first)[1]) == {"tarn", "tarn/memory"}
    assert set(states.take(again)[1]) == {"tarn"}
    assert states.state(source()).seen == ("a", "b")
