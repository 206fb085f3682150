"""How far `ingest` has come in each large file, so that it resumes there after an interruption. One small file each.

A file is identified by its size and its ends, not by its path: it may be moved, and one that has changed is read anew.
One that grows (an mbox) is identified by its path, and read anew if what was read of it has changed.
"""

import contextlib
import os
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from streams.contract.errors import FatalError
from streams.contract.messages import digest
from streams.runtime.files import atomic_write, keep_private

SCHEMA = 1
END_BYTES = 65_536  # of each end of a file that identify it


class ReadProgress(msgspec.Struct, frozen=True, kw_only=True):
    """``member``: index of the file inside a container; ``offset``: of the next record in it, in bytes."""

    name: str  # of the file, for people
    schema: int = SCHEMA
    member: int = 0
    offset: int = 0
    articles: int = 0  # read before that
    left_out: dict[str, int] = {}  # records that are not articles: reason -> how many
    finished: datetime | None = None
    size: int = 0  # of a file that grows, when it was read to its end
    before: str = ""  # of a file that grows: what identifies the bytes before ``offset``


class ProgressStore:
    """The progress of all files, in a folder of the data folder, which is created when it is missing.

    ``scope``: what the progress belongs to (the prefix of the topics). With ``again`` earlier progress is ignored.
    """

    def __init__(self, data_dir: Path, scope: str, *, again: bool = False) -> None:
        self._data_dir = data_dir
        self._folder = data_dir / "ingest"
        self._scope = scope
        self._again = again

    def key(self, stream: IO[bytes]) -> str:
        """The identity of a file; leaves ``stream`` at its beginning."""
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - END_BYTES))
        tail = stream.read(END_BYTES)
        stream.seek(0)
        head = stream.read(END_BYTES)
        stream.seek(0)
        return digest(self._scope, str(size), digest(head), digest(tail))

    def key_of_path(self, path: Path) -> str:
        """The identity of a file that grows."""
        return digest(self._scope, "path", os.fsencode(path.resolve()))

    def before(self, stream: IO[bytes], offset: int) -> str:
        """What identifies the first ``offset`` bytes of a file: their ends. Leaves ``stream`` anywhere."""
        stream.seek(0)
        head = stream.read(min(END_BYTES, offset))
        stream.seek(max(0, offset - END_BYTES))
        return digest(head, stream.read(min(END_BYTES, offset)))

    def load(self, key: str) -> ReadProgress | None:
        """The progress of a file; None for a file that is new, or whose progress cannot be read."""
        if self._again:
            return None
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):  # reading anew changes nothing
            found = msgspec.json.decode(self._path(key).read_bytes(), type=ReadProgress)
            return found if found.schema == SCHEMA else None
        return None

    def save(self, key: str, progress: ReadProgress) -> None:
        """Write atomically. Raises `FatalError` when that fails."""
        try:
            if not self._folder.exists():
                keep_private(self._data_dir)
                self._folder.mkdir(exist_ok=True)
            atomic_write(self._path(key), msgspec.json.encode(progress))
        except OSError as error:
            raise FatalError(f"how far {progress.name} was read cannot be stored: {error}") from error

    def save_growing(self, key: str, path: Path, progress: ReadProgress, size: int) -> None:
        """As `save`, of a file that grows; ``size``: if it was read to its end, how large it was, else 0."""
        try:
            with path.open("rb") as stream:
                before = self.before(stream, progress.offset)
        except OSError as error:
            raise FatalError(f"how far {progress.name} was read cannot be stored: {error}") from error
        self.save(key, msgspec.structs.replace(progress, before=before, size=size))

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"
