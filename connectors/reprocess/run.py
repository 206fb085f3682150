"""One reprocessing. Its options and progress are in a file, so that it can be stopped and continued."""

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from connectors.elastic.read.scan import ArticleFilter
from connectors.kafka.backpressure import Backpressure
from connectors.kafka.producer import Producer
from connectors.reprocess.sources import MessageSource
from streams.contract.errors import UsageError
from streams.contract.messages import digest
from streams.runtime.files import atomic_write, keep_private
from streams.runtime.settings import Settings


class ReprocessOptions(Struct, frozen=True, kw_only=True):
    """The options as they were typed: the same options mean the same reprocessing."""

    stage: str
    since: str | None = None
    publisher: str | None = None


class ReprocessProgress(Struct, kw_only=True):
    """How far it has come. ``until``: articles first seen later passed the new code anyway. ``total``: an estimate."""

    asked: ReprocessOptions
    run: str
    since: datetime | None
    until: datetime
    total: int
    sent: int = 0
    place: Any = None

    @classmethod
    def begin(cls, asked: ReprocessOptions, choice: ArticleFilter, until: datetime, total: int) -> "ReprocessProgress":
        run = digest(asked.stage, until.isoformat())[:12]
        return cls(asked=asked, run=run, since=choice.since, until=until, total=total)

    @property
    def choice(self) -> ArticleFilter:
        return ArticleFilter(since=self.since, until=self.until, publisher=self.asked.publisher)


class ProgressFile:
    """The file with the progress of a stage's reprocessing. One command at a time writes it."""

    def __init__(self, settings: Settings, stage: str) -> None:
        self._file = settings.data_dir / "reprocess" / f"{settings.topic_prefix}{stage}.json"

    def read(self) -> ReprocessProgress | None:
        """The progress of a reprocessing that was stopped. Raises `UsageError` when the file cannot be decoded."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=ReprocessProgress)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{self._file} cannot be read ({error}): give --restart to begin anew") from error

    def write(self, progress: ReprocessProgress) -> None:
        atomic_write(self._file, msgspec.json.encode(progress), durable=True)

    def delete(self) -> None:
        self._file.unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Raises `UsageError` while another command reprocesses the same stage."""
        folder: Path = self._file.parent
        keep_private(folder.parent)
        folder.mkdir(parents=True, exist_ok=True)
        with self._file.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UsageError(
                    "another command runs this stage again already: let it end, or stop it first"
                ) from error
            yield


def send(
    progress: ReprocessProgress,
    source: MessageSource,
    producer: Producer,
    admission: Backpressure,
    file: ProgressFile,
    report: Callable[[ReprocessProgress], None],
) -> None:
    """Send the remaining articles in small batches, behind live ones.

    A batch is recorded once the broker has it: after a stop, at most one batch is sent twice, which changes nothing,
    and none is skipped.
    """
    for batch in source.batches(progress.choice, progress.run, progress.place, admission.batch_size):
        if batch.messages:
            admission.wait(len(batch.messages))
        for future in [producer.start(topic, message, way) for topic, message, way in batch.messages]:
            producer.confirm(future)
        progress.sent += len(batch.messages)
        progress.place = batch.place
        file.write(progress)
        report(progress)
    file.delete()
