"""What is known of each feed between two runs: validators, entries seen, the next poll. One small file a feed."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from connectors.http.net import shown
from streams.contract.errors import FatalError, Rejected
from streams.contract.messages import digest
from streams.runtime.files import atomic_write

SCHEMA = 1
HOLDS = "hosts.holds"
MAX_SEEN = 10_000  # marks; well over three for each of the 1,000 entries taken from a feed, so none still in it is lost
MAX_HOLDS = 10_000  # hosts


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """``seen`` holds marks of entries, those met longest ago first; ``tries`` counts failed ones by first mark."""

    url: str
    schema: int = SCHEMA
    etag: str | None = None
    last_modified: str | None = None
    seen: tuple[str, ...] = ()
    tries: dict[str, int] = {}
    failures: int = 0  # polls in a row
    next_poll: datetime | None = None
    unreadable: int = 0  # entries of the last poll
    polled: bool = False  # whether it was read before: its first entries are those of years

    def met(self, marks: tuple[str, ...]) -> "FeedState":
        """With these marks as the latest ones seen, and the oldest forgotten beyond `MAX_SEEN`."""
        latest = dict.fromkeys(marks)
        seen = (*(mark for mark in self.seen if mark not in latest), *latest)
        tries = {mark: count for mark, count in self.tries.items() if mark not in latest}
        return replace(self, seen=seen[-MAX_SEEN:], tries=tries)

    def still_holding(self, entries: Sequence[tuple[str, ...]]) -> "FeedState":
        """Before the entries of a poll, given by their marks: those known count as met now, so they stay longest."""
        seen = set(self.seen)
        known = [mark for marks in entries if not seen.isdisjoint(marks) for mark in marks]
        present = {marks[0] for marks in entries}
        return replace(self.met(tuple(known)), tries={mark: n for mark, n in self.tries.items() if mark in present})


class Hold(msgspec.Struct, frozen=True):
    """A host that asked for fewer requests: not asked ``until`` then. ``times`` in a row it has asked."""

    until: datetime
    times: int = 1


class FeedStates:
    """The files of all feeds below one folder, which is made when it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, url: str) -> FeedState:
        """The state of a feed; a fresh one if there is none. Raises `Rejected` with one line for a damaged file."""
        path = self._path(url)
        try:
            state = msgspec.json.decode(path.read_bytes(), type=FeedState)
        except FileNotFoundError:
            return FeedState(url=url)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Rejected(f"the state of feed {shown(url)} in {path} is damaged ({error}): starting afresh") from error
        except OSError as error:
            raise FatalError(f"the state of feed {shown(url)} cannot be read: {error}") from error
        if state.schema > SCHEMA or state.url != url:
            raise Rejected(f"the state of feed {shown(url)} in {path} is not of this program: starting afresh")
        return state

    def save(self, state: FeedState) -> None:
        """Whole or not at all, and on the disk when this returns. Raises `FatalError` when it cannot be written."""
        self._write(self._path(state.url), state, f"the state of feed {shown(state.url)}")

    def load_holds(self) -> dict[str, Hold]:
        """The hosts that are left alone; none where that is not known, or no longer to be read."""
        try:
            return msgspec.json.decode((self._folder / HOLDS).read_bytes(), type=dict[str, Hold])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}  # then they are asked once more, and say it again

    def save_holds(self, holds: dict[str, Hold]) -> None:
        """As `save`."""
        latest = sorted(holds.items(), key=lambda item: item[1].until)[-MAX_HOLDS:]
        self._write(self._folder / HOLDS, dict(latest), "which hosts are left alone")

    def _write(self, path: Path, content: object, what: str) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            atomic_write(path, msgspec.json.encode(content))
        except OSError as error:
            raise FatalError(f"{what} cannot be kept: {error}") from error

    def _path(self, url: str) -> Path:
        return self._folder / f"{digest(url)}.json"
