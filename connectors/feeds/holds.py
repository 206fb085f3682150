"""Hosts that answered 429 or asked for a pause: until when no feed requests anything of them, across restarts."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.feeds.schedule import after_failure
from connectors.feeds.state import FeedStates, Hold
from connectors.http.fetch import Held

FIRST_SECONDS = 150.0  # doubled at the first 429; most rate limits count by one or five minutes


class Holds:
    """The holds of all hosts. `gate` is called by `connectors.http.polite.HostPacer` before each request."""

    def __init__(self, states: FeedStates, now: Callable[[], datetime]) -> None:
        self._states = states
        self._now = now
        self._hosts = states.load_holds()

    def gate(self, host: str) -> None:
        """Raises `Held` while a host is on hold."""
        hold = self._hosts.get(host)
        left = (hold.until - self._now()).total_seconds() if hold is not None else 0.0
        if hold is not None and left > 0:
            at = hold.until.strftime("%H:%M:%S UTC")
            raise Held(f"{host} has asked for fewer requests: it is not asked before {at}", host, left, asked=False)

    async def hold(self, error: Held) -> None:
        """Put the host on hold: longer each time in a row, or for as long as it asked."""
        if not error.asked:
            return
        hold = self._hosts.get(error.host)
        times = hold.times + 1 if hold is not None else 1
        pause = after_failure(FIRST_SECONDS, times, error.wait_seconds)
        self._hosts[error.host] = Hold(self._now() + timedelta(seconds=pause), times)
        await asyncio.to_thread(self._states.save_holds, dict(self._hosts))

    async def release(self, host: str) -> None:
        """Remove the hold of a host that has answered, and with it the count of its 429s."""
        if self._hosts.pop(host, None) is not None:
            await asyncio.to_thread(self._states.save_holds, dict(self._hosts))
