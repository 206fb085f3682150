"""Which states outlast a rebalance. (`tests/integration/test_groups.py` has it on a real group.)"""

import asyncio
import gc
import weakref
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from faust.types import TP

from streams.contract import topics
from streams.contract.messages import RawArticle
from streams.contract.stage import STATE, Effects, RecordContext, stage
from streams.runtime.settings import Settings
from streams.runtime.state.partition_states import States
from tests.agents.doubles import tools


class Nothing:
    """A state of no rows."""

    Row: ClassVar = RawArticle

    def restore(self, key: str, row: RawArticle) -> None: ...

    def settle(self) -> None: ...


@stage(app=STATE, reads=topics.RAW, sends=[], keeps=lambda tools: Nothing())
def keeping(raw: RawArticle, state: Nothing, at: RecordContext) -> Effects:
    return Effects()


class Rows:
    """Those of a table whose last rebalance left the partitions ``left`` as they were."""

    def __init__(self, left: set[int]) -> None:
        self._left = left

    def rows(self, partition: int) -> Mapping[str, bytes]:
        return {}

    def stayed(self, partition: int) -> bool:
        return partition in self._left

    def was_blank(self, partition: int) -> bool:
        return False


@pytest.fixture
def states() -> States:
    rows: Any = Rows(left={0, 1})
    return States(None, keeping, Settings(), tools(), rows)


def message(partition: int) -> Any:
    return SimpleNamespace(message=SimpleNamespace(tp=TP("articles", partition)))


def outlast(states: States, *partitions: int) -> list[bool]:
    """Of each partition, whether its state is the same after a rebalance."""
    before = [states.of(partition) for partition in partitions]
    asyncio.run(states.on_recovered())
    return [states.of(partition) is state for partition, state in zip(partitions, before, strict=True)]


def test_a_state_whose_rows_are_as_they_were_stays(states: States) -> None:
    assert outlast(states, 0, 1, 2) == [True, True, False]


def test_a_state_that_has_seen_a_message_whose_rows_are_not_safe_is_built_again(states: States) -> None:
    states.begin(message(0))
    assert outlast(states, 0, 1) == [False, True]
    assert outlast(states, 0, 1) == [True, True]
    states.begin(message(0))
    states.handled(0, offset=7)
    assert outlast(states, 0, 1) == [True, True]


def test_a_state_is_not_searched_for_garbage_and_goes_without_a_search(states: States) -> None:
    """Of 100,000 articles it would take a second each time, in which nothing is filed."""
    state = states.of(2)
    assert not any(one is state for one in gc.get_objects())
    gone = weakref.ref(state)
    del state
    gc.disable()
    try:
        asyncio.run(states.on_recovered())
        assert gone() is None
    finally:
        gc.enable()
