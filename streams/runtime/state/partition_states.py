"""One object per partition of a stage's topic: its offsets, rows and state, through every rebalance.

A state is built from its rows: when its partition arrives if the stage has background work, else at the first message.
A stage with background work builds it again after every rebalance. Other states survive a rebalance that leaves the
partition here, unless its rows changed or a record was in flight, which may have changed the state without a row.

Background work sees a state only once its stage has handled everything that waited in the partition when it came: a
waiting record may say that the work was done already, by this process before a crash or by the previous owner.
"""

import asyncio
import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog
from faust.types import TP

from streams.contract.errors import FatalError
from streams.contract.stage import OrderedStage, PartitionState
from streams.contract.topics import changelog
from streams.contract.undo import Undo
from streams.runtime.backoff import exponential_backoff
from streams.runtime.settings import Settings
from streams.runtime.state.group import ConsumerGroup

log = structlog.get_logger("storywatch.states")

LOOK_SECONDS = 0.05  # between two checks whether the waiting records have been handled
ANSWER_SECONDS = 10.0  # Faust may lose a question in a rebalance or when the broker ends: it is asked again


@dataclass(eq=False)
class Partition:
    """What this process knows of one partition.

    Offsets belong to one generation of the group: every offset from ``first`` to ``next`` was read, and is done unless
    it is in flight. Rows, epoch and state exist for ordered stages only (`streams.runtime.state.table`).
    """

    tp: TP
    generation: int | None = None
    first: int = 0  # where the generation begins to read
    next: int = 0  # next offset to read
    in_flight: dict[int, None] = field(default_factory=dict)  # offsets read and not done, in log order

    rows: dict[str, bytes] = field(default_factory=dict)  # as the changelog has them
    pending: dict[str, bytes | None] = field(default_factory=dict)  # changed and not published yet
    epoch: int = 0  # highest one read or written
    changelog_end: int = 0  # next offset of the changelog to read
    changelog_was_empty: bool = False  # not even a previous owner's mark was in it when it was read
    owned_continuously: bool = False  # in every generation since its rows were read
    unchanged: bool = False  # the last rebalance left the rows as they were

    state: PartitionState | None = None
    caught_up: bool = False  # everything that waited when the partition came has been handled

    @property
    def done_until(self) -> int:
        """The offset to commit: every one before it is done."""
        return next(iter(self.in_flight), self.next)

    def begin(self, generation: int, first: int, next_: int) -> None:
        """Begin to read in a new generation of the group."""
        self.generation, self.first, self.next = generation, first, next_
        self.in_flight = {}

    def current_rows(self) -> Mapping[str, bytes]:
        """All rows, with those that are not published yet."""
        if not self.pending:
            return self.rows
        return {key: row for key, row in {**self.rows, **self.pending}.items() if row is not None}


class Partitions(dict[TP, Partition]):
    """The partitions of one app; one that is new is added when it is asked for."""

    def __missing__(self, tp: TP) -> Partition:
        self[tp] = Partition(tp)
        return self[tp]

    def of_topic(self, topic: str) -> list[Partition]:
        return [partition for tp, partition in self.items() if tp.topic == topic]


