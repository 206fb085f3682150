"""Switches protections of delivery off in a process, by name, so that tests see what each is for.

``SABOTAGE="confirmed_sends,..."`` in the environment of `tests.pipeline.toy`. The names under *protections* take one
away; those under *faults* bring on what a protection is for, which by itself comes once in many starts.
"""

import asyncio
import os
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from faust.tables.recovery import Recovery
from faust.tables.table import Table
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from streams.runtime.delivery import batching, ordered
from streams.runtime.delivery.committer import Committer, PendingEffects
from streams.runtime.delivery.offsets import OffsetLedger
from streams.runtime.delivery.ordered import OrderedRunner
from streams.runtime.delivery.windowed import Turns
from streams.runtime.faust import patches
from streams.runtime.processes import health
from streams.runtime.state import clock_skew, table

# --- protections ---------------------------------------------------------------------------------------------------


def ack_after_success() -> None:
    """Each record is done as it is read, as Faust has it by itself."""
    mark_in_flight = OffsetLedger.mark_in_flight

    async def hasty(self: OffsetLedger, record: Any) -> None:
        await mark_in_flight(self, record)
        self.mark_done(record)

    OffsetLedger.mark_in_flight = hasty  # type: ignore[method-assign]


def what_is_before_is_done() -> None:
    """What is done is committed, whatever is in flight before it."""
    mark_done = OffsetLedger.mark_done

    def hasty(self: OffsetLedger, record: Any) -> None:
        in_flight = self.partitions[record.tp].in_flight
        for offset in [offset for offset in in_flight if offset < record.offset]:
            del in_flight[offset]
        mark_done(self, record)

    OffsetLedger.mark_done = hasty  # type: ignore[method-assign]


def confirmed_sends() -> None:
    """Nothing waits for the broker's confirmation of a message."""
    confirm = Committer.confirm

    async def careless(self: Committer, pending: PendingEffects) -> None:
        pending.sent.clear()
        await confirm(self, pending)

    Committer.confirm = careless  # type: ignore[method-assign]


def confirmed_rows() -> None:
    """Nothing waits for the broker's confirmation of a row, as Faust does by itself."""
    publish = table.Rows.publish

    def careless(self: Any, *row: Any) -> Any:
        publish(self, *row)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    table.Rows.publish = careless  # type: ignore[method-assign, assignment]


def gap_check() -> None:
    """Offsets are not checked."""
    init = OffsetLedger.__init__

    class Every:
        """All topics may have gaps."""

        def __contains__(self, topic: str) -> bool:
            return True

    def blind(self: OffsetLedger, group: Any, partitions: Any, compacted: Any, **options: bool) -> None:
        init(self, group, partitions, Every(), **options)  # type: ignore[arg-type]

    OffsetLedger.__init__ = blind  # type: ignore[method-assign, assignment]


def flow_stopped_before_seek() -> None:
    """Faust as it comes, its first repair left out."""
    patches.apply(without=["stop_flow_before_seek"])


def uncommitted_rewound() -> None:
    """Faust as it comes, its second repair left out."""
    patches.apply(without=["rewind_uncommitted"])


def tables_read_by_us() -> None:
    """Faust as it comes, its fourth repair left out: it reads the tables back."""
    patches.apply(without=["leave_tables_alone"])

    def take(self: Any, batch: Any) -> None:
        for event in batch:
            partition = self.partition(event.message.partition)
            table.put(partition.rows, bytes(event.message.key).decode(), event.message.value)

    table.Rows.apply_changelog_batch = take  # type: ignore[method-assign]
    table.Rows.on_recovery_completed = Table.on_recovery_completed  # type: ignore[method-assign]


def standstill_exit() -> None:
    """A process that stands still is never ended."""
    watch = health.Health.watch

    async def patient(self: Any, end: Any = None) -> None:
        await watch(self, lambda code: None)

    health.Health.watch = patient  # type: ignore[method-assign]


def terms() -> None:
    """Rows are taken in the order of the log, whoever wrote them."""
    table.epoch_of = lambda record: 0


