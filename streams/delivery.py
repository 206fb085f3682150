"""The one way a stage reads, acts and acknowledges: at least once, in order, and what is acknowledged is done.

For each message: check its offset, decode it, let the stage say what should happen, send that and write its rows,
wait until the broker has confirmed all of it, then acknowledge in the order of the log. What can go wrong:

| what                                             | leads to                                                   |
|--------------------------------------------------|------------------------------------------------------------|
| `Rejected`: the input can never pass             | dead letter (its bytes and the reason), then acknowledged  |
| `Unavailable`: a server is away                  | tried again with growing pauses; a stage that does not     |
|                                                  | wait gives up after ``transient_seconds`` and starts over  |
| anything else, or a send that the broker refuses | this process ends and starts again from the last commit    |
| a hole in the offsets                            | this process ends before acknowledging anything past it    |
| a rebalance in the middle of a batch             | nothing of it is acknowledged: the new owner does it again |

Stages are replayed after a crash, so their effects are idempotent: deterministic ids, rows that know their offset.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from streams import deadletters, metrics, topics, way
from streams.about import article_in
from streams.errors import Rejected, StorywatchError, Unavailable
from streams.messages import Message, decode, encode
from streams.reading import GapCheck, batches, place
from streams.retries import pauses
from streams.settings import Settings
from streams.stage import At, Effects, Stage, State
from streams.states import States
from streams.table import Rows, pack

log = structlog.get_logger("storywatch.delivery")


class Runner:
    """Runs one stage on one Faust app. ``send_topics`` maps each `topics.Topic` to its Faust topic."""

    def __init__(self, app: Any, stage: Stage, settings: Settings, tools: Any, send_topics: dict[topics.Topic, Any]):
        self.app = app
        self.stage = stage
        self.settings = settings
        self.tools = tools
        self.send_topics = send_topics
        self.table: Rows | None = None
        self.kept: States | None = None
        self.waiting_for: str | None = None  # why this stage stands still on purpose, for the health check

    # --- reading ------------------------------------------------------------------------------------------------

    async def run(self, stream: Any) -> None:
        """Handle the stream until it ends; raises what the stage did not expect."""
        acks = stream.noack()
        gaps = GapCheck(self.app.consumer, accept_deleted=self.settings.accept_deleted)
        if self.stage.keeps or self.stage.bulk:
            async for batch in batches(acks, self.settings.batch_messages):
                for event in batch:
                    await gaps.check(event)
                await self._ack(acks, await self._handle_batch(batch))
        else:
            await self._run_window(acks, gaps)

    async def _run_window(self, acks: Any, gaps: GapCheck) -> None:
        """Stateless stages: many messages in work at once, acknowledged in order as the oldest ones finish."""
        window: deque[tuple[Any, asyncio.Task[None]]] = deque()
        most = 2 * self.settings.pool_processes + 2  # enough to keep every process busy, few to do again after a crash
        events = acks.events().__aiter__()
        reading: asyncio.Task[Any] | None = None
        before = asyncio.Event()  # of the message before: its effects have begun
        before.set()
        ended = False
        try:
            while not ended or window:
                if reading is None and len(window) < most and not ended:
                    reading = asyncio.ensure_future(events.__anext__())
                waiting: set[asyncio.Task[Any]] = {window[0][1]} if window else set()
                if reading is not None:
                    waiting.add(reading)
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if reading is not None and reading.done():
                    ended = isinstance(reading.exception(), StopAsyncIteration)
                    if not ended:
                        event = reading.result()
                        await gaps.check(event)
                        begun = asyncio.Event()
                        window.append((event, asyncio.ensure_future(self._handle_one(event, before, begun))))
                        before = begun
                    reading = None
                while window and window[0][1].done():
                    event, task = window.popleft()
                    task.result()
                    await self._ack(acks, [event])
        finally:
            for _, task in window:
                task.cancel()
            if reading is not None:
                reading.cancel()

    async def _ack(self, acks: Any, batch: Sequence[Any]) -> None:
        for event in batch:
            await acks.ack(event)

    # --- acting -------------------------------------------------------------------------------------------------

    async def _handle_one(self, event: Any, before: asyncio.Event, mine: asyncio.Event) -> None:
        """Work on one message beside others; its effects begin after those of the message before, in log order."""
        started = time.perf_counter()
        begun = _Begun()
        outcome: Effects | Rejected
        try:
            message = self._decode(event)
            at = self._at(event, begun)
            outcome = await self._patiently(lambda: self.stage.handle(message, self.tools, at))
        except Rejected as error:
            outcome = error
        await before.wait()
        try:
            if isinstance(outcome, Rejected):
                raise outcome
            await self._begin(begun, event, outcome)
        except Rejected as error:
            await self._dead_letter(begun, event, error)
        mine.set()
        await self._finish(begun)
        metrics.STAGE_SECONDS.labels(self.stage.name).observe(time.perf_counter() - started)

    async def _handle_batch(self, batch: Sequence[Any]) -> Sequence[Any]:
        """Act on a batch and wait until all of it is safe; returns the events that were handled."""
        started = time.perf_counter()
        begun = _Begun()
        if self.stage.before is not None:
            before = self.stage.before
            await self._patiently(lambda: before(self.tools))
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
            partition = event.message.partition
            try:
                message = self._decode(event)
            except Rejected as error:
                await self._dead_letter(begun, event, error)
                continue
            try:
                effects = self.stage.handle(message, self._states().of(partition), self._at(event, begun))
                await self._begin(begun, event, effects)
            except Rejected as error:
                self._states().rebuild(partition)
                await self._dead_letter(begun, event, error)

    async def _act_bulk(self, begun: "_Begun", batch: Sequence[Any]) -> None:
        decoded: list[tuple[Any, Message]] = []
        for event in batch:
            try:
                decoded.append((event, self._decode(event)))
            except Rejected as error:
                await self._dead_letter(begun, event, error)
        messages, ats = [message for _, message in decoded], [self._at(event, begun) for event, _ in decoded]
        results = await self._patiently(lambda: self.stage.handle(messages, self.tools, ats))
        for (event, _), result in zip(decoded, results, strict=True):
            if isinstance(result, Rejected):
                await self._dead_letter(begun, event, result)
            else:
                await self._begin(begun, event, result)
        begun.events = list(batch)  # in the order of the log

    def _at(self, event: Any, begun: "_Begun") -> At:
        return place(event.message, self.stage.name, begun.taken)

    def _decode(self, event: Any) -> Message:
        carries = self.stage.reads.carries
        if carries is None:
            raise TypeError(f"{self.stage.reads.base} carries no messages of ours: no stage can read it")
        return decode(event.message.value, carries)

    async def _begin(self, begun: "_Begun", event: Any, effects: Effects) -> None:
        """Begin to send the messages, and take the rows into the table.

        All is encoded before anything is done, so that a message which is too large has no effect at all.
        """
        messages = [(topic, encode(message), topic.kafka_key(message)) for topic, message in effects.messages]
        rows = [(key, None if row is None else pack(row)) for key, row in effects.rows.items()]
        partition = event.message.partition
        headers = way.leaving(self._at(event, begun).way, way.now())
        for topic, value, kafka_key in messages:
            begun.sent.append(await self.send_topics[topic].send(key=kafka_key, value=value, headers=headers))
        if self._is_current(event):  # sending may have taken long: rows of a partition that went are not ours to keep
            for key, packed in rows:
                self._table().keep(partition, key, packed)
                begun.rows.append((partition, key, packed))
        begun.events.append(event)
        metrics.MESSAGES.labels(self.stage.name, effects.outcome).inc()
        if log.isEnabledFor(logging.DEBUG):
            about = article_in(event.message.value)
            log.debug("handled", stage=self.stage.name, article=about, outcome=effects.outcome)

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

    async def _patiently(self, work: Any) -> Any:
        """The result of ``await work()``, tried again while a server is away."""
        started = time.monotonic()
        pause = pauses()
        while True:
            try:
                result = await work()
            except Unavailable as error:
                away = time.monotonic() - started
                if not self.stage.waits and away > self.settings.transient_seconds:
                    raise
                if self.waiting_for is None:
                    log.warning("waiting", stage=self.stage.name, reason=str(error))
                self.waiting_for = str(error)
                metrics.RETRIES.labels(self.stage.name).inc()
                await asyncio.sleep(next(pause))
            else:
                if self.waiting_for is not None:
                    log.info("going on", stage=self.stage.name, waited_seconds=round(time.monotonic() - started, 1))
                    self.waiting_for = None
                return result

    # --- what background work sees ---------------------------------------------------------------------------------

    @property
    def states(self) -> Mapping[int, State]:
        return self._states().settled

    async def waiting(self, timeout: float | None) -> None:
        await self._states().waiting(timeout)

    async def send(self, topic: topics.Topic, message: Message, way_here: way.Way) -> None:
        """Send one message and wait until the broker has it."""
        value, headers = encode(message), way.leaving(way_here, way.now())
        await (await self.send_topics[topic].send(key=topic.kafka_key(message), value=value, headers=headers))

    # --- dead letters -------------------------------------------------------------------------------------------

    async def _dead_letter(self, begun: "_Begun", event: Any, error: StorywatchError) -> None:
        """Begin to send the message's own bytes, with the reason in the headers, to the dead letters."""
        message = event.message
        headers = deadletters.headers(self.stage.name, message, error)
        metrics.DEAD_LETTERS.labels(self.stage.name, type(error).__name__).inc()
        metrics.MESSAGES.labels(self.stage.name, "rejected").inc()
        log.warning("dead letter", article=article_in(message.value), **headers)
        begun.sent.append(
            await self.send_topics[topics.DEADLETTERS].send(
                key=message.key,
                value=message.value,
                headers={name: text.encode() for name, text in headers.items()},
            )
        )
        begun.events.append(event)


@dataclass
class _Begun:
    """What acting on some messages has begun: it has to end well before they are acknowledged."""

    events: list[Any] = field(default_factory=list)  # handled, in the order of the log
    sent: list[Awaitable[Any]] = field(default_factory=list)  # the broker's word on each message
    rows: list[tuple[int, str, bytes | None]] = field(default_factory=list)  # to be published: partition, key, row
    taken: datetime = field(default_factory=way.now)  # when the stage took them in hand
