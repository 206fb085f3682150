"""Tracks which records crash the process: suspects are handled alone, repeat offenders become dead letters.

A crash with one record in flight counts against that record. One with several makes each of them a suspect, which is
handled alone from then on, so that no other record is blamed. After `MOST_CRASHES` of its own a record is a
`CrashLoop`, a dead letter. A record that passes is cleared, whatever was counted.

Only handling counts, never waiting: not for Kafka, not for a server that is away. Exhausted memory counts as a crash;
any other exception of a handler is the failure of its record (`streams.runtime.delivery.runner`). What does not count:
SIGTERM, an orderly exit, a process that its supervisor had to kill. A kill -9 from outside cannot be told from a crash,
so three in a row that each meet the same record alone make it a dead letter, which `storywatch deadletters replay`
sends again.

The processes of one machine (one data folder) share the counts. A record that moves between machines is counted by each
of them.
"""

import asyncio
import atexit
import fcntl
import mmap
import os
import struct
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import msgspec
import structlog

from streams.contract.errors import CrashLoop, Rejected, StorywatchError
from streams.runtime import metrics
from streams.runtime.files import atomic_write

log = structlog.get_logger("storywatch.crashes")

MOST_CRASHES = 3  # once may be the machine, twice bad luck
FORGOTTEN_AFTER = timedelta(days=1)  # a record that ends its process comes again within seconds, here or elsewhere
MOST_CHARACTERS = 300  # of an error's text

_SLOT = struct.Struct("<qq")  # partition, offset + 1: zeros mean that the slot is free


class Offset(NamedTuple):
    """The place of a record in the stage's topic."""

    partition: int
    offset: int

    @property
    def key(self) -> str:
        return f"{self.partition}/{self.offset}"


class _Count(msgspec.Struct):
    """What is known of one record. Without crashes of its own it is a suspect."""

    at: datetime
    deaths: int = 0
    how: str = "without a Python exception"


_Counts = dict[str, _Count]
_decoder = msgspec.json.Decoder(_Counts)


class CrashLog:
    """The crash log of one stage in its app's ``folder``.

    ``most``: records in flight at once; ``stopping``: True once the process was told to stop, so that errors mean
    nothing.
    """

    def __init__(self, folder: Path, stage: str, most: int, stopping: Callable[[], bool] = lambda: False) -> None:
        folder = _subfolder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._stage = stage
        self._path = folder / f"{stage}.crashes.json"
        self._stopping = stopping
        self._counts: _Counts = {}
        self._running = 0
        self._isolated = False
        self._waiting_alone = 0
        self._freed = asyncio.Event()
        crashed = [offsets for offsets in _left_behind(folder, stage) if offsets]
        self._update(_drop_old)
        for offsets in crashed:
            self._record_crash(offsets, None)
        self._in_flight = InFlight(folder, stage, most)

    # --- before and around handling -----------------------------------------------------------------------------

    def is_suspect(self, offset: Offset) -> bool:
        """True if this record was in flight in a crash: it has to be handled alone."""
        return offset.key in self._counts

    @asynccontextmanager
    async def isolation_slot(self, offset: Offset) -> AsyncIterator[None]:
        """For stages that handle many records at once: beside others, or alone for a suspect."""
        alone = self.is_suspect(offset)
        self._waiting_alone += alone  # nothing begins before it, or a steady stream would keep it waiting for good
        try:
            while self._isolated or (self._running if alone else self._waiting_alone):
                self._freed.clear()
                await self._freed.wait()
        finally:
            self._waiting_alone -= alone
            self._freed.set()
        self._running += 1
        self._isolated = alone
        try:
            yield
        finally:
            self._running -= 1
            if alone:
                self._isolated = False
            self._freed.set()

    @contextmanager
    def guard(self, *offsets: Offset) -> Iterator[None]:
        """Around the handling of records. Raises `CrashLoop` for a single one that crashed the process too often."""
        if len(offsets) == 1 and (count := self._counts.get(offsets[0].key)) and count.deaths >= MOST_CRASHES:
            raise CrashLoop(f"ended the process {count.deaths} times: {count.how}")
        with self._in_flight.marked(offsets):
            try:
                yield
            except Rejected:
                self._clear(offsets)
                raise
            except StorywatchError:
                raise
            except (Exception, SystemExit) as error:  # not a cancellation, which is the end of this process or stream
                if not self._stopping():
                    self._record_crash(offsets, error)
                raise
        self._clear(offsets)

    def grant_retry(self, offset: Offset) -> None:
        """Let the next start try a `CrashLoop` record again: the code may have been fixed."""

        def change(counts: _Counts) -> None:
            if count := counts.get(offset.key):
                count.deaths = min(count.deaths, MOST_CRASHES - 1)

        self._update(change)

    # --- the counts ---------------------------------------------------------------------------------------------

    def _record_crash(self, offsets: Sequence[Offset], error: BaseException | None) -> None:
        own = len(offsets) == 1
        how = f"{type(error).__name__}: {error}"[:MOST_CHARACTERS] if error else None

        def change(counts: _Counts) -> None:
            for offset in offsets:
                count = counts.setdefault(offset.key, _Count(datetime.now(UTC)))
                count.at = datetime.now(UTC)
                count.deaths += own
                count.how = how or count.how

        self._update(change)
        metrics.CRASHES.labels(self._stage).inc()
        log.error(
            "handling ended the process",
            stage=self._stage,
            places=[offset.key for offset in offsets],
            error=how,
            deaths=self._counts[offsets[0].key].deaths,
        )

    def _clear(self, offsets: Sequence[Offset]) -> None:
        if cleared := [offset.key for offset in offsets if self.is_suspect(offset)]:
            self._update(lambda counts: [counts.pop(key, None) for key in cleared])

    def _update(self, change: Callable[[_Counts], object]) -> None:
        """Change the counts that all processes of this machine share."""
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                counts = _decoder.decode(self._path.read_bytes())
            except (FileNotFoundError, msgspec.DecodeError):  # the first time, or a power cut in the middle of a write
                counts = {}
            change(counts)
            atomic_write(self._path, msgspec.json.encode(counts))
        self._counts = counts


