"""The rows of a stage in, one state a partition out: built when the partition comes to this process, gone with it.

A state outlasts a rebalance that leaves its partition here, unless a message was in hand: it may have taken in what
no row says, and is built again.

Background work sees a state only once its stage has read all that waited when the partition came: what waits there
may say that the work was done already, by this process before it died or by the owner before it.
"""

import asyncio
import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import msgspec
import structlog
from faust.types import TP

from streams.contract.errors import FatalError
from streams.contract.stage import Stage, State
from streams.contract.undo import Undo
from streams.runtime.backoff import exponential_backoff
from streams.runtime.settings import Settings
from streams.runtime.state.table import Rows

log = structlog.get_logger("storywatch.states")

LOOK_SECONDS = 0.05  # how often it is looked whether what waited has been read


class States:
    """The states of one stage's partitions, for its runner and for its background work."""

    def __init__(self, app: Any, stage: Stage, settings: Settings, tools: Any, rows: Rows) -> None:
        if stage.keeps is None:
            raise TypeError(f"stage {stage.name} keeps no state")
        self._app = app
        self._tools = tools
        self._rows = rows
        self._keeps = stage.keeps
        self._accept_deleted = settings.accept_deleted
        self._topic = stage.reads.name(settings.topic_prefix)
        self._wants_all = stage.background is not None
        self._states: dict[int, State] = {}
        self._in_hand: set[int] = set()  # partitions of messages that were begun and whose rows are not safe yet
        self._read: dict[int, int] = {}  # next offset of each partition that was handled since it came
        self._settled: set[int] = set()
        self._settling: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    def of(self, partition: int) -> State:
        """The state of a partition, built from its rows when it is not there."""
        state = self._states.get(partition)
        if state is None:
            with _no_collections():
                state = self._states[partition] = self._built(partition)
                gc.freeze()  # it lasts: looking for garbage in it takes a second for 100,000 articles, each time
        return state

    def _built(self, partition: int) -> State:
        state = self._keeps(self._tools)
        read = msgspec.msgpack.Decoder(state.Row).decode
        for key, row in self._rows.rows(partition).items():
            state.restore(key, read(row))
        state.settle()
        return state

    def begin(self, event: Any) -> None:
        """A message is taken in hand. Raises `FatalError` when its partition was read before, and yet nothing is
        remembered of it."""
        tp = event.message.tp
        self._in_hand.add(tp.partition)
        if self._accept_deleted or tp.partition in self._read or not self._rows.was_blank(tp.partition):
            return
        if committed := self._app.consumer._committed_offset.get(tp):
            changelog = self._rows.changelog_topic.get_topic_name()
            raise FatalError(
                f"changelog {changelog} has nothing in partition {tp.partition}, although {tp.topic} was read up to "
                f"{committed}: what the stage remembers is gone. Stop every worker, delete that topic and run "
                f"`storywatch init` (docs/troubles.md); or go on without, with STORYWATCH_ACCEPT_DELETED=true"
            )

    @contextmanager
    def attempt(self, partition: int) -> Iterator[State]:
        """The state of a partition, to handle one message on; after an error it is what it was before.

        A state that keeps an `Undo` takes back what the message changed. Another one, or one that failed in that, is
        built of its rows again; at once, since background work goes by the states that are there.
        """
        state = self.of(partition)
        undo: Undo | None = getattr(state, "undo", None)
        try:
            with undo.attempt() if undo is not None else nullcontext():
                yield state
        except Exception:
            if undo is None or undo.failed:
                with _no_collections():  # nothing is frozen, or what the error leaves behind would stay for ever
                    self._states[partition] = self._built(partition)
            raise

    def handled(self, partition: int, offset: int) -> None:
        """The message at ``offset`` has been handled, and those in hand beside it: states may have changed."""
        self._in_hand.discard(partition)
        self._read[partition] = offset + 1
        self._changed.set()

    @property
    def settled(self) -> Mapping[int, State]:
        """The states that background work may go by."""
        return {partition: self._states[partition] for partition in sorted(self._settled & self._states.keys())}

    async def waiting(self, timeout: float | None) -> None:
        """Until states may have changed, or ``timeout`` seconds."""
        try:
            await asyncio.wait_for(self._changed.wait(), timeout)
        except TimeoutError:
            return
        self._changed.clear()

    async def on_revoked(self, *_: Any, **__: Any) -> None:
        """A rebalance begins: until it is over, nobody knows whose the partitions are."""
        self._forget_settled()

    async def on_recovered(self) -> None:
        """After start or rebalance: forget what may not be so any more, and build what background work needs to go on.

        What background work goes by is built anew: it holds more than its rows, such as what is under way.
        """
        self._states = {} if self._wants_all else self._as_before()
        self._in_hand.clear()
        self._read.clear()
        self._forget_settled()
        if self._wants_all:
            mine = {tp for tp in self._app.consumer.assignment() if tp.topic == self._topic}
            for tp in mine:
                self.of(tp.partition)
            self._settling = asyncio.create_task(self._settle(mine))

    def _as_before(self) -> dict[int, State]:
        """The states that say what their rows say, after the rebalance as before."""
        return {
            partition: state
            for partition, state in self._states.items()
            if partition not in self._in_hand and self._rows.stayed(partition)
        }

    def _forget_settled(self) -> None:
        self._settled.clear()
        if self._settling is not None:
            self._settling.cancel()

    async def _settle(self, mine: set[TP]) -> None:
        """Let background work see each partition once all that waited in it has been read."""
        waiting = await self._waiting(mine)
        self._settled.update(tp.partition for tp in mine - waiting.keys())
        self._changed.set()
        while waiting:
            for tp, end in list(waiting.items()):
                committed = self._app.consumer._committed_offset.get(tp) or 0
                if max(self._read.get(tp.partition, 0), committed) >= end:
                    del waiting[tp]
                    self._settled.add(tp.partition)
                    self._changed.set()
            await asyncio.sleep(LOOK_SECONDS)

    async def _waiting(self, mine: set[TP]) -> dict[TP, int]:
        """The partitions that hold messages, with the offset after the last one."""
        pause = exponential_backoff()
        while mine:
            try:
                ends = await self._app.consumer.highwaters(*mine)
                firsts = await self._app.consumer.earliest_offsets(*mine)
            except Exception as error:  # whatever the broker or its client says: background work waits for the answer
                log.warning("the ends of partitions are not known yet", topic=self._topic, error=repr(error))
                await asyncio.sleep(next(pause))
            else:
                return {tp: end for tp, end in ends.items() if end and end > (firsts.get(tp) or 0)}
        return {}


@contextmanager
def _no_collections() -> Iterator[None]:
    """Looking for cycles among millions of new objects, none of which is garbage, takes a third of building them."""
    gc.collect(1)  # what is young and garbage by now
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
