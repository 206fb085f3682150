"""Runs bulk stages: a whole batch in one call of the handler, retried without limit while its server is away."""

import time
from collections.abc import Sequence

from streams.contract.errors import Failed, Rejected
from streams.contract.stage import BulkStage
from streams.runtime import metrics
from streams.runtime.delivery.batching import batch_interval, batches
from streams.runtime.delivery.committer import AppContext, Outcome, PendingEffects
from streams.runtime.delivery.runner import Runner, offset_of
from streams.runtime.state.group import Stream, StreamEvent, StreamRecord


class BulkRunner(Runner):
    """The runner of one bulk stage."""

    stage: BulkStage

    def __init__(self, stage: BulkStage, app: AppContext) -> None:
        super().__init__(stage, app, app.settings.batch_messages, retry_seconds=None)

    async def run(self, stream: Stream) -> None:
        interval = batch_interval(self.stage.min_batch_interval_seconds, self.stage.max_batch_interval_seconds)
        async for batch in batches(stream, self.app.settings.batch_messages, interval):
            for event in batch:
                await self.app.ledger.mark_in_flight(event.message)
            await self.committer.acknowledge(stream, await self.handle_batch(batch))

    async def handle_batch(self, batch: Sequence[StreamEvent]) -> PendingEffects:
        """Handle a batch, and wait until all of it is confirmed."""
        started = time.perf_counter()
        if (prepare := self.stage.prepare) is not None:
            await self.retrier.run(lambda: prepare(self.app.services))
        pending = self.committer.begin()
        for part in self._parts(batch):
            outcomes = await self._evaluate([event.message for event in part], pending)
            for event, outcome in zip(part, outcomes, strict=True):

                async def evaluate(event: StreamEvent = event) -> Outcome:
                    return (await self._evaluate([event.message], pending))[0]

                await self.committer.emit(pending, event, outcome, evaluate)
        await self.committer.confirm(pending)
        metrics.STAGE_SECONDS.labels(self.stage.name).observe((time.perf_counter() - started) / len(batch))
        return pending

    def _parts(self, batch: Sequence[StreamEvent]) -> list[list[StreamEvent]]:
        """The batch in log order, split so that each suspect of a crash is alone."""
        parts: list[list[StreamEvent]] = []
        joinable = False
        for event in batch:
            alone = self.crashes.is_suspect(offset_of(event.message))
            if joinable and not alone:
                parts[-1].append(event)
            else:
                parts.append([event])
            joinable = not alone
        return parts

    async def _evaluate(self, records: Sequence[StreamRecord], pending: PendingEffects) -> list[Outcome]:
        async def attempt() -> list[Outcome]:
            with self.handling(*records):
                inputs = [self._decode(record) for record in records]
                contexts = [self.context(record, pending.taken) for record in records]
                good = [pair for pair in zip(inputs, contexts, strict=True) if not isinstance(pair[0], Rejected)]
                results = iter(
                    await self.stage.handle([one for one, _ in good], self.app.services, [at for _, at in good])
                )
                outcomes: list[Outcome] = []
                for one, context in zip(inputs, contexts, strict=True):
                    result = one if isinstance(one, Rejected) else next(results)
                    outcomes.append(result if isinstance(result, Rejected) else self.committer.encode(result, context))
                return outcomes

        try:
            return await self.retrier.run(attempt)
        except Failed as error:
            if len(records) == 1:
                return [error]
            return [(await self._evaluate([record], pending))[0] for record in records]  # find the one that failed
        except Rejected as error:  # of a single record: it ended the process too often
            return [error for _ in records]

    def _decode(self, record: StreamRecord) -> object:
        """The input of the handler, or why the record cannot be read."""
        try:
            return self.stage.decode(record)
        except Rejected as error:
            return error
