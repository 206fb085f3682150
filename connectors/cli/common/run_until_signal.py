"""Runs endless work until Ctrl-C or SIGTERM ends it cleanly."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any


async def run_until_signal(work: Coroutine[Any, Any, object]) -> None:
    """Run ``work`` until SIGINT or SIGTERM, then cancel it and return. Raises what ``work`` raises."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    received: list[int] = []

    def cancel(number: int) -> None:
        received.append(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, cancel, number)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if not received and task.cancelled():
            raise asyncio.CancelledError
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
