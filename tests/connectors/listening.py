"""A receiver of webhooks on this machine, in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.webhooks.receiving import Received, Receiver


@contextmanager
def listening(secret: str) -> Iterator[tuple[str, list[Received]]]:
    """The address of a receiver that accepts what is signed with the secret, and what it got."""
    got: list[Received] = []
    started, ends = threading.Event(), threading.Event()
    where: list[str] = []

    async def serve() -> None:
        async with Receiver(secret, on_event=got.append) as receiver:
            where.append(receiver.url)
            started.set()
            await asyncio.to_thread(ends.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        started.wait(10)
        yield where[0], got
    finally:
        ends.set()
        thread.join()
