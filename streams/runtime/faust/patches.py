"""Five repairs of faust-streaming 0.15.3: four without which an app can lose messages or rows at a start or rebalance,
and one without which a message waits for seconds.

1. (faust-streaming issue 596) After the tables are recovered, the flow is already running while the stream partitions
   are sought to their committed offsets: what arrives during the seek is dropped and never processed. Repair: stop
   the flow before that seek.
2. Partitions without a committed offset are not sought at all, so that a first fetch that was dropped is never
   repeated. Repair: seek them to their earliest offset.
3. A consumer has one fetch at a time under way to a broker, which holds it until there is data, at most for 1.5 s by
   Faust's choice. A partition that was drained after that fetch went out is not asked for until it is back: a hop then
   takes a second although its message is there. Repair: a fetch that does not ask for all partitions is held briefly.
   And under load each message would be fetched alone: fetches are paced (`streams.runtime.faust.fetch_pacing`).
4. Reading tables back, Faust drops rows that are under way in a rebalance: it waits for good, or goes on without them.
   Repair: Faust reads none, `streams.runtime.state.table` reads each partition when it comes
   (`streams.runtime.state.changelog`).
5. Faust counts as acknowledged what it drops because of a rebalance, and commits past a gap of one message
   (`Consumer._new_offset`). Repair: our own ledger decides what is committed (`streams.runtime.delivery.offsets`).

`streams.runtime.delivery.offsets` also checks every offset, so a gap of any other origin stops the process instead of
losing messages. Each repair has a test that fails without it.
"""

import time
from collections.abc import Collection
from typing import Any
from weakref import WeakKeyDictionary

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.subscription_state import ManualSubscription
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import Consumer as AiokafkaConsumer

from streams.runtime.faust.fetch_pacing import HOLD_MS, HOLD_PART_MS, TokenBucket
from streams.runtime.faust.group import committed_offset

_applied = False


def apply(without: Collection[str] = ()) -> None:
    """Install the repairs once per process. Tests leave some out, by the names in `REPAIRS`."""
    global _applied  # noqa: PLW0603 - patching twice would wrap the wrapper
    if _applied:
        return
    _applied = True
    for name, repair in REPAIRS.items():
        if name not in without:
            repair()


def _stop_flow_before_seek() -> None:
    resume, completed = Recovery._resume_streams, Recovery.on_recovery_completed

    def stop(recovery: Any) -> None:
        recovery.app.consumer.stop_flow()
        recovery.app.flow_control.suspend()

    async def resume_streams(self: Any, *args: Any, **kwargs: Any) -> Any:
        stop(self)
        return await resume(self, *args, **kwargs)

    async def on_recovery_completed(self: Any, *args: Any, **kwargs: Any) -> Any:
        stop(self)
        return await completed(self, *args, **kwargs)

    Recovery._resume_streams = resume_streams  # type: ignore[method-assign]
    Recovery.on_recovery_completed = on_recovery_completed  # type: ignore[method-assign]


def _rewind_uncommitted() -> None:
    perform_seek = Consumer.perform_seek

    async def rewinding(self: Any) -> None:
        await perform_seek(self)
        fresh = [tp for tp in self.assignment() if _is_stream(self, tp) and not committed_offset(self, tp)]
        if fresh:
            earliest = await self.earliest_offsets(*fresh)
            for tp in fresh:
                await self._seek(tp, earliest.get(tp) or 0)

    Consumer.perform_seek = rewinding  # type: ignore[method-assign]


def _pace_fetches() -> None:
    actions = Fetcher._get_actions_per_node
    paces: WeakKeyDictionary[Any, TokenBucket] = WeakKeyDictionary()

    def paced(self: Any, assignment: Any) -> Any:
        fetches, resets, timeout, *rest = actions(self, assignment)
        # a consumer outside a group, of a changelog or of a broadcast topic, is not paced
        if fetches and not isinstance(self._subscriptions.subscription, ManualSubscription):
            pace = paces.setdefault(self, TokenBucket())
            if (left := pace.left(now := time.monotonic())) > 0:
                return [], resets, min(timeout, left), *rest
            pace.count(now)
            hold = HOLD_MS if asks_for_all(self, assignment) else HOLD_PART_MS
            for _, fetch in fetches:
                fetch._max_wait_ms = hold
        return fetches, resets, timeout, *rest

    def asks_for_all(self: Any, assignment: Any) -> bool:
        return not any(tp in self._records and not assignment.state_value(tp).paused for tp in assignment.tps)

    Fetcher._get_actions_per_node = paced


def _leave_tables_alone() -> None:
    perform_seek, verify_event_path = Consumer.perform_seek, AiokafkaConsumer.verify_event_path

    async def alone(self: Any) -> None:
        await perform_seek(self)
        # they are assigned nevertheless: the first fetch would bring a megabyte of each, which nothing reads
        tables = [TopicPartition(*tp) for tp in self.assignment() if not _is_stream(self, tp)]
        if tables:
            await self._thread.call_thread(pause, self._thread, tables)

    async def pause(thread: Any, tables: list[TopicPartition]) -> None:
        thread._ensure_consumer().pause(*tables)

    def verify(self: Any, now: float, tp: Any) -> None:
        # else it logs an error every ten seconds, after five minutes, about a table that is not fetched
        if _is_stream(self, tp):
            verify_event_path(self, now, tp)

    Consumer.perform_seek = alone  # type: ignore[method-assign]
    AiokafkaConsumer.verify_event_path = verify  # type: ignore[method-assign]
    Recovery.need_recovery = lambda self: False  # type: ignore[method-assign]


def _commit_by_the_ledger() -> None:
    def ack(self: Any, message: Any) -> bool:
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    async def add_gap(self: Any, tp: Any, offset_from: int, offset_to: int) -> None:
        """The ledger judges gaps."""

    def committable(self: Any, tps: Any) -> dict[Any, int]:
        found: dict[Any, int] = self.app.ledger.to_commit()
        return found

    Consumer.ack = ack  # type: ignore[method-assign]
    Consumer._add_gap = add_gap  # type: ignore[method-assign]
    Consumer._filter_committable_offsets = committable  # type: ignore[method-assign]


def _is_stream(consumer: Any, tp: Any) -> bool:
    return tp.topic in consumer.app.topics.acking_topics


REPAIRS = {
    "stop_flow_before_seek": _stop_flow_before_seek,
    "rewind_uncommitted": _rewind_uncommitted,
    "pace_fetches": _pace_fetches,
    "leave_tables_alone": _leave_tables_alone,
    "commit_by_the_ledger": _commit_by_the_ledger,
}
