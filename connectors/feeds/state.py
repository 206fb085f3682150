"""The state of each feed between polls: validators, entries seen, the next poll. One small file a feed."""

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
MAX_SEEN = 10_000  # marks; over three for each of the 1,000 entries read of a feed, so it always covers the feed
MAX_HOLDS = 10_000  # hosts


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """``seen``: marks of entries, the longest unseen first; ``tries``: first mark -> failed fetches of its page."""

    url: str
    schema: int = SCHEMA
    etag: str | None = None
    last_modified: str | None = None
    seen: tuple[str, ...] = ()
    tries: dict[str, int] = {}
    failures: int = 0  # polls in a row
    next_poll: datetime | None = None
    unreadable: int = 0  # entries of the last poll
    polled: bool = False  # whether it was read before: the first entries of a feed may be years old

    def with_seen(self, marks: tuple[str, ...]) -> "FeedState":
        """With these marks as the latest seen; the oldest are dropped beyond `MAX_SEEN`."""
        latest = dict.fromkeys(marks)
        seen = (*(mark for mark in self.seen if mark not in latest), *latest)
        tries = {mark: count for mark, count in self.tries.items() if mark not in latest}
        return replace(self, seen=seen[-MAX_SEEN:], tries=tries)

    def with_present(self, entries: Sequence[tuple[str, ...]]) -> "FeedState":
        """After a poll with these entries (marks): known ones become the latest seen, so that they stay longest."""
        seen = set(self.seen)
        known = [mark for marks in entries if not seen.isdisjoint(marks) for mark in marks]
        present = {marks[0] for marks in entries}
        return replace(
            self.with_seen(tuple(known)), tries={mark: n for mark, n in self.tries.items() if mark in present}
        )


class Hold(msgspec.Struct, frozen=True):
    """A host that asked for fewer requests. ``times``: how often in a row it has."""

    until: datetime
    times: int = 1


class FeedStates:
    """The state files of all feeds in one folder, which is created when it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, url: str) -> FeedState:
        """The state of a feed; a new one without a file.

        Raises `Rejected` for a damaged file, `FatalError` when it cannot be read.
        """
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
        """Write a state atomically; it is on the disk when this returns. Raises `FatalError` when that fails."""
        self._write(self._path(state.url), state, f"the state of feed {shown(state.url)}")

    def load_holds(self) -> dict[str, Hold]:
        """The hosts on hold; none when the file is missing or unreadable."""
        try:
            return msgspec.json.decode((self._folder / HOLDS).read_bytes(), type=dict[str, Hold])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}  # a host that is requested too early answers 429 again

    def save_holds(self, holds: dict[str, Hold]) -> None:
        """Write the hosts on hold, as `save` does."""
        latest = sorted(holds.items(), key=lambda item: item[1].until)[-MAX_HOLDS:]
        self._write(self._folder / HOLDS, dict(latest), "which hosts are left alone")

    def _write(self, path: Path, content: object, what: str) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            atomic_write(path, msgspec.json.encode(content), durable=True)
        except OSError as error:
            raise FatalError(f"{what} cannot be kept: {error}") from error

    def _path(self, url: str) -> Path:
        return self._folder / f"{digest(url)}.json"
