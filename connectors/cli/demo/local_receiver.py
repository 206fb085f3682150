"""A local webhook receiver in a thread, with a queue of what it received."""

import asyncio
import threading
from collections import deque
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from connectors.webhooks.receiving import ACCEPTED, Received, Receiver
from streams.contract.errors import StorywatchError


class LocalReceiver:
    """Runs a `Receiver` at ``url``; ``received`` is the queue of webhooks, repeats of a webhook-id included.

    ``answers`` are the status codes of the next answers; after them every webhook is accepted.
    """

    def __init__(self, secret: str) -> None:
        self.received: SimpleQueue[Received] = SimpleQueue()
        self.answers: deque[int] = deque()
        self.url = ""
        self._secret = secret
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        if not self.url:
            raise StorywatchError("the local receiver could not be started")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._started.set()
            self._loop.close()

    async def _serve(self) -> None:
        async with Receiver(self._secret, on_event=self.received.put, answer=self._answer) as receiver:
            self.url = receiver.url
            self._started.set()
            await self._stop.wait()

    def _answer(self, received: Received) -> int:
        return self.answers.popleft() if self.answers else ACCEPTED