class PartitionStates:
    """The states of one ordered stage, for its runner and its background work."""

    def __init__(
        self, stage: OrderedStage, group: ConsumerGroup, partitions: Partitions, settings: Settings, services: Any
    ) -> None:
        self._stage = stage
        self._group = group
        self._partitions = partitions
        self._settings = settings
        self._services = services
        self._topic = stage.reads.name(settings.topic_prefix)
        self._catching_up: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    def of(self, partition: Partition) -> PartitionState:
        """The state of a partition, built from its rows unless it is there."""
        if partition.state is None:
            with _no_collections():
                partition.state = self._built(partition)
                gc.freeze()  # it lasts, and each garbage collection of 100,000 articles takes a second
        return partition.state

    @contextmanager
    def attempt(self, partition: Partition) -> Iterator[PartitionState]:
        """The state of a partition, to handle one record on; an error leaves it as it was before.

        A state with an `Undo` rolls back what the record changed. A state without one, or whose rollback failed, is
        built again at once, because background work uses the states in memory. Raises `FatalError` if the changelog
        of a partition that was read before is empty.
        """
        if partition.changelog_was_empty:
            self._refuse_lost_changelog(partition)
        state = self.of(partition)
        undo: Undo | None = getattr(state, "undo", None)
        try:
            with undo.attempt() if undo is not None else nullcontext():
                yield state
        except Exception:
            if undo is None or undo.failed:
                with _no_collections():  # nothing is frozen, or what the error leaves behind would stay for good
                    partition.state = self._built(partition)
            raise

    def notify(self) -> None:
        """Wake up background work: records have been handled, and states may have changed."""
        self._changed.set()

    @property
    def caught_up(self) -> Mapping[int, PartitionState]:
        """Partition number -> state, for background work."""
        found = {p.tp.partition: p.state for p in self._partitions.of_topic(self._topic) if p.caught_up and p.state}
        return dict(sorted(found.items()))

    @property
    def all_caught_up(self) -> bool:
        """Whether background work sees every partition of this process."""
        owned = self._group.owned(self._topic)
        return not self._group.rebalancing and all(self._partitions[tp].caught_up for tp in owned)

    async def wait_for_change(self, timeout: float | None) -> None:
        """Return when states may have changed, or after ``timeout`` seconds."""
        try:
            await asyncio.wait_for(self._changed.wait(), timeout)
        except TimeoutError:
            return
        self._changed.clear()

    async def on_revoked(self, *_: object, **__: object) -> None:
        """A rebalance begins: until it is over, no partition is known to be owned."""
        self._hide_all()

    async def on_recovered(self) -> None:
        """Rows are read after a start or rebalance: drop the states that may differ from them.

        Every state that background work uses is built again: it holds more than its rows, such as attempts under way.
        """
        has_background = self._stage.background is not None
        for partition in self._partitions.of_topic(self._topic):
            if has_background or partition.in_flight or not partition.unchanged:
                partition.state = None
            if partition.generation != self._group.generation:
                partition.in_flight = {}  # of an earlier generation: they are read again
        self._hide_all()
        if has_background:
            owned = self._group.owned(self._topic)
            for tp in owned:
                self.of(self._partitions[tp])
            self._catching_up = asyncio.create_task(self._catch_up(owned))

    def _built(self, partition: Partition) -> PartitionState:
        state = self._stage.new_state(self._services)
        read = msgspec.msgpack.Decoder(state.Row).decode
        for key, row in partition.current_rows().items():
            state.restore(key, read(row))
        state.build_indexes()
        return state

    def _refuse_lost_changelog(self, partition: Partition) -> None:
        """Checked before the first record: only then is the committed offset known."""
        committed = self._group.committed(partition.tp)
        if committed and not self._settings.accept_deleted:
            name = changelog(self._settings.app_id(self._stage.app), self._stage.table)
            raise FatalError(
                f"changelog {name} has nothing in partition {partition.tp.partition}, although {self._topic} was read "
                f"up to {committed}: what the stage remembers is gone. Stop every worker, delete that topic and run "
                f"`storywatch init` (docs/troubles.md); or go on without, with STORYWATCH_ACCEPT_DELETED=true"
            )
        partition.changelog_was_empty = False

    def _hide_all(self) -> None:
        for partition in self._partitions.of_topic(self._topic):
            partition.caught_up = False
        if self._catching_up is not None:
            self._catching_up.cancel()

    async def _catch_up(self, owned: set[TP]) -> None:
        """Show each partition to background work once everything that waits in it has been handled."""
        waiting = await self._waiting(owned)
        for tp in owned - waiting.keys():
            self._partitions[tp].caught_up = True
        self._changed.set()
        while waiting:
            for tp, end in list(waiting.items()):
                partition, generation = self._partitions[tp], self._group.generation
                done = partition.done_until if partition.generation == generation else 0
                if max(done, self._group.committed(tp)) >= end:
                    del waiting[tp]
                    partition.caught_up = True
                    self._changed.set()
            await asyncio.sleep(LOOK_SECONDS)

    async def _waiting(self, owned: set[TP]) -> dict[TP, int]:
        """The partitions that hold records, with the offset after the last one."""
        pause = exponential_backoff()
        while owned:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    ends, firsts = await self._group.ends(owned), await self._group.earliest(owned)
            except Exception as error:  # whatever the broker or its client raises: background work waits
                log.warning("the ends of partitions are not known yet", topic=self._topic, error=repr(error))
                await asyncio.sleep(next(pause))
            else:
                return {tp: end for tp, end in ends.items() if end > firsts.get(tp, 0)}
        return {}


@contextmanager
def _no_collections() -> Iterator[None]:
    """Disable garbage collection: while millions of lasting objects are built, it takes a third of the time."""
    gc.collect(1)  # what is young and garbage by now
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
