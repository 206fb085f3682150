"""The one way a stage reads, acts and acknowledges: at least once, and what is committed is done.

For each message: check its offset, decode it, let the stage say what should happen, send that and write its rows,
wait until the broker has confirmed all of it, then tell the ledger that it is done. What can go wrong:

| what                                             | leads to                                                   |
|--------------------------------------------------|------------------------------------------------------------|
| `Rejected`: the input can never pass             | dead letter (its bytes and the reason), then acknowledged  |
| `Failed`: the stage's function raised an exception | the same, with the exception's name                        |
| `SetAside`: it needs longer than others can wait | tried again beside them, in a process apart                |
| `Unavailable`: a server is away                  | tried again with growing pauses; a stage that does not     |
|                                                  | wait gives up after ``transient_seconds`` and starts over  |
| so many `Rejected` that the fault must be ours   | the stage pauses with an alarm, and tries again            |
| anything else, or a send that the broker refuses | this process ends and starts again from the last commit    |
| a message that ended three processes             | dead letter                                                |
| a hole in the offsets                            | this process ends before acknowledging anything past it    |
| a rebalance in the middle of a batch             | nothing of it is acknowledged: the new owner does it again |

Stages are replayed after a crash, so their effects are idempotent: deterministic ids, rows that know their offset.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from streams.contract import topics, trace
from streams.contract.about import article_in
from streams.contract.codec import encode
from streams.contract.errors import CrashLoop, Rejected, SetAside
from streams.contract.messages import Message
from streams.contract.stage import Stage, State
from streams.runtime import metrics
from streams.runtime.backoff import exponential_backoff as growing
from streams.runtime.delivery.batching import apart, batches
from streams.runtime.delivery.crash_log import Crashes
from streams.runtime.delivery.deciding import Decided, Deciding, Ready, where
from streams.runtime.delivery.rejections import Refusals
from streams.runtime.delivery.retry import Patience
from streams.runtime.delivery.turns import Turn, Turns
from streams.runtime.settings import Settings
from streams.runtime.state.partition_states import States
from streams.runtime.state.table import Rows

log = structlog.get_logger("storywatch.delivery")

LONGEST_PAUSE_SECONDS = 60.0  # of a stage that refuses too much: what was mended outside is noticed within this time

MOST_ASIDE = 4  # slow inputs of a stage that nobody waits for; more would hold the commit until the process starts over


class Runner:
    """Runs one stage on one Faust app. ``send_topics`` maps each `topics.Topic` to its Faust topic; ``folder`` is where
    the app notes what has to outlive its process."""

    def __init__(
        self,
        app: Any,
        stage: Stage,
        settings: Settings,
        tools: Any,
        send_topics: dict[topics.Topic, Any],
        folder: Path,
    ) -> None:
        self.app = app
        self.stage = stage
        self.settings = settings
        self.tools = tools
        self.send_topics = send_topics
        self.table: Rows | None = None
        self.kept: States | None = None
        self.window = 2 * settings.pool_processes + 2  # keeps every process busy, with little to do again after a crash
        most = max(self.window + MOST_ASIDE, settings.batch_messages)
        self.crashes = Crashes(folder, stage.name, most, ending=lambda: bool(app.should_stop))
        self.refusals = Refusals(stage.name, settings, folder)
        self.patience = Patience(stage, settings)
        self.paused_for: str | None = None  # too much would become dead letters
        self.pauses = 0  # how many have ended: what was refused before that is decided anew
        self.turns = Turns()
        self.aside = asyncio.Semaphore(MOST_ASIDE)
        self.deciding = Deciding(stage, tools, self.patience, self.crashes)

    @property
    def waiting_for(self) -> str | None:
        """Why this stage stands still on purpose, for the health check."""
        return self.paused_for or self.patience.waiting_for

    # --- reading ------------------------------------------------------------------------------------------------

    async def run(self, stream: Any) -> None:
        """Handle the stream until it ends; raises what the stage did not expect."""
        acks = stream.noack()
        if self.stage.keeps or self.stage.bulk:
            async for batch in batches(acks, self.settings.batch_messages, apart(self.stage.apart)):
                for event in batch:
                    await self.app.ledger.take(event)
                await self._ack(acks, await self._handle_batch(batch))
        else:
            await self._run_window(acks)

    async def _run_window(self, acks: Any) -> None:
        """Stateless stages: many messages in work at once, each acknowledged when it is done."""
        working: set[asyncio.Task[None]] = set()
        events = acks.events().__aiter__()
        reading: asyncio.Task[Any] | None = None
        ended = False
        try:
            while not ended or working:
                if reading is None and not ended and len(working) - min(self.turns.aside, MOST_ASIDE) < self.window:
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
                        await self.app.ledger.take(event)
                        turn = self.turns.enter((event.message.partition, event.message.key))
                        working.add(asyncio.ensure_future(self._handle_one(acks, event, turn)))
                    reading = None
        finally:
            for task in working:
                task.cancel()
            if reading is not None:
                reading.cancel()

    async def _ack(self, acks: Any, events: Sequence[Any]) -> None:
        """These are done: the ledger may let what is before them be committed, and Faust need not remember them."""
        for event in events:
            self.app.ledger.done(event)
            await acks.ack(event)

    # --- acting -------------------------------------------------------------------------------------------------

    async def _handle_one(self, acks: Any, event: Any, turn: Turn) -> None:
        """Work on one message beside others; its effects begin in its turn."""
        started = time.perf_counter()
        begun = _Begun()

        async def decide() -> Decided:
            try:
                return await self.deciding.one(event, begun.taken)
            except SetAside as slow:
                async with self.aside:
                    log.info("set aside", stage=self.stage.name, place=where(event), reason=str(slow))
                    self.turns.set_aside(turn)
                    return await self.deciding.one(event, begun.taken, again=True)

        pauses = self.pauses
        try:
            decided = await decide()
            await self.turns.come(turn)
            await self._settle(begun, event, decided, decide, pauses)
        finally:
            self.turns.leave(turn)
        await self._finish(begun)
        await self._ack(acks, begun.events)
        metrics.STAGE_SECONDS.labels(self.stage.name).observe(time.perf_counter() - started)

    async def _handle_batch(self, batch: Sequence[Any]) -> Sequence[Any]:
        """Act on a batch and wait until all of it is safe; returns the events that were handled."""
        started = time.perf_counter()
        begun = _Begun()
        if self.stage.before is not None:
            before = self.stage.before
            await self.patience.through(lambda: before(self.tools))
        await (self._act_bulk if self.stage.bulk else self._act_in_order)(begun, batch)
        await self._finish(begun)
        if self.kept is not None:
            for event in begun.events:
                self.kept.handled(event.message.partition, event.message.offset)
        metrics.STAGE_SECONDS.labels(self.stage.name).observe((time.perf_counter() - started) / len(batch))
        return begun.events

    async def _act_in_order(self, begun: "_Begun", batch: Sequence[Any]) -> None:
        for event in batch:
            if not self._is_current(event):
                continue  # its partition may have gone, and its rows with it
            self._states().begin(event)

            async def decide(event: Any = event) -> Decided:
                return self.deciding.in_order(event, begun.taken, self._states())

            await self._settle(begun, event, await decide(), decide, self.pauses)

    async def _act_bulk(self, begun: "_Begun", batch: Sequence[Any]) -> None:
        for together in self.deciding.apart(batch):
            pauses = self.pauses
            results = await self.deciding.all_at_once(together, begun.taken)
            for event, decided in zip(together, results, strict=True):

                async def decide(event: Any = event) -> Decided:
                    return (await self.deciding.all_at_once([event], begun.taken))[0]

                await self._settle(begun, event, decided, decide, pauses)

    async def _settle(
        self, begun: "_Begun", event: Any, decided: Decided, again: Callable[[], Awaitable[Decided]], pauses: int
    ) -> None:
        """Begin what was decided, when ``pauses`` had ended. While too much is refused, wait and decide ``again``.

        Nothing is begun when the partition went away meanwhile: its new owner does it.
        """
        if isinstance(decided, Rejected) and pauses != self.pauses:
            decided = await again()
        pause = growing(LONGEST_PAUSE_SECONDS)
        paused = False
        while isinstance(decided, Rejected) and (flood := self.refusals.too_many(event.message, decided)):
            self.paused_for = flood
            paused = True
            if isinstance(decided, CrashLoop):
                self.crashes.once_more(where(event))
            await asyncio.sleep(next(pause))
            if not self._is_current(event):
                self.paused_for = None
                return
            if not isinstance(decided, CrashLoop):  # to try that here would end the process: its next start does it
                decided = await again()
        if paused:
            self.paused_for = None
            self.pauses += 1
        if isinstance(decided, Rejected):
            await self._dead_letter(begun, event, decided)
        else:
            await self._begin(begun, event, decided)

    async def _begin(self, begun: "_Begun", event: Any, ready: Ready) -> None:
        """Begin to send the messages, and take the rows into the table."""
        partition = event.message.partition
        headers = trace.close_hop(ready.way, trace.now())
        for topic, value, kafka_key in ready.messages:
            begun.sent.append(await self.send_topics[topic].send(key=kafka_key, value=value, headers=headers))
        if self._is_current(event):  # sending may have taken long: rows of a partition that went are not ours to keep
            for key, packed in ready.rows:
                self._table().keep(partition, key, packed)
                begun.rows.append((partition, key, packed))
        if resolution := self.refusals.passed(event.message):
            begun.sent.append(
                await self.send_topics[topics.RESOLUTIONS].send(
                    key=topics.RESOLUTIONS.kafka_key(resolution), value=encode(resolution)
                )
            )
        begun.events.append(event)
        metrics.MESSAGES.labels(self.stage.name, ready.outcome).inc()
        if log.isEnabledFor(logging.DEBUG):
            about = article_in(event.message.value)
            log.debug("handled", stage=self.stage.name, article=about, outcome=ready.outcome)

    async def _finish(self, begun: "_Begun") -> None:
        """Wait until the broker has all messages, then until it has all rows.

        In this order, because a row says "this was published": were it there first, a crash between the two could
        leave something decided and never sent. The other way round it is decided again, alike, and sent again.
        """
        await asyncio.gather(*begun.sent)
        if begun.rows and all(self._is_current(event) for event in begun.events):
            table = self._table()
            await asyncio.gather(*(table.publish(*row) for row in begun.rows))
        # after a rebalance meanwhile nothing is acknowledged: whoever owns the partition now does it again, alike
        begun.events = [event for event in begun.events if self._is_current(event)]

    def _is_current(self, event: Any) -> bool:
        """Whether the group is as it was when this message was fetched, so that its partition is still ours."""
        current: bool = event.message.generation_id == self.app.consumer_generation_id
        return current

    def keep_in(self, table: Rows) -> None:
        """Keep the stage's rows in ``table``, which knows when a rebalance is over."""
        self.table = table
        self.kept = States(self.app, self.stage, self.settings, self.tools, table)
        table.on_recover(self.kept.on_recovered)
        self.app.on_partitions_revoked.connect(self.kept.on_revoked)

    def _table(self) -> Rows:
        if self.table is None:
            raise TypeError(f"stage {self.stage.name} keeps no rows")
        return self.table

    def _states(self) -> States:
        if self.kept is None:
            raise TypeError(f"stage {self.stage.name} keeps no state")
        return self.kept

    # --- what background work sees ---------------------------------------------------------------------------------

    @property
    def states(self) -> Mapping[int, State]:
        return self._states().settled

    async def waiting(self, timeout: float | None) -> None:
        await self._states().waiting(timeout)

    async def send(self, topic: topics.Topic, message: Message, way_here: trace.Trace) -> None:
        """Send one message and wait until the broker has it."""
        value, headers = encode(message), trace.close_hop(way_here, trace.now())
        await (await self.send_topics[topic].send(key=topic.kafka_key(message), value=value, headers=headers))

    # --- dead letters -------------------------------------------------------------------------------------------

    async def _dead_letter(self, begun: "_Begun", event: Any, error: Rejected) -> None:
        """Begin to send the message's own bytes, with the reason in the headers; of a letter none is made again."""
        message = event.message
        begun.events.append(event)
        if self.stage.reads is topics.DEADLETTERS:
            self.refusals.left_out(message, error)
            return
        headers = self.refusals.letter(message, error)
        sent = await self.send_topics[topics.DEADLETTERS].send(key=message.key, value=message.value, headers=headers)
        begun.sent.append(sent)


@dataclass
class _Begun:
    """What acting on some messages has begun: it has to end well before they are acknowledged."""

    events: list[Any] = field(default_factory=list)  # handled, in the order of the log
    sent: list[Awaitable[Any]] = field(default_factory=list)  # the broker's word on each message
    rows: list[tuple[int, str, bytes | None]] = field(default_factory=list)  # to be published: partition, key, row
    taken: datetime = field(default_factory=trace.now)  # when the stage took them in hand
