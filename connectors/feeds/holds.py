"""Hosts that answered 429, or asked for a pause -> how long each is left alone, by all feeds and over restarts."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.feeds.schedule import after_failure
from connectors.feeds.state import FeedStates, Hold
from connectors.http.fetch import Held

FIRST_SECONDS = 150.0  # doubled by the first time; most limits of requests are counted by the minute or by five


class Holds:
    """`gate` is what `connectors.http.polite.HostPacer` asks before each request."""

    def __init__(self, states: FeedStates, now: Callable[[], datetime]) -> None:
        self._states = states
        self._now = now
        self._hosts = states.load_holds()

    def gate(self, host: str) -> None:
        """Raises `Held` while a host is to be left alone."""
        hold = self._hosts.get(host)
        left = (hold.until - self._now()).total_seconds() if hold is not None else 0.0
        if hold is not None and left > 0:
            at = hold.until.strftime("%H:%M:%S UTC")
            raise Held(f"{host} has asked for fewer requests: it is not asked before {at}", host, left, asked=False)

    async def hold(self, error: Held) -> None:
        """Leave the host alone from now on: longer each time in a row, or as long as it asked."""
        if not error.asked:
            return
        hold = self._hosts.get(error.host)
        times = hold.times + 1 if hold is not None else 1
        pause = after_failure(FIRST_SECONDS, times, error.wait_seconds)
        self._hosts[error.host] = Hold(self._now() + timedelta(seconds=pause), times)
        await asyncio.to_thread(self._states.save_holds, dict(self._hosts))

    async def forget(self, host: str) -> None:
        """A host that has answered begins anew."""
        if self._hosts.pop(host, None) is not None:
            await asyncio.to_thread(self._states.save_holds, dict(self._hosts))
