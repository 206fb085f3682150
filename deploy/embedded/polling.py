"""The embedded Kafka answers every fetch at once instead of holding it back until there is something to say.

A client then asks thousands of times a second and keeps a core busy with nothing. Here the client waits a moment
between two fetches, and longer when nothing has come for a while. A real Kafka holds empty fetches for half a second
by itself; nothing of this is used there.
"""

import asyncio
import contextlib
import time
from typing import Any
from weakref import WeakKeyDictionary

from aiokafka.consumer.fetcher import Fetcher

PAUSE_SECONDS = 0.015  # adds half of this to each hop of an article, some 50 ms from arrival to alert
IDLE_SECONDS = 0.25  # adds half of this to the first hop of each process after a quiet time; fetches cost 1 % of a core
AWAKE_SECONDS = 1.0  # how long after the last message the next one is looked for at the shorter pause


def spare() -> None:
    """Make all Kafka consumers of this process wait a little between two fetches. Call it once."""
    ask = Fetcher._proc_fetch_request
    came: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # when a fetcher last got something

    async def ask_sparingly(self: Any, *arguments: Any) -> bool:
        started = time.monotonic()
        found: bool = await ask(self, *arguments)
        if found:
            came[self] = started
        idle = started - came.get(self, 0.0) > AWAKE_SECONDS
        pause = IDLE_SECONDS if idle else PAUSE_SECONDS
        with contextlib.suppress(asyncio.CancelledError):  # as the wrapped method does: it ends with its consumer
            await asyncio.sleep(max(0.0, pause - (time.monotonic() - started)))
        return found

    Fetcher._proc_fetch_request = ask_sparingly
