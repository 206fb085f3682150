"""Runs windowed stages: many records at once, each acknowledged when it is done, effects in log order.

Two revisions of one article have the same key and always keep their order. Other records also keep theirs, so that
the log of the next topic shows what arrived first, except that they do not wait for a record that was set aside; only
records of the same key do.
"""

import asyncio
import time
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import structlog

from streams.contract.errors import Rejected, SetAside
from streams.contract.stage import WindowedStage
from streams.runtime import metrics
from streams.runtime.delivery.committer import AppContext, Outcome, PendingEffects
from streams.runtime.delivery.runner import Runner, offset_of
from streams.runtime.state.group import Stream, StreamEvent, StreamRecord

log = structlog.get_logger("storywatch.delivery")

MOST_SET_ASIDE = 4  # slow inputs of a stage; more would hold the commit until the process starts over


@dataclass(eq=False)
class Turn:
    """The turn of one record to begin its effects."""

    key: Hashable
    passable: asyncio.Event = field(default_factory=asyncio.Event)  # records of other keys need not wait for it
    over: asyncio.Event = field(default_factory=asyncio.Event)  # its effects have begun, or never will


class Turns:
    """The turns of the records that one stage is working on."""

    def __init__(self) -> None:
        self._turns: dict[Turn, None] = {}  # in log order

    @property
    def set_aside_count(self) -> int:
        """How many of the records were set aside."""
        return sum(turn.passable.is_set() for turn in self._turns)

    def enter(self, key: Hashable) -> Turn:
        """The turn of the next record of the log; records of one ``key`` never overtake each other."""
        turn = Turn(key)
        self._turns[turn] = None
        return turn

    async def wait(self, turn: Turn) -> None:
        """Wait until the effects of a record may begin."""
        for before in list(self._turns):
            if before is turn:
                return
            await before.passable.wait()
            if before.key == turn.key and not before.over.is_set():
                self.set_aside(turn)  # a record that waits for this one would wait for that one too
                await before.over.wait()

    def set_aside(self, turn: Turn) -> None:
        """A record takes long: those behind it go on."""
        turn.passable.set()

    def leave(self, turn: Turn) -> None:
        """The effects of a record have begun, or it was given up."""
        self._turns.pop(turn, None)
        turn.passable.set()
        turn.over.set()


class WindowedRunner(Runner):
    """The runner of one windowed stage."""

    stage: WindowedStage

    def __init__(self, stage: WindowedStage, app: AppContext) -> None:
        self.window = 2 * app.settings.pool_processes + 2  # keeps every process busy, with little to redo after a crash
        super().__init__(stage, app, self.window + MOST_SET_ASIDE, app.settings.transient_seconds)
        self.turns = Turns()
        self.slots = asyncio.Semaphore(MOST_SET_ASIDE)

    async def run(self, stream: Stream) -> None:
        working: set[asyncio.Task[None]] = set()
        events = stream.events().__aiter__()
        reading: asyncio.Task[StreamEvent] | None = None
        ended = False
        try:
            while not ended or working:
                aside = min(self.turns.set_aside_count, MOST_SET_ASIDE)
                if reading is None and not ended and len(working) - aside < self.window:
                    reading = asyncio.ensure_future(events.__anext__())
                waiting = working | ({reading} if reading is not None else set())
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in [task for task in working if task.done()]:
                    working.discard(task)
                    task.result()
                if reading is not None and reading.done():
                    ended = isinstance(reading.exception(), StopAsyncIteration)
                    if not ended:
                        event = reading.result()
                        await self.app.ledger.mark_in_flight(event.message)
                        turn = self.turns.enter((event.message.partition, event.message.key))
                        working.add(asyncio.ensure_future(self.handle(stream, event, turn)))
                    reading = None
        finally:
            for task in working:
                task.cancel()
            if reading is not None:
                reading.cancel()

    async def handle(self, stream: Stream, event: StreamEvent, turn: Turn) -> None:
        """Handle one record beside others; its effects begin in its turn."""
        started = time.perf_counter()
        pending = self.committer.begin()
        evaluate = partial(self._evaluate, event.message, pending, turn)
        try:
            outcome = await evaluate()
            await self.turns.wait(turn)
            await self.committer.emit(pending, event, outcome, evaluate)
        finally:
            self.turns.leave(turn)
        await self.committer.confirm(pending)
        await self.committer.acknowledge(stream, pending)
        metrics.STAGE_SECONDS.labels(self.stage.name).observe(time.perf_counter() - started)

    async def _evaluate(self, record: StreamRecord, pending: PendingEffects, turn: Turn) -> Outcome:
        """The outcome of a first attempt, or of a second and last one that may take all the time an input can have."""
        offset, services = offset_of(record), self.app.services
        try:
            async with self.crashes.isolation_slot(offset):
                return await self.retrier.run(partial(self._attempt, record, pending, services))
        except SetAside as slow:
            async with self.slots:
                log.info("set aside", stage=self.stage.name, place=offset, reason=str(slow))
                self.turns.set_aside(turn)
                services = replace(services, pool=services.pool.again())
                async with self.crashes.isolation_slot(offset):
                    return await self.retrier.run(partial(self._attempt, record, pending, services))

    async def _attempt(self, record: StreamRecord, pending: PendingEffects, services: Any) -> Outcome:
        try:
            with self.handling(record):
                message, context = self.stage.decode(record), self.context(record, pending.taken)
                return self.committer.encode(await self.stage.handle(message, services, context), context)
        except Rejected as error:
            return error
