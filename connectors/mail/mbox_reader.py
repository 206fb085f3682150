"""Reads mbox files: each message is an article. One that has grown is read on from its last message.

The last message comes again with the same id: it may have been incomplete while it was delivered.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from connectors.archives.progress import ProgressStore, ReadProgress
from connectors.files.items import Checkpoint, RefusedInput
from connectors.mail import mbox
from streams.contract.errors import Rejected, TooLarge
from streams.contract.messages import RawArticle
from streams.runtime.metrics import report_unexpected

CHECKPOINT_MESSAGES = 200  # between two checkpoints

Read = Callable[[bytes, str], RawArticle]  # a message and its place -> its article, or `Rejected`
Found = RawArticle | RefusedInput | Checkpoint


class MboxReader:
    """``note`` gets the file and one line on where reading begins. Without ``progress`` that is at its beginning."""

    def __init__(self, read: Read, note: Callable[[str, str], None], progress: ProgressStore | None = None) -> None:
        self._read = read
        self._note = note
        self._store = progress

    def read(self, stream: IO[bytes], name: str, given: str, path: Path | None = None) -> Iterator[Found]:
        """The messages of a stream; of a file that grows at ``path``, those that were not read before.

        ``name``: of the file, in the places of its articles; ``given``: as the user named it, in those of refusals.
        """
        store = self._store if path is not None else None
        if store is None or path is None:
            for number, piece in enumerate(mbox.messages(stream), 1):
                yield self._found(piece.message, f"{name}:{number}", f"{given}:{number}")
            return
        key, size = store.key_of_path(path), stream.seek(0, os.SEEK_END)
        start = store.load(key)
        if start is None or store.before(stream, start.offset) != start.before:
            start = ReadProgress(name=name)
        elif start.size == size:
            self._note(given, f"nothing new after {start.articles + 1:,} messages; --again reads it again")
            return
        else:
            self._note(given, f"read on from message {start.articles + 1:,}; --again reads it from its beginning")
        stream.seek(start.offset)
        reached = start
        for number, piece in enumerate(mbox.messages(stream), start.articles + 1):
            if number % CHECKPOINT_MESSAGES == 0:
                yield _checkpoint(store, key, path, reached)
            yield self._found(piece.message, f"{name}:{number}", f"{given}:{number}")
            reached = ReadProgress(name=name, offset=start.offset + piece.start, articles=number - 1)
        yield _checkpoint(store, key, path, reached, size)

    def _found(self, message: bytes | TooLarge, place: str, given: str) -> RawArticle | RefusedInput:
        try:
            return RefusedInput(given, str(message)) if isinstance(message, TooLarge) else self._read(message, place)
        except Rejected as error:
            return RefusedInput(given, str(error))
        except Exception as error:  # the last resort: an unexpected error costs one message
            return RefusedInput(given, report_unexpected("line", error))


def _checkpoint(store: ProgressStore, key: str, path: Path, reached: ReadProgress, size: int = 0) -> Checkpoint:
    """``size``: of the file, if it was read to its end."""

    def save() -> None:
        store.save_growing(key, path, reached, size)

    return Checkpoint(save)
