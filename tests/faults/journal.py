"""A file with one line for each record that the broker has acknowledged: none of them may be lost."""

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """One acknowledged message: where the broker put it, the digest of its bytes and what it was sent as."""

    kind: str  # article, again (the same input once more), hostile, stray (no message of ours)
    topic: str
    partition: int
    offset: int
    digest: str


class Journal:
    """Written by the feeder's thread, read by the audit."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def write(self, entry: Entry) -> None:
        """Keep it, on disk before this returns."""
        with self._lock, self._path.open("a") as file:
            file.write(json.dumps(asdict(entry)) + "\n")

    def read(self) -> list[Entry]:
        with self._lock:
            if not self._path.exists():
                return []
            return [Entry(**json.loads(line)) for line in self._path.read_text().splitlines()]
