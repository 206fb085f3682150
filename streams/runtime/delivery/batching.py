"""Reads a stream in batches of what is waiting."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

from streams.contract import trace
from streams.runtime.state.group import Stream, StreamEvent

SHARE_OF_AGE = 0.05  # a record that has been under way for long may wait a little more, to share a batch with others


def batch_interval(least: float, most: float) -> Callable[[StreamEvent], float]:
    """The seconds from the end of a batch to the next one that is not full, by the last event of the batch.

    A twentieth of the time since the article came in, between ``least`` and ``most``: in a live stream that is
    ``least``, behind a backlog it is more. It changes when things are done, never what is done.
    """

    def after(event: StreamEvent) -> float:
        record = event.message
        so_far = trace.read(record.headers)
        came = so_far[0].arrived if so_far else datetime.fromtimestamp(record.timestamp, UTC)
        return max(least, min(most, SHARE_OF_AGE * (trace.now() - came).total_seconds()))

    return after


async def batches(
    stream: Stream, most: int, interval: Callable[[StreamEvent], float] = lambda event: 0.0
) -> AsyncGenerator[list[StreamEvent], None]:
    """Yield the waiting events of ``stream`` as lists of 1 to ``most``.

    A single event is yielded at once. Under load, a batch that is not full comes ``interval`` (of the last event)
    seconds after the one before was done, so that more events share the fixed cost of a batch. A read that has started
    is kept across batches and never cancelled by a time-out, since a cancelled read may lose its event.
    """
    events = stream.events().__aiter__()
    reading: asyncio.Task[StreamEvent] | None = None
    due = 0.0  # before that a batch waits to be full
    try:
        while True:
            reading = reading or asyncio.ensure_future(events.__anext__())
            batch = [await reading]
            reading = None
            while len(batch) < most:
                reading = asyncio.ensure_future(events.__anext__())
                # Faust's iterator yields to the loop once before it looks into its queue: a few turns of the loop show
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
            due = time.monotonic() + interval(batch[-1])
    except StopAsyncIteration:
        return
    finally:
        if reading is not None:
            reading.cancel()
            await asyncio.wait({reading})
