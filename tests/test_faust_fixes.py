"""The repairs of Faust: what each changes in the order of things, with Faust's own methods around it."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.consumer.fetcher import Fetcher
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.types import TP

from streams import faust_fixes

STREAM, CHANGELOG, KNOWN = TP("articles", 0), TP("changelog", 0), TP("articles", 1)


@pytest.fixture(autouse=True)
def _repaired() -> None:
    faust_fixes.apply()


def test_a_partition_without_a_commit_is_read_from_its_earliest_offset() -> None:
    """Its first fetch may have been dropped while the tables were read back, and nothing else would fetch it again."""
    sought: dict[TP, int] = {}

    class Fresh:
        app = SimpleNamespace(topics=SimpleNamespace(acking_topics={"articles"}))
        _committed_offset: dict[TP, int | None] = {KNOWN: 7}  # noqa: RUF012
        _read_offset: dict[TP, int | None] = {}  # noqa: RUF012

        async def seek_to_committed(self) -> dict[TP, int]:
            return {KNOWN: 7}

        def assignment(self) -> set[TP]:
            return {STREAM, CHANGELOG, KNOWN}

        async def earliest_offsets(self, *partitions: TP) -> dict[TP, int]:
            return dict.fromkeys(partitions, 3)

        async def _seek(self, tp: TP, offset: int) -> None:
            sought[tp] = offset

    consumer: Any = Fresh()
    asyncio.run(Consumer.perform_seek(consumer))
    assert sought == {STREAM: 3}


def test_the_flow_stands_still_before_partitions_are_sought_after_recovery() -> None:
    """What arrives during the seek would be dropped."""
    order: list[str] = []

    def noted(name: str) -> Any:
        return lambda *arguments: order.append(name)

    def sought() -> Any:
        raise InterruptedError  # the rest of the story is Faust's

    async def nothing() -> None: ...

    consumer = SimpleNamespace(
        stop_flow=noted("stop_flow"),
        resume_partitions=noted("resume_partitions"),
        perform_seek=sought,
        assignment=lambda: {STREAM},
    )
    app = SimpleNamespace(
        consumer=consumer,
        flow_control=SimpleNamespace(suspend=noted("suspend")),
        on_rebalance_complete=SimpleNamespace(send=nothing),
        consumer_generation_id=1,
    )
    log = SimpleNamespace(dev=lambda text: None, info=lambda text: None)
    recovery: Any = SimpleNamespace(app=app, log=log, _is_changelog_tp=lambda tp: False, _wait=None)
    with pytest.raises(InterruptedError):
        asyncio.run(Recovery._resume_streams(recovery, generation_id=1))
    assert order == ["stop_flow", "suspend", "resume_partitions"]


def test_a_fetch_is_held_by_the_broker_for_a_moment_only() -> None:
    """Faust asks for 1.5 s, and a partition that was drained meanwhile would wait for as long."""
    fetchers: list[Fetcher] = []

    async def start() -> None:
        client: Any = SimpleNamespace(_loop=asyncio.get_running_loop(), _metadata_max_age_ms=1000)
        subscriptions: Any = SimpleNamespace(register_fetch_waiters=lambda waiters: None)
        fetcher = Fetcher(client, subscriptions, fetch_max_wait_ms=1500)
        fetchers.append(fetcher)
        await fetcher.close()

    asyncio.run(start())
    assert fetchers[0]._fetch_max_wait_ms == faust_fixes.FETCH_WAIT_MS


def test_the_repairs_are_made_once() -> None:
    before = Consumer.perform_seek
    faust_fixes.apply()
    assert Consumer.perform_seek is before