class InFlight:
    """The records that this process is handling for one stage, at most ``most``, in a memory-mapped file.

    Shared memory costs no system call per mark, and survives kill -9 (not a power cut, which no record is to blame
    for). Each process has a file of its own and holds a lock on it: a file without a lock was left by a process that is
    gone. A process that exits in order removes its file.
    """

    def __init__(self, folder: Path, stage: str, most: int) -> None:
        # not the process id alone: containers that share a folder may have the same
        self._path = folder / f"{stage}.{os.getpid()}.{uuid4().hex}.inhand"
        self._file = self._path.open("w+b")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._file.truncate(most * _SLOT.size)
        self._memory = mmap.mmap(self._file.fileno(), most * _SLOT.size)
        self._free = [slot * _SLOT.size for slot in range(most)]
        atexit.register(self._close)

    @contextmanager
    def marked(self, offsets: Sequence[Offset]) -> Iterator[None]:
        """Mark records as in flight; whatever ends the block removes the marks, except a crash."""
        taken = [self._free.pop() for _ in offsets]
        for at, (partition, offset) in zip(taken, offsets, strict=True):
            _SLOT.pack_into(self._memory, at, partition, offset + 1)
        try:
            yield
        finally:
            for at in taken:
                _SLOT.pack_into(self._memory, at, 0, 0)
            self._free += taken

    def _close(self) -> None:
        self._path.unlink(missing_ok=True)
        self._file.close()


def discard_marks(folder: Path, pid: int) -> None:
    """Clear the records of a process of the app that was told to stop and had to be killed."""
    for _ in _take_unlocked(_subfolder(folder), f"*.{pid}.*.inhand"):
        pass


def _left_behind(folder: Path, stage: str) -> Iterator[list[Offset]]:
    """What each crashed process had in flight; its file is removed."""
    for marks in _take_unlocked(folder, f"{stage}.*.*.inhand"):
        whole = len(marks) - len(marks) % _SLOT.size
        yield [Offset(partition, next_ - 1) for partition, next_ in _SLOT.iter_unpack(marks[:whole]) if next_]


def _take_unlocked(folder: Path, names: str) -> Iterator[bytes]:
    """Remove the files that no living process has locked, and yield their contents."""
    for path in sorted(folder.glob(names)):
        try:
            file = path.open("r+b")
        except FileNotFoundError:  # another process was faster
            continue
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # its process lives
                continue
            marks = file.read()
            path.unlink(missing_ok=True)
        yield marks


def _subfolder(folder: Path) -> Path:
    return folder / "crashes"


def _drop_old(counts: _Counts) -> None:
    oldest = datetime.now(UTC) - FORGOTTEN_AFTER
    for key in [key for key, count in counts.items() if count.at < oldest]:
        del counts[key]
