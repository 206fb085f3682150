"""The state of each feed between the polls of `watch`: one small file a feed, and one for the hosts on hold."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from connectors.http.holds import Holds
from connectors.http.net import shown
from streams.contract.errors import FatalError, Rejected
from streams.contract.messages import Hold, SourceState, digest
from streams.runtime.files import atomic_write

SCHEMA = 1
HOLDS = "hosts.holds"


class FeedStates:
    """The state files of all feeds in one folder, which is created when it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, url: str) -> SourceState:
        """The state of a feed; a new one without a file.

        Raises `Rejected` for a damaged file, `FatalError` when it cannot be read.
        """
        path = self._path(url)
        try:
            state = msgspec.json.decode(path.read_bytes(), type=SourceState)
        except FileNotFoundError:
            return SourceState(url=url)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Rejected(f"the state of feed {shown(url)} in {path} is damaged ({error}): starting afresh") from error
        except OSError as error:
            raise FatalError(f"the state of feed {shown(url)} cannot be read: {error}") from error
        if state.schema > SCHEMA or state.url != url:
            raise Rejected(f"the state of feed {shown(url)} in {path} is not of this program: starting afresh")
        return state

    def save(self, state: SourceState) -> None:
        """Write a state atomically; it is on the disk when this returns. Raises `FatalError` when that fails."""
        self._write(self._path(state.url), state, f"the state of feed {shown(state.url)}")

    def load_holds(self) -> dict[str, Hold]:
        """The hosts on hold; none when the file is missing or unreadable."""
        try:
            return msgspec.json.decode((self._folder / HOLDS).read_bytes(), type=dict[str, Hold])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}  # a host that is requested too early answers 429 again

    def holds(self, now: Callable[[], datetime]) -> Holds:
        """The holds of hosts, which every command with this data folder shares."""
        return Holds(now, self.load_holds(), lambda holds: asyncio.to_thread(self.save_holds, holds))

    def save_holds(self, holds: Mapping[str, Hold]) -> None:
        """Write the hosts on hold, as `save` does."""
        self._write(self._folder / HOLDS, holds, "which hosts are left alone")

    def _write(self, path: Path, content: object, what: str) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            atomic_write(path, msgspec.json.encode(content), durable=True)
        except OSError as error:
            raise FatalError(f"{what} cannot be kept: {error}") from error

    def _path(self, url: str) -> Path:
        return self._folder / f"{digest(url)}.json"
