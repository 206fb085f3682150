"""A pause between fetches from the embedded Kafka, which answers an empty fetch at once instead of holding it back.

Without it a client would fetch thousands of times a second and occupy a core. The pause is longer after a quiet time. A
real Kafka holds an empty fetch for half a second; this module is not used there.
"""

import asyncio
import contextlib
import time
from typing import Any
from weakref import WeakKeyDictionary

from aiokafka.consumer.fetcher import Fetcher

PAUSE_SECONDS = 0.015  # adds half of it to each hop of an article, some 50 ms from arrival to alert
IDLE_SECONDS = 0.25  # adds half of it to the first hop of each process after a quiet time; fetches cost 1 % of a core
AWAKE_SECONDS = 1.0  # after the last message; then the longer pause begins


def slow_down() -> None:
    """Add the pause to all Kafka consumers of this process. To be called once."""
    ask = Fetcher._proc_fetch_request
    came: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # when a fetcher last received records

    async def paced(self: Any, *arguments: Any) -> bool:
        started = time.monotonic()
        found: bool = await ask(self, *arguments)
        if found:
            came[self] = started
        idle = started - came.get(self, 0.0) > AWAKE_SECONDS
        pause = IDLE_SECONDS if idle else PAUSE_SECONDS
        with contextlib.suppress(asyncio.CancelledError):  # like the wrapped method, it ends with its consumer
            await asyncio.sleep(max(0.0, pause - (time.monotonic() - started)))
        return found

    Fetcher._proc_fetch_request = paced