# --- faults ---------------------------------------------------------------------------------------------------------


def a_message_is_skipped() -> None:
    """One message, called "skipped", never reaches the stage, the first time."""
    batches = batching.batches

    async def leaky(stream: Any, most: int, interval: Any) -> Any:
        async for batch in batches(stream, most, interval):
            kept = [
                event
                for event in batch
                if b'"origin":"skipped"' not in (event.message.value or b"") or not first_time()
            ]
            if kept:
                yield kept

    ordered.batches = leaky  # type: ignore[attr-defined, assignment]


def out_of_turn() -> None:
    """Effects begin as their messages are decided, as behind one that was set aside."""

    async def at_once(self: Turns, turn: Any) -> None: ...

    Turns.wait = at_once  # type: ignore[method-assign]


def the_seek_is_slow() -> None:
    """What the test feeds during a seek arrives before it is over: Faust drops it (issue 596).

    Once the test has left the mark "hold", the seek of a recovery leaves the mark "held" and waits for the mark "fed",
    then until what was fed had time to come; the stage works again when it is over ("over")."""
    from tests.pipeline import toy  # it imports this module's effects when it starts

    perform_seek, handle_batch = Consumer.perform_seek, OrderedRunner.handle_batch
    over = asyncio.Event()

    async def slow(self: Any) -> None:
        await perform_seek(self)
        by_fetcher = asyncio.current_task() in self.app._fetcher._futures  # which is to read meanwhile
        if by_fetcher or not (toy.FOLDER / "hold").exists():
            return
        (toy.FOLDER / "held").touch()
        await asyncio.to_thread(toy.wait_for, toy.FOLDER / "fed")
        await asyncio.sleep(2.0)
        over.set()
        (toy.FOLDER / "over").touch()

    async def after(self: OrderedRunner, batch: Any) -> Any:
        if (toy.FOLDER / "hold").exists():
            await over.wait()
        return await handle_batch(self, batch)

    Consumer.perform_seek = slow  # type: ignore[method-assign]
    OrderedRunner.handle_batch = after  # type: ignore[method-assign]


def recovery_begins_slowly() -> None:
    """A fetch that a rebalance finds under way lasts, and what it takes between the seek to what a table lacks and the
    start of the table's recovery has time to arrive."""
    seek, fetch = Recovery._seek_offsets, AIOKafkaConsumerThread.getmany

    async def long(self: Any, partitions: Any, timeout: float) -> Any:
        return await fetch(self, partitions, 60.0)

    async def slow(self: Any, *what: Any) -> None:
        await seek(self, *what)
        await asyncio.sleep(1.0)

    AIOKafkaConsumerThread.getmany = long  # type: ignore[method-assign, assignment]
    Recovery._seek_offsets = slow  # type: ignore[method-assign, assignment]


def the_first_fetch_is_dropped() -> None:
    """The consumer stands behind the first messages of a partition that nobody has read, as after a dropped fetch."""
    perform_seek = Consumer.perform_seek

    async def late(self: Any) -> None:
        for tp in self.assignment():
            if tp.topic in self.app.topics.acking_topics:
                await self._seek(tp, 3)
        await perform_seek(self)

    Consumer.perform_seek = late  # type: ignore[method-assign]


def the_clock_is_late() -> None:
    """This machine's clock is an hour behind, as far as it is compared with the broker's."""
    clock_skew.time = SimpleNamespace(time=lambda: time.time() - 3600)  # type: ignore[attr-defined, assignment]


def called_skipped(event: Any) -> bool:
    return b'"origin":"skipped"' in event.message.value


def first_time() -> bool:
    """True once a test: the mark is left in the stage's folder."""
    from tests.pipeline import toy  # it imports this module's effects when it starts

    return toy.first_time("skipped")


def apply(names: str) -> None:
    """Sabotage a process before its app is built. ``names`` are names of this module, parted by commas."""
    for name in filter(None, names.split(",")):
        chosen: Callable[[], None] = globals()[name]
        chosen()


def wanted() -> str:
    return os.environ.get("SABOTAGE", "")
