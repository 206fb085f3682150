"""The window of stateless stages in rebalances, pauses and behind slow inputs: what is sent, what may be committed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from faust.types import TP

from streams.agents.support.services import Services
from streams.contract import topics
from streams.contract.codec import decode, encode
from streams.contract.errors import Rejected, SetAside
from streams.contract.messages import RawArticle, Track
from streams.contract.stage import WORK, Effects, RecordContext, stage
from streams.contract.topics import Topic
from streams.runtime import logging
from streams.runtime.delivery.offsets import Ledger
from streams.runtime.delivery.runner import Runner
from streams.runtime.settings import Settings
from tests.agents.doubles import Inline
from tests.fiction import raw

HERE = TP("articles", 0)


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


@stage(app=WORK, reads=topics.RAW, sends=[topics.TRACKS])
async def each(arrived: RawArticle, tools: Services, at: RecordContext) -> Effects:
    if arrived.url is not None:
        raise Rejected("a list of links")
    name = await tools.pool.run(str, arrived.origin)
    return Effects((topics.TRACKS, Track(id=arrived.id, name=name, created_at=at.time)))


@dataclass
class World:
    """One partition, its group, and a broker that confirms what it is sent, by hand."""

    folder: Path
    sent: list[str] = field(default_factory=list)  # names, as their effects began
    letters: list[str] = field(default_factory=list)
    slow: set[str] = field(default_factory=set)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    generation: int = 1
    committed: int = 0

    def __post_init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.app: Any = SimpleNamespace(consumer=self, consumer_generation_id=1, should_stop=False)
        self.app.ledger = Ledger(self.app)
        self._committed_offset = {HERE: 0}
        settings = Settings(log_format="json", pool_processes=2, flood_messages=40)
        logging.configure(settings)
        sends: dict[Topic, Any] = {
            topics.TRACKS: SimpleNamespace(send=self._send),
            topics.DEADLETTERS: SimpleNamespace(send=self._refuse),
        }
        self.runner = Runner(self.app, each, settings, Services(settings, pool=Slow(self)), sends, self.folder)

    async def _send(self, value: bytes, **rest: Any) -> "asyncio.Future[None]":
        self.sent.append(decode(value, Track).name)
        return self._confirmed()

    async def _refuse(self, value: bytes, **rest: Any) -> "asyncio.Future[None]":
        self.letters.append(decode(value, RawArticle).origin)
        return self._confirmed()

    def _confirmed(self) -> "asyncio.Future[None]":
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    async def earliest_offsets(self, *partitions: TP) -> dict[TP, int]:
        return dict.fromkeys(partitions, 0)

    # --- what the runner reads

    def noack(self) -> "World":
        return self

    async def ack(self, event: Any) -> None: ...

    async def events(self) -> AsyncIterator[Any]:
        while (event := await self.queue.get()) is not None:
            yield event

    def feed(self, articles: Sequence[RawArticle], first: int = 0) -> None:
        for offset, article in enumerate(articles, first):
            message = SimpleNamespace(
                tp=HERE, topic=HERE.topic, partition=0, offset=offset, generation_id=self.app.consumer_generation_id,
                key=article.id.encode(), value=encode(article), headers=[], timestamp=1_900_000_000.0,
            )  # fmt: skip
            self.queue.put_nowait(SimpleNamespace(message=message))

    def rebalance(self) -> None:
        """The partition stays; what is fetched from now on begins at the commit."""
        self.app.consumer_generation_id += 1

    def to_commit(self) -> int:
        offset: int = self.app.ledger.to_commit(self._committed_offset).get(HERE, self._committed_offset[HERE])
        return offset

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():  # noqa: ASYNC110 - nobody tells when it does
            await asyncio.sleep(0.01)


def with_world(folder: Path, test: Callable[[World], Awaitable[None]]) -> None:
    async def run() -> None:
        world = World(folder)
        running = asyncio.ensure_future(world.runner.run(world))
        testing = asyncio.ensure_future(test(world))
        await asyncio.wait({running, testing}, timeout=60.0, return_when=asyncio.FIRST_COMPLETED)
        assert testing.done(), running
        testing.result()
        world.queue.put_nowait(None)
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


def test_nobody_waits_for_an_input_that_was_set_aside(tmp_path: Path) -> None:
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


def test_a_newer_revision_of_what_was_set_aside_waits_for_it(tmp_path: Path) -> None:
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


def test_a_rebalance_within_the_window_commits_nothing_of_before(tmp_path: Path) -> None:
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


def test_what_a_pause_gives_up_holds_the_commit_until_it_is_done(tmp_path: Path) -> None:
    """A rebalance ends the pause: the refused message is given up, those behind it are sent, and it comes again."""

    async def test(world: World) -> None:
        articles = [*refused(10), *named("good", "better")]
        world.feed(articles)
        await world.until(lambda: world.runner.paused_for is not None)
        assert len(world.letters) == 9
        assert world.to_commit() == 9
        world._committed_offset[HERE] = 9
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
