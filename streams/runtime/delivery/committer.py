"""The one committer: sends effects, stores rows, waits for the broker, acknowledges; dead letters and pauses.

The order is fixed. Messages are confirmed before rows are published, because a row says "this was published". If the
row came first, a crash between the two could leave a decision that is never sent. In this order, a crash only means
that the same decision is made and sent again. A record is acknowledged when the broker has confirmed both.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import structlog

from streams.contract import deadletter, topics, trace
from streams.contract.codec import encode
from streams.contract.errors import CrashLoop, FatalError, Rejected
from streams.contract.messages import Message, Resolution
from streams.contract.stage import Effects, RecordContext, Stage
from streams.contract.topics import Topic
from streams.runtime import metrics
from streams.runtime.backoff import exponential_backoff
from streams.runtime.delivery.offsets import OffsetLedger
from streams.runtime.delivery.rejection_limit import RejectionLimit
from streams.runtime.processes.crash_log import CrashLog, Offset
from streams.runtime.settings import Settings
from streams.runtime.state.group import ConsumerGroup, Stream, StreamEvent, StreamRecord
from streams.runtime.state.partition_states import Partitions

log = structlog.get_logger("storywatch.delivery")

LONGEST_PAUSE_SECONDS = 60.0  # of a stage over its rejection limit: a cause that is gone is noticed within this time
WAY_OUT = (
    "Mend the cause, and start this worker again to try at once; or let them become dead letters: start it with "
    "STORYWATCH_FLOOD_PERCENT=100"
)


class TopicSender(Protocol):
    """A Kafka topic to send to. The inner awaitable ends when the broker has confirmed the record."""

    async def send(
        self, *, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]] | Mapping[str, bytes]
    ) -> Awaitable[object]: ...


class RowWrite(Protocol):
    """A change of one row: ``apply`` makes it visible to this process, ``publish`` makes it durable."""

    def apply(self) -> None: ...
    def publish(self) -> Awaitable[object]: ...


@dataclass(frozen=True)
class AppContext:
    """What the runners of one app share. ``folder``: for files that outlive the process."""

    group: ConsumerGroup
    partitions: Partitions
    ledger: OffsetLedger
    settings: Settings
    services: Any
    senders: Mapping[Topic, TopicSender]
    folder: Path


class EncodedEffects(NamedTuple):
    """The effects of one record, ready to send."""

    messages: Sequence[tuple[Topic, bytes, bytes]]  # topic, key, value
    rows: Sequence[RowWrite]
    outcome: str
    trace: trace.Trace


Outcome = EncodedEffects | Rejected
Evaluate = Callable[[], Awaitable[Outcome]]


@dataclass
class PendingEffects:
    """The effects of some records that have begun and are not confirmed yet. ``pauses``: see `Committer.emit`."""

    pauses: int
    events: list[StreamEvent] = field(default_factory=list)  # whose effects have begun, in log order
    sent: list[Awaitable[object]] = field(default_factory=list)
    rows: list[RowWrite] = field(default_factory=list)
    taken: datetime = field(default_factory=trace.now)  # when the stage began to work on them


class Committer:
    """The committer of one stage."""

    def __init__(self, stage: Stage, app: AppContext, crashes: CrashLog) -> None:
        self.paused_for: str | None = None  # why the stage is paused
        self._stage = stage
        self._app = app
        self._crashes = crashes
        settings = app.settings
        path = app.folder / f"{stage.name}.flood.json"  # "flood": the rejection limit in names of settings and files
        self._limit = RejectionLimit(path, settings.flood_messages, settings.flood_percent)
        self._pauses = 0  # number of pauses that have ended
        self._paused_metric = metrics.PAUSED.labels(stage.name)
        self._paused_metric.set(0)

    def begin(self) -> PendingEffects:
        """Collect the effects of some records."""
        return PendingEffects(self._pauses)

    def encode(self, effects: Effects, context: RecordContext, rows: Sequence[RowWrite] = ()) -> EncodedEffects:
        """Encode all effects before any of them begins, so that a message which is too large has no effect at all.

        Raises `Rejected`, or `FatalError` for effects that the stage does not declare: no message causes that.
        """
        if undeclared := {topic.base for topic, _ in effects.messages if topic not in self._stage.sends}:
            raise FatalError(f"stage {self._stage.name} is not declared to send to {', '.join(sorted(undeclared))}")
        if len(rows) != len(effects.rows):
            raise FatalError(f"stage {self._stage.name} is not declared to keep rows")
        messages = [(topic, topic.kafka_key(message), encode(message)) for topic, message in effects.messages]
        return EncodedEffects(messages, rows, effects.outcome, context.trace)

    async def emit(self, pending: PendingEffects, event: StreamEvent, outcome: Outcome, evaluate: Evaluate) -> None:
        """Begin the effects of one record, or its dead letter.

        Over the rejection limit, pause and ``evaluate`` it again until it passes, or is within the limit. A rejection
        from before the end of a pause is evaluated again. If the partition goes away in the meantime, nothing begins:
        its new owner does it.
        """
        record = event.message
        if isinstance(outcome, Rejected) and pending.pauses != self._pauses:
            outcome = await evaluate()
        pause = exponential_backoff(LONGEST_PAUSE_SECONDS)
        paused = False
        while isinstance(outcome, Rejected) and (reason := self._over_limit(record, outcome)):
            self.paused_for, paused = reason, True
            if isinstance(outcome, CrashLoop):
                self._crashes.grant_retry(Offset(record.partition, record.offset))
            await asyncio.sleep(next(pause))
            if not self.is_current(record):
                self.paused_for = None
                return
            if not isinstance(outcome, CrashLoop):  # trying that here would end the process: its next start does it
                outcome = await evaluate()
        if paused:
            self.paused_for = None
            self._pauses += 1
        if isinstance(outcome, Rejected):
            await self._send_dead_letter(pending, record, outcome)
        else:
            await self._send(pending, record, outcome)
        pending.events.append(event)

    async def confirm(self, pending: PendingEffects) -> None:
        """Wait until the broker has all messages, then publish the rows and wait for them.

        After a rebalance in the meantime its records are dropped: the partition's owner does them again, alike.
        """
        await asyncio.gather(*pending.sent)
        if pending.rows and all(self.is_current(event.message) for event in pending.events):
            await asyncio.gather(*(row.publish() for row in pending.rows))
        pending.events = [event for event in pending.events if self.is_current(event.message)]

    async def acknowledge(self, stream: Stream, pending: PendingEffects) -> None:
        """Mark confirmed records as done; what is before them may be committed, and Faust forgets them."""
        for event in pending.events:
            self._app.ledger.mark_done(event.message)
            await stream.ack(event)

    def is_current(self, record: StreamRecord) -> bool:
        """True if no rebalance has happened since this record was fetched."""
        return record.generation_id == self._app.group.generation

    async def send(self, topic: Topic, message: Message, so_far: trace.Trace) -> None:
        """Send one message beside the records, and wait until the broker has it."""
        headers = trace.close_hop(so_far, trace.now())
        sent = await self._app.senders[topic].send(key=topic.kafka_key(message), value=encode(message), headers=headers)
        await sent

    async def _send(self, pending: PendingEffects, record: StreamRecord, effects: EncodedEffects) -> None:
        headers = trace.close_hop(effects.trace, trace.now())
        for topic, key, value in effects.messages:
            pending.sent.append(await self._app.senders[topic].send(key=key, value=value, headers=headers))
        if self.is_current(record):  # sending may have taken long: the partition of these rows may be gone
            for row in effects.rows:
                row.apply()
            pending.rows += effects.rows
        if resolution := self._passed(record):
            key, value = topics.RESOLUTIONS.kafka_key(resolution), encode(resolution)
            pending.sent.append(await self._app.senders[topics.RESOLUTIONS].send(key=key, value=value, headers=[]))
        metrics.MESSAGES.labels(self._stage.name, effects.outcome).inc()
        if log.isEnabledFor(logging.DEBUG):
            article = deadletter.peek_article_id(record.value)
            log.debug("handled", stage=self._stage.name, article=article, outcome=effects.outcome)

    async def _send_dead_letter(self, pending: PendingEffects, record: StreamRecord, error: Rejected) -> None:
        """Send the record's own bytes, with the reason in the headers.

        A dead letter that is rejected itself stays on its topic: a letter about it would be read by the same stage and
        be rejected alike, without end.
        """
        stage = self._stage.name
        if self._stage.reads is topics.DEADLETTERS:
            letter = deadletter.parse_record(record).letter.id
            metrics.MESSAGES.labels(stage, "refused").inc()
            log.error("dead letter left out", stage=stage, letter=letter, error=error.label, reason=str(error))
            return
        headers = deadletter.headers(stage, record, error)
        metrics.DEAD_LETTERS.labels(stage, error.label).inc()
        metrics.MESSAGES.labels(stage, "rejected").inc()
        log.warning("dead letter", article=deadletter.peek_article_id(record.value), **headers)
        sent = await self._app.senders[topics.DEADLETTERS].send(
            key=record.key, value=record.value, headers=deadletter.record_headers(headers, record)
        )
        pending.sent.append(sent)

    def _over_limit(self, record: StreamRecord, error: Rejected) -> str | None:
        """Count a rejection; return the reason to pause if it exceeds the limit.

        A replayed dead letter does not count: to replay a thousand old ones must not stop new messages.
        """
        if deadletter.read_replay(self._stage.name, record.headers):
            return None
        source = deadletter.peek_source(record.value)
        exceeded = self._limit.count_rejection(source, crash_loop=isinstance(error, CrashLoop))
        self._paused_metric.set(1 if exceeded else 0)
        if exceeded is None:
            return None
        reason = f"{exceeded}, the last one because: {error}. {WAY_OUT}"
        log.error("paused", stage=self._stage.name, reason=reason)
        return reason

    def _passed(self, record: StreamRecord) -> Resolution | None:
        """Count a record that passed; return the resolution of its dead letter if it was sent again."""
        stage = self._stage.name
        replay = deadletter.read_replay(stage, record.headers)
        if replay is None:
            self._limit.count_passed()
            self._paused_metric.set(0)
            return None
        log.info("dead letter passed", stage=stage, letter=replay.letter, attempt=replay.attempt)
        return Resolution(letter=replay.letter, state="passed", attempt=replay.attempt, at=datetime.now(UTC), by=stage)
