"""The repairs of Faust: what each changes in the order of things, with Faust's own methods around it."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.subscription_state import ManualSubscription
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import Consumer as AiokafkaConsumer
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from streams.runtime.faust import patches
from streams.runtime.faust.fetch_pacing import AT_ONCE, EVERY_SECONDS, HOLD_MS, HOLD_PART_MS

STREAM, CHANGELOG, KNOWN = TP("articles", 0), TP("changelog", 0), TP("articles", 1)


@pytest.fixture(autouse=True)
def _repaired() -> None:
    patches.apply()


def test_a_partition_without_a_commit_is_rewound() -> None:
    """Its first fetch may have been dropped while the tables were read back, and nothing else would fetch it again."""
    sought: dict[TP, int] = {}
    paused: list[TP] = []

    async def call_thread(method: Any, *arguments: Any) -> None:
        await method(*arguments)

    class Fresh:
        _thread = SimpleNamespace(
            call_thread=call_thread,
            _ensure_consumer=lambda: SimpleNamespace(pause=lambda *partitions: paused.extend(partitions)),
        )
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
    assert paused == [CHANGELOG], "of a table a megabyte would be fetched, for nobody"


def test_no_error_tells_of_tables_that_are_not_fetched() -> None:
    """Faust's own check would log one every ten seconds, for as long as the process runs."""
    verified: list[TP] = []
    consumer: Any = SimpleNamespace(
        app=SimpleNamespace(topics=SimpleNamespace(acking_topics={"articles"})),
        _thread=SimpleNamespace(verify_event_path=lambda now, tp: verified.append(tp)),
    )
    for tp in (STREAM, CHANGELOG, KNOWN):
        AiokafkaConsumer.verify_event_path(consumer, 0.0, tp)
    assert verified == [STREAM, KNOWN]


def test_the_flow_is_stopped_before_the_seek() -> None:
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


class Assignment:
    """Two partitions, both ready to be fetched."""

    tps = (STREAM, KNOWN)

    def __init__(self) -> None:
        self.paused: set[TP] = set()

    def state_value(self, tp: TP) -> Any:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        return SimpleNamespace(has_valid_position=True, position=7, paused=tp in self.paused, resume_fut=future)


def with_fetcher(
    test: Callable[[Fetcher, Assignment], None], subscription: Callable[[], object] = lambda: None
) -> None:
    """Run the test beside a fetcher of aiokafka that has one broker and sends nothing."""

    async def run() -> None:
        cluster = SimpleNamespace(leader_for_partition=lambda tp: 1)
        client: Any = SimpleNamespace(_loop=asyncio.get_running_loop(), _metadata_max_age_ms=1000, cluster=cluster)
        subscriptions: Any = SimpleNamespace(register_fetch_waiters=lambda waiters: None, subscription=subscription())
        fetcher = Fetcher(client, subscriptions, fetch_max_wait_ms=1500)
        test(fetcher, Assignment())
        await fetcher.close()

    asyncio.run(run())


def drained_late(fetcher: Fetcher, tp: TP) -> None:
    """What came of this partition before was not taken yet, and aiokafka waits for it no longer."""
    late: Any = SimpleNamespace(calculate_backoff=lambda: 0)
    fetcher._records[tp] = late


def test_a_fetch_without_some_partitions_is_held_briefly() -> None:
    """Faust asks for 1.5 s, and a partition that was drained meanwhile would wait for as long."""

    def test(fetcher: Fetcher, assignment: Assignment) -> None:
        def held() -> int:
            ((_, request),), *_ = fetcher._get_actions_per_node(assignment)
            return int(request._max_wait_ms)

        assert held() == HOLD_MS
        drained_late(fetcher, KNOWN)
        assert held() == HOLD_PART_MS
        assignment.paused.add(KNOWN)
        assert held() == HOLD_MS, "nobody waits for a partition that is paused"

    with_fetcher(test)


def test_only_fetches_are_paced() -> None:
    def test(fetcher: Fetcher, assignment: Assignment) -> None:
        for _ in range(AT_ONCE):
            requests, *_ = fetcher._get_actions_per_node(assignment)
            assert requests
        assignment.paused.add(KNOWN)
        requests, _, timeout, _, resumed = fetcher._get_actions_per_node(assignment)
        assert requests == []
        assert 0 < timeout <= EVERY_SECONDS, "the fetcher looks again when the next one may go out"
        assert len(resumed) == 1

    with_fetcher(test)


def test_a_changelog_is_read_as_fast_as_it_can_be() -> None:
    def test(fetcher: Fetcher, assignment: Assignment) -> None:
        for _ in range(3 * AT_ONCE):
            requests, *_ = fetcher._get_actions_per_node(assignment)
            assert requests

    with_fetcher(test, lambda: ManualSubscription([STREAM]))


def test_what_faust_drops_in_a_rebalance_is_not_committed() -> None:
    """It acknowledges that by itself, and would commit past a hole of one message."""
    consumer: Any = SimpleNamespace(
        _unacked_messages=set(),
        _committed_offset={STREAM: 9},
        _acked={STREAM: [10, 11]},
        app=SimpleNamespace(ledger=SimpleNamespace(to_commit=lambda: {KNOWN: 4})),
    )
    message = ConsumerMessage("articles", 0, 12, 0.0, 0, None, None, None, None)
    consumer._unacked_messages.add(message)
    assert Consumer.ack(consumer, message)
    assert message.acked
    assert not consumer._unacked_messages
    assert consumer._acked == {STREAM: [10, 11]}, "a list that nobody empties would grow for ever"
    assert Consumer._filter_committable_offsets(consumer, [STREAM]) == {KNOWN: 4}


def test_the_repairs_are_made_once() -> None:
    before = Consumer.perform_seek
    patches.apply()
    assert Consumer.perform_seek is before
