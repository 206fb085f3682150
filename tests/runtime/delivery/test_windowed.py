"""Windowed stages in rebalances, pauses and behind slow inputs: what is sent, what may be committed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from streams.agents.support.services import Services
from streams.contract import topics
from streams.contract.codec import decode, encode
from streams.contract.errors import Rejected, SetAside
from streams.contract.messages import RawArticle, Track
from streams.contract.stage import WORK, Effects, Outgoing, RecordContext, windowed_stage
from streams.contract.topics import Topic
from streams.runtime import logging
from streams.runtime.delivery.committer import AppContext, TopicSender
from streams.runtime.delivery.offsets import OffsetLedger
from streams.runtime.delivery.windowed import WindowedRunner
from streams.runtime.settings import Settings
from streams.runtime.state.partition_states import Partitions
from tests.agents.doubles import Inline
from tests.fiction import raw
from tests.runtime.doubles import HERE, Group, QueueStream, record


class Slow(Inline):
    """A pool whose first tries are too short for some inputs."""

    def __init__(self, world: "World", again: bool = False) -> None:
        self._world = world
        self._again = again

    def again(self) -> "Slow":
        return Slow(self._world, again=True)

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        (named,) = arguments
        if named in self._world.slow and not self._again:
            raise SetAside("took longer than 1 s of CPU time")
        if named in self._world.held:
            await self._world.held[named].wait()
        return named


@windowed_stage(app=WORK, reads=topics.RAW, sends=[topics.TRACKS])
async def each(arrived: RawArticle, services: Services, context: RecordContext) -> Effects:
    if arrived.url is not None:
        raise Rejected("a list of links")
    name = await services.pool.run(str, arrived.origin)
    return Effects(Outgoing(topics.TRACKS, Track(id=arrived.id, name=name, created_at=context.time)))


@dataclass
class Channel:
    """A topic that confirms each record at once."""

    take: Callable[[bytes], None]

    async def send(self, *, key: bytes | None, value: bytes | None, headers: object) -> Awaitable[None]:
        self.take(value or b"")
        return asyncio.sleep(0)


@dataclass
class World:
    """One partition, its group, and a broker that confirms what it is sent."""

    folder: Path
    sent: list[str] = field(default_factory=list)  # names, as their effects began
    letters: list[str] = field(default_factory=list)
    slow: set[str] = field(default_factory=set)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    stream: QueueStream = field(default_factory=QueueStream)
    group: Group = field(default_factory=Group)

    def __post_init__(self) -> None:
        settings = Settings(log_format="json", pool_processes=2, flood_messages=40)
        logging.configure(settings)
        senders: dict[Topic, TopicSender] = {
            topics.TRACKS: Channel(lambda value: self.sent.append(decode(value, Track).name)),
            topics.DEADLETTERS: Channel(lambda value: self.letters.append(decode(value, RawArticle).origin)),
        }
        partitions = Partitions()
        self.ledger = OffsetLedger(self.group, partitions)
        services = Services(settings, pool=Slow(self))
        self.runner = WindowedRunner(
            each, AppContext(self.group, partitions, self.ledger, settings, services, senders, self.folder)
        )

    def feed(self, articles: Sequence[RawArticle], first: int = 0) -> None:
        for offset, article in enumerate(articles, first):
            read = record(offset, HERE, self.group.generation, key=article.id.encode(), value=encode(article))
            self.stream.put(SimpleNamespace(message=read))

    def rebalance(self) -> None:
        """The partition stays; what is fetched from now on begins at the commit."""
        self.group.generation += 1

    def to_commit(self) -> int:
        return self.ledger.to_commit().get(HERE, self.group.committed(HERE))

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():  # noqa: ASYNC110 - nobody tells when it does
            await asyncio.sleep(0.01)


def with_world(folder: Path, test: Callable[[World], Awaitable[None]]) -> None:
    async def run() -> None:
        world = World(folder)
        running = asyncio.ensure_future(world.runner.run(world.stream))
        testing = asyncio.ensure_future(test(world))
        await asyncio.wait({running, testing}, timeout=60.0, return_when=asyncio.FIRST_COMPLETED)
        assert testing.done(), running
        testing.result()
        world.stream.put(None)
        for event in world.held.values():
            event.set()
        await running

    asyncio.run(run())


def named(*names: str) -> list[RawArticle]:
    return [raw(name, origin=name) for name in names]


def refused(count: int) -> list[RawArticle]:
    """Of so many publishers that the fault must be ours."""
    return [raw(f"list {n}", origin=f"list {n}", url=f"https://site{n % 8}.example/{n}") for n in range(count)]


def test_effects_begin_in_the_order_of_the_log(tmp_path: Path) -> None:
    async def test(world: World) -> None:
        world.held = {"a": asyncio.Event()}
        world.feed(named("a", "b", "c"))
        await asyncio.sleep(0.1)
        assert world.sent == []
        world.held["a"].set()
        await world.until(lambda: world.to_commit() == 3)
        assert world.sent == ["a", "b", "c"]

    with_world(tmp_path, test)


def test_an_input_set_aside_delays_no_other_one(tmp_path: Path) -> None:
    """However many come behind it; and what is done there is not committed before it."""

    async def test(world: World) -> None:
        world.slow, world.held = {"slow", "slower"}, {"slow": asyncio.Event(), "slower": asyncio.Event()}
        many = [f"n{number}" for number in range(30)]
        world.feed(named("slow", "slower", *many))
        await world.until(lambda: world.sent == many)
        assert world.to_commit() == 0
        world.held["slower"].set()
        await world.until(lambda: world.sent[-1] == "slower")
        assert world.to_commit() == 0
        world.held["slow"].set()
        await world.until(lambda: world.to_commit() == 32)

    with_world(tmp_path, test)


def test_a_newer_revision_waits_for_one_set_aside(tmp_path: Path) -> None:
    async def test(world: World) -> None:
        world.slow, world.held = {"slow"}, {"slow": asyncio.Event()}
        first, other = named("slow", "other")
        second = raw("slow", origin="newer")
        assert second.id == first.id
        world.feed([first, second, other])
        await world.until(lambda: world.sent == ["other"])
        world.held["slow"].set()
        await world.until(lambda: world.to_commit() == 3)
        assert world.sent == ["other", "slow", "newer"]

    with_world(tmp_path, test)


def test_a_rebalance_within_the_window_commits_nothing(tmp_path: Path) -> None:
    async def test(world: World) -> None:
        world.held = {"held": asyncio.Event()}
        articles = named("a", "held", "b", "c")
        world.feed(articles)
        await world.until(lambda: world.to_commit() == 1)
        world.rebalance()
        world.held["held"].set()
        await world.until(lambda: world.sent == ["a", "held", "b", "c"])
        assert world.to_commit() == 0, "of the generation before nothing counts"
        world.feed(articles)
        await world.until(lambda: world.to_commit() == 4)
        assert world.sent == ["a", "held", "b", "c"] * 2

    with_world(tmp_path, test)


def test_what_a_pause_gives_up_holds_the_commit(tmp_path: Path) -> None:
    """A rebalance ends the pause: the refused message is given up, those behind it are sent, and it comes again."""

    async def test(world: World) -> None:
        articles = [*refused(10), *named("good", "better")]
        world.feed(articles)
        await world.until(lambda: world.runner.committer.paused_for is not None)
        assert len(world.letters) == 9
        assert world.to_commit() == 9
        world.group.offsets[HERE] = 9
        world.rebalance()
        await world.until(lambda: world.sent == ["good", "better"])
        assert world.to_commit() == 9
        world.held = {"good": asyncio.Event()}
        world.feed(articles[9:], first=9)
        await world.until(lambda: world.to_commit() == 10)
        assert world.letters[-1] == "list 9", "neither lost nor stuck: its turn came again"
        world.held["good"].set()
        await world.until(lambda: world.to_commit() == 12)

    with_world(tmp_path, test)
