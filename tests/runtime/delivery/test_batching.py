"""Batches hold what is waiting in a stream."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from streams.agents.deliver import deliver
from streams.contract import trace
from streams.runtime.delivery.batching import batch_interval, batches
from tests.runtime.doubles import QueueStream


def read(stream: QueueStream, most: int, interval: Callable[[Any], float] = lambda event: 0.0) -> Any:
    """Batches of numbers, which stand for events."""
    return batches(stream, most, interval)


def with_stream(test: Callable[[QueueStream], Awaitable[None]]) -> None:
    async def run() -> None:
        await test(QueueStream())

    asyncio.run(run())


def test_takes_what_waits_in_order_up_to_the_limit() -> None:
    async def test(stream: QueueStream) -> None:
        stream.put(*range(1, 8), None)
        assert [batch async for batch in read(stream, 3)] == [[1, 2, 3], [4, 5, 6], [7]]

    with_stream(test)


def test_never_waits_for_a_batch_to_fill() -> None:
    async def test(stream: QueueStream) -> None:
        reading = read(stream, 100)
        stream.put(1, 2)
        assert await anext(reading) == [1, 2]
        later = asyncio.ensure_future(anext(reading))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not later.done(), "an empty batch is no batch"
        stream.put(3)
        assert await later == [3]
        await reading.aclose()

    with_stream(test)


def test_under_load_a_batch_waits_to_be_full() -> None:
    async def test(stream: QueueStream) -> None:
        reading = read(stream, 3, interval=lambda event: 60.0)
        stream.put(1)
        assert await anext(reading) == [1], "what comes alone is given at once"
        second = asyncio.ensure_future(anext(reading))
        for number in (2, 3, 4):
            assert not second.done()
            stream.put(number)
            await asyncio.sleep(0.01)
        assert await second == [2, 3, 4]
        stream.put(5, None)
        assert await anext(reading) == [5], "the end of the stream ends the waiting"
        await reading.aclose()

    with_stream(test)


def test_a_batch_that_is_not_full_waits_for_the_interval() -> None:
    async def test(stream: QueueStream) -> None:
        reading = read(stream, 3, interval=lambda event: 0.02)
        for number in (1, 2):
            stream.put(number)
            assert await anext(reading) == [number]
        await reading.aclose()

    with_stream(test)


def travelled(steps: tuple[trace.Hop, ...], logged: datetime) -> Any:
    return SimpleNamespace(
        message=SimpleNamespace(headers=trace.close_hop(steps, trace.now()), timestamp=logged.timestamp())
    )


def test_batches_are_further_apart_behind_a_backlog() -> None:
    """A twentieth of an article's time since it came in, however short it lay before this stage; at most .5 s."""
    now = trace.now()

    def after(age: float) -> float:
        received = trace.open_hop(trace.RECEIVE, now - timedelta(seconds=age))
        return batch_interval(0.1, 0.5)(travelled((received,), now))

    assert after(0.5) == 0.1
    assert after(6) == pytest.approx(0.3, rel=0.1)
    assert after(10_000) == 0.5
    assert after(-10_000) == 0.1, "a clock that is ahead"
    assert batch_interval(0.1, 0.5)(travelled((), now - timedelta(seconds=6))) == pytest.approx(0.3, rel=0.1), (
        "no article, no way"
    )
    assert deliver.max_batch_interval_seconds < 0.2, "an outcome of an old alert holds up no new alert"


def test_what_arrives_during_a_batch_is_in_the_next_one() -> None:
    async def test(stream: QueueStream) -> None:
        reading = read(stream, 100)
        stream.put(1)
        assert await anext(reading) == [1]
        for number in (2, 3):
            stream.put(number)
            await asyncio.sleep(0)  # the read that is kept open may have taken it already
        assert await anext(reading) == [2, 3]
        await reading.aclose()

    with_stream(test)


def test_the_end_of_the_stream_ends_the_batches() -> None:
    async def test(stream: QueueStream) -> None:
        stream.put(None)
        assert [batch async for batch in read(stream, 3)] == []

    with_stream(test)


def test_an_error_of_the_stream_is_seen() -> None:
    async def test(stream: QueueStream) -> None:
        stream.put(1, OSError("the broker is gone"))
        with pytest.raises(OSError, match="the broker is gone"):
            [batch async for batch in read(stream, 3)]

    with_stream(test)


def test_a_reader_that_stops_leaves_no_task_behind() -> None:
    async def test(stream: QueueStream) -> None:
        reading = read(stream, 3)
        stream.put(1)
        await anext(reading)
        await reading.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with_stream(test)
