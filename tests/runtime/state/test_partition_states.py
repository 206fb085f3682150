"""Which states outlast a rebalance. (`tests/integration/test_groups.py` tests it on a real group.)"""

import asyncio
import gc
import weakref
from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar

import pytest
from faust.types import TP

from streams.contract import topics
from streams.contract.errors import FatalError
from streams.contract.messages import RawArticle
from streams.contract.stage import STATE, Effects, OrderedStage, RecordContext, ordered_stage
from streams.runtime.delivery.offsets import OffsetLedger
from streams.runtime.settings import Settings
from streams.runtime.state import partition_states
from streams.runtime.state.partition_states import Partition, Partitions, PartitionStates
from tests.agents.doubles import tools
from tests.runtime.doubles import Group, record


class Nothing:
    """A state of no rows."""

    Row: ClassVar = RawArticle

    def restore(self, key: str, row: RawArticle) -> None: ...

    def build_indexes(self) -> None: ...


@ordered_stage(app=STATE, reads=topics.RAW, sends=[], new_state=lambda services: Nothing())
def keeping(raw: RawArticle, state: Nothing, context: RecordContext) -> Effects:
    return Effects()


async def nothing(services: object, context: object) -> None: ...


@ordered_stage(app=STATE, reads=topics.RAW, sends=[], new_state=lambda services: Nothing(), background=nothing)
def delivering(raw: RawArticle, state: Nothing, context: RecordContext) -> Effects:
    return Effects()


class World:
    """Three partitions of a stage; the last rebalance left the rows of the first two as they were."""

    def __init__(self, stage: OrderedStage = keeping, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.group = Group(ends_={self.tp(number): 0 for number in range(3)})
        self.partitions = Partitions()
        self.ledger = OffsetLedger(self.group, self.partitions)
        self.states = PartitionStates(stage, self.group, self.partitions, settings, tools())
        for number in range(2):
            self[number].unchanged = True

    def tp(self, number: int) -> TP:
        return TP(topics.RAW.base, number)

    def __getitem__(self, number: int) -> Partition:
        return self.partitions[self.tp(number)]

    async def read(self, number: int, offset: int) -> None:
        await self.ledger.mark_in_flight(record(offset, self.tp(number), self.group.generation))

    def done(self, number: int, offset: int) -> None:
        self.ledger.mark_done(record(offset, self.tp(number), self.group.generation))

    async def outlast(self, *numbers: int) -> list[bool]:
        """Of each partition, whether its state is the same after a rebalance."""
        before = [self.states.of(self[number]) for number in numbers]
        self.group.generation += 1
        await self.states.on_recovered()
        return [self.states.of(self[number]) is state for number, state in zip(numbers, before, strict=True)]


def test_a_state_with_unchanged_rows_outlasts_a_rebalance() -> None:
    assert asyncio.run(World().outlast(0, 1, 2)) == [True, True, False]


def test_a_state_with_a_record_in_flight_is_built_again() -> None:
    async def run() -> None:
        world = World()
        await world.read(0, 0)
        assert await world.outlast(0, 1) == [False, True]
        assert await world.outlast(0, 1) == [True, True]
        await world.read(0, 0)
        world.done(0, 0)
        assert await world.outlast(0, 1) == [True, True]

    asyncio.run(run())


@pytest.fixture
def _no_collector() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
def test_a_state_needs_no_garbage_collection() -> None:
    """For 100,000 articles a collection would take a second each time, in which nothing is filed."""
    world = World()
    state = world.states.of(world[2])
    assert not any(one is state for one in gc.get_objects())
    gone = weakref.ref(state)
    del state
    gc.disable()
    asyncio.run(world.states.on_recovered())
    assert gone() is None


def test_background_work_sees_a_partition_without_its_backlog() -> None:
    """What waited when the partition came may say that the work was done already."""

    async def run() -> None:
        world = World(delivering)
        world.group.ends_ = {world.tp(0): 2, world.tp(1): 0}
        await world.states.on_recovered()
        async with asyncio.timeout(10):
            await world.states.wait_for_change(None)
            assert (list(world.states.caught_up), world.states.all_caught_up) == ([1], False)
            for offset in range(2):
                await world.read(0, offset)
            world.done(0, 1)
            await world.states.wait_for_change(0.2)
            assert list(world.states.caught_up) == [1], "the first one is in flight"
            world.done(0, 0)
            await world.states.wait_for_change(None)
            assert (list(world.states.caught_up), world.states.all_caught_up) == ([0, 1], True)
            await world.states.on_revoked()
            assert (world.states.caught_up, world.states.all_caught_up) == ({}, False)

    asyncio.run(run())


def test_a_question_without_an_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else background work would never see its partitions: alerts would wait until the next rebalance."""
    monkeypatch.setattr(partition_states, "ANSWER_SECONDS", 0.01)
    world = World(delivering)
    answer, asked = world.group.ends, []

    async def lost_once(tps: Collection[TP]) -> Mapping[TP, int]:
        asked.append(tps)
        if len(asked) == 1:
            await asyncio.Event().wait()
        return await answer(tps)

    monkeypatch.setattr(world.group, "ends", lost_once)

    async def run() -> None:
        await world.states.on_recovered()
        async with asyncio.timeout(10):
            await world.states.wait_for_change(None)
        assert list(world.states.caught_up) == [0, 1, 2]

    asyncio.run(run())


@pytest.mark.parametrize("accept", [False, True])
def test_an_empty_changelog_behind_a_commit_is_refused(accept: bool) -> None:
    world = World(settings=Settings(accept_deleted=accept))
    world[0].changelog_was_empty = True
    world.group.offsets[world.tp(0)] = 7
    if accept:
        with world.states.attempt(world[0]) as state:
            assert isinstance(state, Nothing)
    else:
        with pytest.raises(FatalError, match="has nothing in partition 0"), world.states.attempt(world[0]):
            pass
