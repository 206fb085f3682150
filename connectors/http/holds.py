"""Hosts that answered 429 or asked for a pause: until when no feed requests anything of them, across restarts."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from connectors.http.fetch import Held
from streams.contract.messages import Hold
from streams.sources.schedule import after_failure

FIRST_SECONDS = 150.0  # doubled at the first 429; most rate limits count by one or five minutes
MAX_HOLDS = 10_000  # hosts


async def in_memory(holds: Mapping[str, Hold]) -> None:
    """The default: holds are stored by whoever stores the states of sources."""


class Holds:
    """The holds of all hosts. `gate` is called by `connectors.http.polite.HostPacer` before each request.

    ``save`` gets all of them after each change.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        known: Mapping[str, Hold] | None = None,
        save: Callable[[Mapping[str, Hold]], Awaitable[None]] = in_memory,
    ) -> None:
        self._now = now
        self._hosts = dict(known or {})
        self._save = save

    def gate(self, host: str) -> None:
        """Raises `Held` while a host is on hold."""
        hold = self._hosts.get(host)
        left = (hold.until - self._now()).total_seconds() if hold is not None else 0.0
        if hold is not None and left > 0:
            at = hold.until.strftime("%H:%M:%S UTC")
            raise Held(f"{host} has asked for fewer requests: it is not asked before {at}", host, left, asked=False)

    def merge(self, holds: Mapping[str, Hold]) -> None:
        """Add holds of the state of a source, which another worker may have polled before."""
        for host, hold in holds.items():
            if host not in self._hosts or self._hosts[host].until < hold.until:
                self._hosts[host] = hold

    def snapshot(self) -> dict[str, Hold]:
        """All holds as they are now."""
        return dict(self._hosts)

    async def hold(self, error: Held) -> None:
        """Put the host on hold: longer each time in a row, or for as long as it asked."""
        if not error.asked:
            return
        hold = self._hosts.get(error.host)
        times = hold.times + 1 if hold is not None else 1
        pause = after_failure(FIRST_SECONDS, times, error.wait_seconds)
        self._hosts[error.host] = Hold(self._now() + timedelta(seconds=pause), times)
        await self._changed()

    async def release(self, host: str) -> None:
        """Remove the hold of a host that has answered, and with it the count of its 429s."""
        if self._hosts.pop(host, None) is not None:
            await self._changed()

    async def _changed(self) -> None:
        if len(self._hosts) > MAX_HOLDS:
            self._hosts = dict(sorted(self._hosts.items(), key=lambda item: item[1].until)[-MAX_HOLDS:])
        await self._save(dict(self._hosts))
