"""Four repairs of faust-streaming 0.15.3: three without which an app with tables can skip messages, or rows, when it
starts or is rebalanced, and one without which a message waits for seconds.

1. (faust-streaming issue 596) After the tables are recovered, the flow is already running while the stream partitions
   are sought to their committed offsets: what arrives during the seek is dropped and never processed. Repair: stop
   the flow before that seek.
2. Partitions without a committed offset are not sought at all, so that a first fetch that was dropped is never
   repeated. Repair: seek them to their earliest offset.

3. A consumer has one fetch at a time under way to a broker, which holds it until there is something to say, at most for
   1.5 s by Faust's choice. A partition that was drained after that fetch went out is not asked for until it is back:
   a hop then takes a second although its message is there. Repair: fetches are held for a moment only.
4. A fetch that is under way when a rebalance begins is not called off. It may take the first rows of a changelog after
   the seek to what the table lacks and before its recovery begins; they are dropped, and the recovery waits for ever,
   or ends without them. Repair: what was fetched from a changelog and not handed on is fetched again.

`streams.delivery` also checks every offset, so a hole of any other origin stops the process instead of losing
messages. Each repair has a test that fails without it.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import IllegalStateError
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer, ThreadDelegateConsumer

# how long a broker may hold a fetch: what a hop may wait for at worst. 40 fetches a second cost 2 % of a core idle.
FETCH_WAIT_MS = 25

_applied = False


def apply() -> None:
    """Install the repairs, once a process."""
    global _applied  # noqa: PLW0603 - patching twice would wrap the wrapper
    if _applied:
        return
    _applied = True
    _stop_flow_before_seek()
    _rewind_uncommitted()
    _hold_fetches_shortly()
    _give_back_what_is_dropped()


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
        fresh = [tp for tp in self.assignment() if is_stream(self, tp) and not self._committed_offset.get(tp)]
        if fresh:
            earliest = await self.earliest_offsets(*fresh)
            for tp in fresh:
                await self._seek(tp, earliest.get(tp) or 0)

    def is_stream(consumer: Any, tp: Any) -> bool:
        return tp.topic in consumer.app.topics.acking_topics

    Consumer.perform_seek = rewinding  # type: ignore[method-assign]


def _hold_fetches_shortly() -> None:
    begin = Fetcher.__init__

    def short(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        self._fetch_max_wait_ms = FETCH_WAIT_MS

    Fetcher.__init__ = short


def _give_back_what_is_dropped() -> None:
    getmany, fetch, stop_flow = Consumer.getmany, ThreadDelegateConsumer._getmany, Consumer.stop_flow
    fetched: dict[Any, Mapping[Any, Sequence[Any]]] = {}  # consumer -> partition -> records of its last fetch
    stops: Counter[Any] = Counter()  # consumer -> how often its flow was stopped

    async def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
        fetched[self] = await fetch(self, *args, **kwargs)
        return fetched[self]

    def counted(self: Any) -> None:
        stops[self] += 1
        stop_flow(self)

    async def whole(self: Any, timeout: float) -> AsyncIterator[tuple[Any, Any]]:
        handed: dict[Any, int] = {}  # partition -> last offset
        fetched[self] = {}
        async for tp, message in getmany(self, timeout):
            before = stops[self]
            yield tp, message
            if stops[self] == before:  # else Faust may have let go of it half-way
                handed[tp] = message.offset
        left = {tp: _after(records, handed.get(tp, -1)) for tp, records in fetched[self].items()}
        dropped = {tp: offsets for tp, offsets in left.items() if offsets and self._is_changelog_tp(tp)}
        if dropped:
            await self._thread.call_thread(_give_back, self._thread._ensure_consumer(), dropped)

    ThreadDelegateConsumer._getmany = noting  # type: ignore[method-assign]
    Consumer.stop_flow = counted  # type: ignore[method-assign]
    Consumer.getmany = whole  # type: ignore[method-assign]


def _after(records: Sequence[Any], handed: int) -> list[int]:
    return [record.offset for record in records if record.offset > handed]


async def _give_back(consumer: Any, dropped: Mapping[Any, Sequence[int]]) -> None:
    for tp, offsets in dropped.items():
        try:
            if await consumer.position(tp) == offsets[-1] + 1:  # else somebody has sought meanwhile, and knew why
                consumer.seek(tp, offsets[0])
        except IllegalStateError:
            continue  # the partition went to another process
