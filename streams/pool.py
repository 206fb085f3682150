"""CPU work off the event loop: functions run in spawned processes, with a time limit, and a crash hurts only its input.

The pool tells which input its dead child was working on, so that the others go on. That input is run once more (the
machine may have been out of memory); then it is `Poison`.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import TimeoutError as PoolTimeout
from multiprocessing import get_context
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from streams.errors import Poison
from streams.process import die_with

T = TypeVar("T")


def _begin(parent: int, warm: Callable[[], None]) -> None:
    die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the worker, which ends this process
    warm()


class Pool:
    """A pool of ``processes`` children, each made ready by ``warm`` (a function that can be pickled)."""

    def __init__(self, processes: int, timeout_seconds: float, warm: Callable[[], None]) -> None:
        self._timeout = timeout_seconds
        self._pool = ProcessPool(
            max_workers=processes, context=get_context("spawn"), initializer=_begin, initargs=(os.getpid(), warm)
        )

    async def ready(self, processes: int) -> None:
        """Start the children and wait until they are warm, so that the first article is not a slow one."""
        await asyncio.gather(*(self._once(os.getpid) for _ in range(processes)))

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """The result of ``function(*arguments)``, run in a child; what it raises is raised here.

        Raises `Poison` when the child died or overran the time limit twice.
        """
        try:
            return await self._once(function, *arguments)
        except (ProcessExpired, PoolTimeout):
            try:
                return await self._once(function, *arguments)
            except ProcessExpired as error:
                raise Poison(f"killed its process twice (exit code {error.exitcode})") from error
            except PoolTimeout as error:
                raise Poison(f"took longer than {self._timeout:g} s twice") from error

    async def _once(self, function: Callable[..., T], *arguments: Any) -> T:
        result: T = await asyncio.wrap_future(self._pool.schedule(function, args=arguments, timeout=self._timeout))
        return result

    async def close(self) -> None:
        """End the children at once: what they were doing is done again from the log."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        await asyncio.to_thread(self._pool.join)
