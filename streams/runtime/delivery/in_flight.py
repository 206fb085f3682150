"""Messages that a stage begins and ends to handle in, a file that says which are in hand out: a death leaves it behind.

The file is shared memory, so that a mark costs no call to the system and survives kill -9 (not a power cut, where there
is nothing to accuse anybody of). Each process has a file of its own and holds a lock on it: one without a lock was left
by a process that is no more. A process that ends in order removes its file.
"""

import atexit
import fcntl
import mmap
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

_SLOT = struct.Struct("<qq")  # partition, offset + 1: zeros mean that the slot is free


class Place(NamedTuple):
    """Where in the stage's topic a message is."""

    partition: int
    offset: int


class InHand:
    """The file of this process for one stage, with room for ``most`` messages at once."""

    def __init__(self, folder: Path, stage: str, most: int) -> None:
        # not the process id alone: containers that share a folder may have the same
        self._path = folder / f"{stage}.{os.getpid()}.{uuid4().hex}.inhand"
        self._file = self._path.open("w+b")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._file.truncate(most * _SLOT.size)
        self._memory = mmap.mmap(self._file.fileno(), most * _SLOT.size)
        self._free = [slot * _SLOT.size for slot in range(most)]
        atexit.register(self.close)

    @contextmanager
    def holding(self, places: Sequence[Place]) -> Iterator[None]:
        """Mark ``places`` as in hand; whatever ends the block takes the marks away, except a death."""
        taken = [self._free.pop() for _ in places]
        for at, place in zip(taken, places, strict=True):
            _SLOT.pack_into(self._memory, at, place.partition, place.offset + 1)
        try:
            yield
        finally:
            for at in taken:
                _SLOT.pack_into(self._memory, at, 0, 0)
            self._free += taken

    def close(self) -> None:
        """This process ends in order: nothing in its hands is to blame."""
        self._path.unlink(missing_ok=True)
        self._file.close()


def left_behind(folder: Path, stage: str) -> Iterator[list[Place]]:
    """What each process that died had in hand; its file is taken away."""
    for held in _take_away(folder, f"{stage}.*.*.inhand"):
        whole = len(held) - len(held) % _SLOT.size
        yield [Place(partition, next_ - 1) for partition, next_ in _SLOT.iter_unpack(held[:whole]) if next_]


def remove(folder: Path, pid: int) -> None:
    """Take away what a process that is no more left behind."""
    for _ in _take_away(folder, f"*.{pid}.*.inhand"):
        pass


def _take_away(folder: Path, names: str) -> Iterator[bytes]:
    """Remove the files that no living process has, and yield what was in them."""
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
            held = file.read()
            path.unlink(missing_ok=True)
        yield held
