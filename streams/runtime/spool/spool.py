"""A queue of messages in a file, which survives the end of the process and of the machine.

A process has one file of the folder for itself, and takes over those of processes that have ended. A file is not
deleted: another process may be about to lock it.
"""

import errno
import fcntl
import itertools
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import structlog

from streams.contract.errors import Unavailable
from streams.contract.topics import MAX_RECORD_BYTES
from streams.runtime import metrics

log = structlog.get_logger("storywatch.spool")

MEGABYTE = 1_000_000
ADOPTED_AT_ONCE = 100  # messages that are written together
MAX_RECORD = 2 * MAX_RECORD_BYTES  # a message is at most half of that; a longer record is damage
_HEADER = struct.Struct(">II")  # length and CRC-32 of what follows


class SpooledMessage(msgspec.Struct, frozen=True, array_like=True):
    """The base name of a topic, and an encoded message."""

    topic: str
    value: bytes


class Spool:
    """A queue in order of arrival. Usable by several threads. All methods raise `OSError` if the disk fails.

    What was removed from a file with messages left comes again after the end of the process.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._guard = threading.Lock()
        self._path, self._file = _first_free(folder)
        self._next = 0  # where the first message begins
        self._count, self._end = _check(self._file, self._path)
        self.adopt()
        self._measure()

    @property
    def count(self) -> int:
        """How many messages wait."""
        return self._count

    def append(self, message: SpooledMessage) -> None:
        """Store a message; it is on the disk when this returns. Raises `Unavailable` if there is no room for it."""
        with self._guard:
            self._append([_packed(message)], self._limit_bytes)

    def first(self) -> SpooledMessage | None:
        """The message that waits longest."""
        with self._guard:
            if not self._count:
                return None
            return msgspec.msgpack.decode(next(_records(self._file, self._next)), type=SpooledMessage)

    def remove_first(self) -> None:
        """Remove what `first` returns."""
        with self._guard:
            self._next += _HEADER.size + len(next(_records(self._file, self._next)))
            self._count -= 1
            if not self._count:
                os.ftruncate(self._file, 0)
                self._next = self._end = 0
            self._measure()

    def adopt(self) -> None:
        """Take over the messages of processes that have ended, whatever the limit."""
        with self._guard:
            for path in sorted(self._folder.glob("*.spool")):
                if path == self._path or not path.stat().st_size or (other := _locked(path)) is None:
                    continue
                try:
                    count, _ = _check(other, path)
                    records = itertools.islice(_records(other, 0), count)
                    while some := [_framed(record) for record in itertools.islice(records, ADOPTED_AT_ONCE)]:
                        self._append(some, None)
                    os.ftruncate(other, 0)
                finally:
                    os.close(other)

    def close(self) -> None:
        with self._guard:
            os.close(self._file)
            self._file = -1  # a late call of another thread fails, and does no harm to a file that gets the number

    def _append(self, records: list[bytes], limit_bytes: int | None) -> None:
        data = b"".join(records)
        if limit_bytes is not None and self._end + len(data) > limit_bytes:
            raise Unavailable(f"the spool is full: {self._count:,} messages wait for Kafka")
        try:
            _write(self._file, data, self._end)
        except OSError:
            os.ftruncate(self._file, self._end)
            raise
        self._end += len(data)
        self._count += len(records)
        self._measure()

    def _measure(self) -> None:
        metrics.SPOOLED.set(self._count)
        metrics.SPOOL_USED.set(self._end / self._limit_bytes)


def _write(file: int, data: bytes, start: int) -> None:
    written = os.pwrite(file, data, start)
    if written != len(data):
        raise OSError(errno.ENOSPC, f"only {written:,} of {len(data):,} bytes were written")
    os.fdatasync(file)


def _packed(message: SpooledMessage) -> bytes:
    return _framed(msgspec.msgpack.encode(message))


def _framed(record: bytes) -> bytes:
    return _HEADER.pack(len(record), zlib.crc32(record)) + record


def _first_free(folder: Path) -> tuple[Path, int]:
    """The first file that no other process has, and its descriptor."""
    for number in itertools.count():
        path = folder / f"{number}.spool"
        if (file := _locked(path)) is not None:
            return path, file
    raise AssertionError


def _locked(path: Path) -> int | None:
    """The descriptor of a file (0600) that is locked for this process; None if another has it.

    A lock of `fcntl.lockf` ends with its process and is not inherited: a child that lives longer does not hold it.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file


def _records(file: int, start: int) -> Iterator[bytes]:
    """The records from ``start`` on, up to the end or the first that is damaged."""
    while len(header := os.pread(file, _HEADER.size, start)) == _HEADER.size:
        length, check = _HEADER.unpack(header)
        record = os.pread(file, length, start + _HEADER.size) if length <= MAX_RECORD else b""
        if len(record) != length or zlib.crc32(record) != check:
            return
        yield record
        start += _HEADER.size + length


def _check(file: int, path: Path) -> tuple[int, int]:
    """The number of whole messages in a file, and where they end; a message that broke off is cut."""
    count = end = 0
    for record in _records(file, 0):
        count, end = count + 1, end + _HEADER.size + len(record)
    size = os.fstat(file).st_size
    if size > end:
        log.warning("a message in the spool broke off", file=str(path), bytes=size - end)
        os.ftruncate(file, end)
    return count, end
