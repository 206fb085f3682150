"""What the runners of all three shapes have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import structlog

from streams.contract import trace
from streams.contract.errors import Failed, StorywatchError
from streams.contract.stage import RecordContext, Stage
from streams.contract.topics import TopicRecord
from streams.runtime import metrics
from streams.runtime.delivery.committer import AppContext, Committer
from streams.runtime.delivery.retry import Retrier
from streams.runtime.processes.crash_log import CrashLog, Offset
from streams.runtime.state.group import Stream, StreamRecord

log = structlog.get_logger("storywatch.delivery")


class Runner(ABC):
    """Runs one stage. ``most_in_flight``: records whose handlers may run at once."""

    def __init__(self, stage: Stage, app: AppContext, most_in_flight: int, retry_seconds: float | None) -> None:
        self.stage = stage
        self.app = app
        self.crashes = CrashLog(app.folder, stage.name, most_in_flight, stopping=lambda: app.group.stopping)
        self.committer = Committer(stage, app, self.crashes)
        self.retrier = Retrier(stage.name, retry_seconds)

    @property
    def row_count(self) -> int | None:
        """Number of rows in the partitions that this process owns; None for a stage that stores none."""
        return None

    @property
    def waiting_for(self) -> str | None:
        """Why this stage stands still on purpose, for the health check."""
        return self.committer.paused_for or self.retrier.waiting_for

    @abstractmethod
    async def run(self, stream: Stream) -> None:
        """Handle the records of the stream until it ends. Raises what the stage does not expect."""

    @contextmanager
    def handling(self, *records: StreamRecord) -> Iterator[None]:
        """The context for decoding, the stage's handler and encoding: all work on these records.

        A crash in this block counts against them (`CrashLog`). An unexpected exception becomes `Failed`.
        """
        with self.crashes.guard(*map(offset_of, records)):
            try:
                yield
            except (StorywatchError, MemoryError):  # not the fault of one message
                raise
            except Exception as error:
                name = type(error).__name__
                if len(records) == 1:
                    metrics.UNEXPECTED_ERRORS.labels(self.stage.name).inc()
                    log.exception("handling failed", stage=self.stage.name, place=offset_of(records[0]))
                raise Failed(f"{name}: {error}" if str(error) else name) from error

    def context(self, record: StreamRecord, taken: datetime) -> RecordContext:
        """``taken``: when the stage began to work on the record."""
        return context_of(record, self.stage.name, taken)


def context_of(record: TopicRecord, stage: str, taken: datetime) -> RecordContext:
    """Where the log holds a record, with its trace up to ``stage``, which began to work on it at ``taken``."""
    time = datetime.fromtimestamp(record.timestamp, UTC)
    so_far = trace.read(record.headers)
    if so_far is None:
        metrics.HEADERS_IGNORED.inc()
    return RecordContext(record.partition, record.offset, time, (*(so_far or ()), trace.open_hop(stage, taken)))


def offset_of(record: TopicRecord) -> Offset:
    return Offset(record.partition, record.offset)
