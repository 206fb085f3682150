"""CPU work off the event loop: functions run in processes of their own, under limits, and a crash hurts only its input.

An input is tried twice. The first try has little CPU time: what overruns it, or ends its process, is `SetAside` and
tried again in a process apart, with all the time that an input can have. So an input that takes long holds up nobody
but others like it. What fails there too is `Poison`.

Time is CPU time, counted by the kernel, so that a busy machine kills nothing innocent; a limit of real time ends what
sleeps. Memory is address space, so that an input is stopped before the machine has none left. The processes are forks
of one that is warm, which costs milliseconds where a start takes seconds, and the memory of what they never write is
shared.
"""

import asyncio
import os
import pickle
import resource
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as PoolTimeout
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool
from pebble.pool.process import PoolManager

from streams.contract.errors import FatalError, Poison, SetAside
from streams.runtime.processes.process import kill_on_parent_exit

T = TypeVar("T")

FIRST_SECONDS = 1.0  # of CPU: one page in a thousand needs more, and what waits behind one that does waits no longer
REAL_TIME = 4.0  # times the CPU time of the last try: with the first one less than a stage may stand still
READ_SECONDS = 0.3  # in which what a process wrote before it died is read
APART = 2  # processes for inputs that were set aside: started when the first one comes
MEMORY_BYTES = 1_200_000_000  # of address space, for a process; a warm one has 500 MB, the largest inputs need as much
BROKEN = (ProcessExpired, PoolTimeout)
OVERRAN = -signal.SIGPROF  # exit code of a process whose CPU time was over
EXHAUSTED = 12  # exit code of a process that ran out of memory: ENOMEM


def _begin(warm: Callable[[], None]) -> None:
    from streams.runtime.processes import pool_server  # binds the process that loads it: not the worker

    if os.getpid() != pool_server.PID:  # not the parent as it is now: it may have ended since the fork
        kill_on_parent_exit(pool_server.PID)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the worker, which ends this process
    warm()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _limited(seconds: float, function: Callable[..., T], *arguments: Any) -> T:
    """Runs in a child: the kernel ends it when its CPU time is over, whatever code it is in.

    A child without memory ends itself: the traceback keeps what filled it, and the heap may stay in pieces.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return function(*arguments)
    except MemoryError:
        os._exit(EXHAUSTED)
    except Exception as error:
        raise _carried(error) from error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _carried(error: Exception) -> Exception:
    """The error as it can be sent: one that the worker cannot make again would break the whole pool there."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own object
    except Exception:  # whatever its class asks for
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


class _Manager(PoolManager):
    """Pebble's threads may find a process dead before they have read which task it took: the task would be lost for
    ever, or the pool taken for broken. So that is read first."""

    def handle_worker_expiration(self, expiration: tuple[int, int]) -> None:
        time.sleep(READ_SECONDS)
        super().handle_worker_expiration(expiration)


class Pool:
    """``processes`` children and `APART` more, each made ready by ``warm``; they share what ``preload`` has loaded.

    ``seconds``: of CPU time, the most that an input can have.
    """

    def __init__(self, processes: int, seconds: float, warm: Callable[[], None], preload: Sequence[str] = ()) -> None:
        context = get_context("forkserver")
        context.set_forkserver_preload(["streams.runtime.processes.pool_server", *preload])

        def children(many: int) -> ProcessPool:  # they start when the first input comes
            pool = ProcessPool(max_workers=many, context=context, initializer=_begin, initargs=(warm,))
            pool._pool_manager = _Manager(pool._context, context)
            return pool

        self._apart = _Apart(children(APART), seconds)
        self._pool = children(processes)
        self._seconds = min(FIRST_SECONDS, seconds)
        self._real_seconds = seconds  # on a busy machine it ends innocent work too, which is then tried again

    async def ready(self, processes: int) -> None:
        """Start the children and wait until they are warm, so that the first article is not a slow one."""
        await asyncio.gather(*(_run(self._pool, None, self._seconds, os.getpid) for _ in range(processes)))

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """The result of ``function(*arguments)``, run in a child; what it raises is raised here.

        Raises `SetAside` when the child died or overran the limits of a first try.
        """
        try:
            return await _run(self._pool, self._real_seconds, self._seconds, function, *arguments)
        except BROKEN as error:
            raise SetAside(_told(error, self._seconds, self._real_seconds)) from error

    def again(self) -> "_Apart":
        """Where an input that was set aside is tried for the second and last time."""
        return self._apart

    async def close(self) -> None:
        """End the children at once: what they were doing is done again from the log."""
        for pool in (self._pool, self._apart.pool):
            pool.stop()  # type: ignore[no-untyped-call]
            await asyncio.to_thread(pool.join)


class _Apart:
    """The processes for inputs that were set aside."""

    def __init__(self, pool: ProcessPool, seconds: float) -> None:
        self.pool = pool
        self._seconds = seconds

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """As `Pool.run`; raises `Poison` when the child died or overran the limits."""
        try:
            return await _run(self.pool, self._seconds * REAL_TIME, self._seconds, function, *arguments)
        except BROKEN as error:
            raise Poison(_told(error, self._seconds, self._seconds * REAL_TIME)) from error

    def again(self) -> "_Apart":
        return self


async def _run(
    pool: ProcessPool, real_seconds: float | None, seconds: float, function: Callable[..., T], *arguments: Any
) -> T:
    try:
        future = pool.schedule(_limited, args=(seconds, function, *arguments), timeout=real_seconds)
    except RuntimeError as error:  # no fault of the input
        raise FatalError(f"the pool is closed: {error}") from error
    try:
        result: T = await asyncio.wrap_future(future)
    except BrokenProcessPool as error:  # nor is this: all that was in the pool ends with it
        raise FatalError(f"the pool is broken: {error}") from error
    return result


def _told(error: Exception, seconds: float, real_seconds: float) -> str:
    if not isinstance(error, ProcessExpired):
        return f"took longer than {real_seconds:g} s"
    if error.exitcode == OVERRAN:
        return f"took longer than {seconds:g} s of CPU time"
    if error.exitcode == EXHAUSTED:
        return f"took more than {MEMORY_BYTES / 1e9:g} GB of memory"
    return f"killed its process (exit code {error.exitcode})"
