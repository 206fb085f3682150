"""Runs ordered stages: the records of a partition one after another on its state, confirmed by the batch."""

import time
from collections.abc import Mapping, Sequence

from streams.contract.errors import Rejected
from streams.contract.stage import OrderedStage, PartitionState
from streams.runtime import metrics
from streams.runtime.delivery.batching import batch_interval, batches
from streams.runtime.delivery.committer import AppContext, Outcome, PendingEffects
from streams.runtime.delivery.runner import Runner
from streams.runtime.state.group import Stream, StreamEvent, StreamRecord
from streams.runtime.state.partition_states import PartitionStates
from streams.runtime.state.table import RowChange, Rows, pack


class OrderedRunner(Runner):
    """The runner of one ordered stage, and the `BackgroundContext` of its background work."""

    stage: OrderedStage

    def __init__(self, stage: OrderedStage, app: AppContext, table: Rows) -> None:
        super().__init__(stage, app, app.settings.batch_messages, app.settings.transient_seconds)
        self.table = table
        self.partition_states = PartitionStates(stage, app.group, app.partitions, app.settings, app.services)
        self.send = self.committer.send
        self.wait_for_change = self.partition_states.wait_for_change

    @property
    def states(self) -> Mapping[int, PartitionState]:
        return self.partition_states.caught_up

    @property
    def all_caught_up(self) -> bool:
        return self.partition_states.all_caught_up

    @property
    def row_count(self) -> int:
        return self.table.count()

    async def run(self, stream: Stream) -> None:
        interval = batch_interval(self.stage.min_batch_interval_seconds, self.stage.max_batch_interval_seconds)
        async for batch in batches(stream, self.app.settings.batch_messages, interval):
            for event in batch:
                await self.app.ledger.mark_in_flight(event.message)
            pending = await self.handle_batch(batch)
            await self.committer.acknowledge(stream, pending)
            self.partition_states.notify()

    async def handle_batch(self, batch: Sequence[StreamEvent]) -> PendingEffects:
        """Handle a batch, and wait until all of it is confirmed."""
        started = time.perf_counter()
        if (prepare := self.stage.prepare) is not None:
            await self.retrier.run(lambda: prepare(self.app.services))
        pending = self.committer.begin()
        for event in batch:
            if not self.committer.is_current(event.message):
                continue  # its partition may be gone, and its rows with it

            async def evaluate(event: StreamEvent = event) -> Outcome:
                return self._evaluate(event.message, pending)

            await self.committer.emit(pending, event, await evaluate(), evaluate)
        await self.committer.confirm(pending)
        metrics.STAGE_SECONDS.labels(self.stage.name).observe((time.perf_counter() - started) / len(batch))
        return pending

    def _evaluate(self, record: StreamRecord, pending: PendingEffects) -> Outcome:
        partition = self.app.partitions[record.tp]
        try:
            with self.handling(record):
                message, context = self.stage.decode(record), self.context(record, pending.taken)
                with self.partition_states.attempt(partition) as state:
                    effects = self.stage.handle(message, state, context)
                    rows = [
                        RowChange(self.table, partition, key, None if row is None else pack(row))
                        for key, row in effects.rows.items()
                    ]
                    return self.committer.encode(effects, context, rows)
        except Rejected as error:
            return error
