"""Reading a Faust stream: what is waiting, as one batch."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from typing import Any

from streams.contract import trace
from streams.contract.stage import RecordContext
from streams.runtime import metrics

SHARE_OF_AGE = 0.05  # what has been on its way for long may wait a little more, where more can share a batch
MOST_APART_SECONDS = 0.5


def apart(least: float) -> Callable[[Any], float]:
    """Of the last event of a batch: the seconds from its end to the next batch that is not full.

    A twentieth of the time since the article came in, between ``least`` and half a second: in a live stream that is
    ``least``, behind a backlog it is more. It changes when things are done, never what is done.
    """

    def after(event: Any) -> float:
        message = event.message
        way_here = trace.read(message.headers)
        came = way_here[0].arrived if way_here else datetime.fromtimestamp(message.timestamp, UTC)
        return max(least, min(MOST_APART_SECONDS, SHARE_OF_AGE * (trace.now() - came).total_seconds()))

    return after


async def batches(
    stream: Any, most: int, apart: Callable[[Any], float] = lambda event: 0.0
) -> AsyncGenerator[list[Any], None]:
    """Yield what is waiting in ``stream`` (made by ``noack()``) as lists of 1 to ``most`` events.

    What comes alone is given at once. When much comes, a batch that is not full is given some seconds after the one
    before was done (``apart`` of its last event), so that the fixed cost of a batch is shared by what comes meanwhile.
    A started read is kept across batches and never cancelled by a time-out, since a cancelled read may take its event
    with it.
    """
    events = stream.events().__aiter__()
    reading: asyncio.Task[Any] | None = None
    due = 0.0  # before that a batch waits to be full
    try:
        while True:
            reading = reading or asyncio.ensure_future(events.__anext__())
            batch = [await reading]
            reading = None
            while len(batch) < most:
                reading = asyncio.ensure_future(events.__anext__())
                # Faust's iterator gives way once before it looks into its queue: a few turns of the loop show
                # whether something is waiting, without a clock
                for _ in range(3):
                    await asyncio.sleep(0)
                if not reading.done() and (left := due - time.monotonic()) > 0:
                    await asyncio.wait({reading}, timeout=left)
                if not reading.done() or isinstance(reading.exception(), StopAsyncIteration):
                    break  # the end of the stream, if it is that, is met again by the next turn
                batch.append(reading.result())
                reading = None
            yield batch
            due = time.monotonic() + apart(batch[-1])
    except StopAsyncIteration:
        return
    finally:
        if reading is not None:
            reading.cancel()
            await asyncio.wait({reading})


def place(message: Any, stage: str, taken: datetime) -> RecordContext:
    """Where the log holds Faust's ``message``, with its way up to ``stage``, which took it in hand at ``taken``."""
    time = datetime.fromtimestamp(message.timestamp, UTC)
    way_here = trace.read(message.headers)
    if way_here is None:
        metrics.HEADERS_IGNORED.inc()
    return RecordContext(message.partition, message.offset, time, (*(way_here or ()), trace.open_hop(stage, taken)))
