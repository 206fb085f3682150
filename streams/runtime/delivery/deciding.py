"""Messages in; what their stage says should happen, encoded, or why it never can, out. Nothing is done yet.

All that is a message's own work is in here: reading its bytes, the stage's function, writing the results. What ends the
process in here is held against the message (`streams.runtime.delivery.crash_log`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from streams.contract.codec import decode, encode
from streams.contract.errors import Failed, FatalError, Rejected, StorywatchError
from streams.contract.stage import Effects, RecordContext, Stage
from streams.contract.topics import Topic
from streams.contract.trace import Trace
from streams.runtime import metrics
from streams.runtime.delivery.batching import place
from streams.runtime.delivery.crash_log import Crashes
from streams.runtime.delivery.in_flight import Place
from streams.runtime.delivery.retry import Patience
from streams.runtime.state.partition_states import States
from streams.runtime.state.table import pack

log = structlog.get_logger("storywatch.deciding")


@dataclass(frozen=True)
class Ready:
    """The effects of one message as they go out."""

    messages: list[tuple[Topic, bytes, bytes]]  # topic, value, key
    rows: list[tuple[str, bytes | None]]
    outcome: str
    way: Trace


Decided = Ready | Rejected


class Deciding:
    """For the messages of one stage. ``taken`` is always when the stage took them in hand."""

    def __init__(self, stage: Stage, tools: Any, patience: Patience, crashes: Crashes) -> None:
        self._stage = stage
        self._tools = tools
        self._patience = patience
        self._crashes = crashes

    async def one(self, event: Any, taken: datetime, *, again: bool = False) -> Decided:
        """Beside others, or with nothing beside it when it may have ended a process.

        Raises `SetAside` when it needs longer than a first try; ``again`` it has all the time that an input can have.
        """
        tools = replace(self._tools, pool=self._tools.pool.again()) if again else self._tools

        async def attempt() -> Ready:
            with self._crashes.hold(where(event)):
                at = self._at(event, taken)
                with self._at_its_own_cost(event):
                    return self._ready(await self._stage.handle(self._decode(event), tools, at), at)

        async with self._crashes.turn(where(event)):
            try:
                return await self._patience.through(attempt)
            except Rejected as error:
                return error

    def in_order(self, event: Any, taken: datetime, states: States) -> Decided:
        """On the state of its partition, which is as it was when the message is refused."""
        try:
            with self._crashes.hold(where(event)), self._at_its_own_cost(event):
                message, at = self._decode(event), self._at(event, taken)
                with states.attempt(at.partition) as state:
                    return self._ready(self._stage.handle(message, state, at), at)
        except Rejected as error:
            return error

    async def all_at_once(self, events: Sequence[Any], taken: datetime) -> list[Decided]:
        async def attempt() -> list[Decided]:
            with self._crashes.hold(*map(where, events)), self._at_its_own_cost(*events):
                read = [self._read(event) for event in events]
                ats = [self._at(event, taken) for event in events]
                good = [(one, at) for one, at in zip(read, ats, strict=True) if not isinstance(one, Rejected)]
                results = await self._stage.handle([one for one, _ in good], self._tools, [at for _, at in good])
                given = iter(results)
                decided: list[Decided] = []
                for found, at in zip(read, ats, strict=True):
                    result = found if isinstance(found, Rejected) else next(given)
                    decided.append(result if isinstance(result, Rejected) else self._ready(result, at))
                return decided

        try:
            return await self._patience.through(attempt)
        except Failed as error:
            if len(events) == 1:
                return [error]
            return [(await self.all_at_once([event], taken))[0] for event in events]  # one of them is to blame
        except Rejected as error:  # one alone that had its deaths
            return [error for _ in events]

    def apart(self, batch: Sequence[Any]) -> list[list[Any]]:
        """A batch in the order of the log, parted so that those which may have ended a process are alone."""
        parts: list[list[Any]] = []
        joinable = False
        for event in batch:
            alone = self._crashes.known(where(event))
            if joinable and not alone:
                parts[-1].append(event)
            else:
                parts.append([event])
            joinable = not alone
        return parts

    @contextmanager
    def _at_its_own_cost(self, *events: Any) -> Iterator[None]:
        """An exception that nobody expected is the failure of the messages that were handled, and of nothing else."""
        try:
            yield
        except (StorywatchError, MemoryError):  # no message's fault alone
            raise
        except Exception as error:
            name = type(error).__name__
            if len(events) == 1:
                metrics.UNEXPECTED_ERRORS.labels(self._stage.name).inc()
                log.exception("handling failed", stage=self._stage.name, place=where(events[0]))
            raise Failed(f"{name}: {error}" if str(error) else name) from error

    def _read(self, event: Any) -> Any:
        """The message, or why it can not be read."""
        try:
            return self._decode(event)
        except Rejected as error:
            return error

    def _ready(self, effects: Effects, at: RecordContext) -> Ready:
        """Encode all of it before anything is done, so that a message which is too large has no effect at all.

        Raises `FatalError` for effects that the stage was not declared with: that is no message's fault.
        """
        if undeclared := {topic.base for topic, _ in effects.messages if topic not in self._stage.sends}:
            raise FatalError(f"stage {self._stage.name} is not declared to send to {', '.join(sorted(undeclared))}")
        if effects.rows and self._stage.keeps is None:
            raise FatalError(f"stage {self._stage.name} is not declared to keep rows")
        return Ready(
            [(topic, encode(message), topic.kafka_key(message)) for topic, message in effects.messages],
            [(key, None if row is None else pack(row)) for key, row in effects.rows.items()],
            effects.outcome,
            at.way,
        )

    def _at(self, event: Any, taken: datetime) -> RecordContext:
        return place(event.message, self._stage.name, taken)

    def _decode(self, event: Any) -> Any:
        if self._stage.takes is not None:
            return self._stage.takes(event.message)
        carries = self._stage.reads.carries
        if carries is None:
            raise TypeError(f"{self._stage.reads.base} carries no messages of ours: no stage can read it")
        return decode(event.message.value, carries)


def where(event: Any) -> Place:
    return Place(event.message.partition, event.message.offset)
