"""A process pool for CPU work, with limits on time and memory per call; a crash costs only the input that caused it.

An input is tried twice. The first attempt has a small CPU limit: an input that exceeds it, or ends its process, raises
`SetAside`, and the caller tries it again in the slow pool with the full limit. So a slow input delays only other slow
ones. An input that fails there too raises `Poison`.

Time is CPU time as the kernel counts it, so that a loaded machine stops no normal input; a limit on real time ends
calls that sleep. Memory is address space, so that an input is stopped before the machine runs out. The processes are
forks of a warm one, which costs milliseconds where a start takes seconds, and share the memory that they never write.
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

FIRST_SECONDS = 1.0  # of CPU; one page in a thousand needs more, and delays the inputs behind it by no more than this
REAL_TIME = 4.0  # times the CPU limit of the second attempt; both attempts together stay below `standstill_seconds`
READ_SECONDS = 0.3  # time to read what a process wrote before it ended
SLOW_PROCESSES = 2  # for inputs that were set aside; started with the first one
MEMORY_BYTES = (
    1_200_000_000  # of address space per process; a warm process has 500 MB, the largest inputs need as much again
)
BROKEN = (ProcessExpired, PoolTimeout)
OVERRAN = -signal.SIGPROF  # exit code of a process that exceeded its CPU limit
EXHAUSTED = 12  # exit code of a process that ran out of memory: ENOMEM


def _begin(warm: Callable[[], None]) -> None:
    from streams.runtime.processes import pool_server  # has an effect on the process that imports it: not the worker

    if os.getpid() != pool_server.PID:  # not os.getppid(): the parent may have ended since the fork
        kill_on_parent_exit(pool_server.PID)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C also reaches the worker, which ends this process
    warm()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _limited(seconds: float, function: Callable[..., T], *arguments: Any) -> T:
    """Call ``function`` in a child; the kernel ends the child at the CPU limit, also inside C code.

    A child without memory exits: the traceback would hold on to the memory, and the heap may stay fragmented.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return function(*arguments)
    except MemoryError:
        os._exit(EXHAUSTED)
    except Exception as error:
        raise _picklable(error) from error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _picklable(error: Exception) -> Exception:
    """``error``, or a substitute if it cannot be pickled, which would break the pool in the worker."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own object
    except Exception:  # its class may raise anything
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


class _Manager(PoolManager):
    """Reads the last results of an ended process first: Pebble may find a process dead before it has read which task
    the process had, and would lose the task or take the pool for broken."""

    def handle_worker_expiration(self, expiration: tuple[int, int]) -> None:
        time.sleep(READ_SECONDS)
        super().handle_worker_expiration(expiration)


class Pool:
    """``processes`` children and `SLOW_PROCESSES` more, initialised by ``warm``. They share what the modules
    ``preload`` have loaded.

    ``seconds``: the CPU limit of the second attempt at an input.
    """

    def __init__(self, processes: int, seconds: float, warm: Callable[[], None], preload: Sequence[str] = ()) -> None:
        context = get_context("forkserver")
        context.set_forkserver_preload(["streams.runtime.processes.pool_server", *preload])

        def children(many: int) -> ProcessPool:  # started with the first input
            pool = ProcessPool(max_workers=many, context=context, initializer=_begin, initargs=(warm,))
            pool._pool_manager = _Manager(pool._context, context)
            return pool

        self._slow = _SlowPool(children(SLOW_PROCESSES), seconds)
        self._pool = children(processes)
        self._seconds = min(FIRST_SECONDS, seconds)
        self._real_seconds = seconds  # on a loaded machine it may end normal work, which is then tried again

    async def ready(self, processes: int) -> None:
        """Start the children and wait until they are warm, so that the first article is not slow."""
        await asyncio.gather(*(_run(self._pool, None, self._seconds, os.getpid) for _ in range(processes)))

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """The result of ``function(*arguments)`` in a child; its exceptions are raised here.

        Raises `SetAside` if the child ended or exceeded the limits of a first attempt, `FatalError` if the pool is
        closed or broken.
        """
        try:
            return await _run(self._pool, self._real_seconds, self._seconds, function, *arguments)
        except BROKEN as error:
            raise SetAside(_reason(error, self._seconds, self._real_seconds)) from error

    def again(self) -> "_SlowPool":
        """The pool for the second and last attempt at an input that was set aside."""
        return self._slow

    async def close(self) -> None:
        """End the children at once: their unfinished work is read from the log again."""
        for pool in (self._pool, self._slow.pool):
            pool.stop()  # type: ignore[no-untyped-call]
            await asyncio.to_thread(pool.join)


class _SlowPool:
    """The processes for second attempts."""

    def __init__(self, pool: ProcessPool, seconds: float) -> None:
        self.pool = pool
        self._seconds = seconds

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """As `Pool.run`, but raises `Poison` if the child ended or exceeded the limits."""
        try:
            return await _run(self.pool, self._seconds * REAL_TIME, self._seconds, function, *arguments)
        except BROKEN as error:
            raise Poison(_reason(error, self._seconds, self._seconds * REAL_TIME)) from error

    def again(self) -> "_SlowPool":
        return self


async def _run(
    pool: ProcessPool, real_seconds: float | None, seconds: float, function: Callable[..., T], *arguments: Any
) -> T:
    try:
        future = pool.schedule(_limited, args=(seconds, function, *arguments), timeout=real_seconds)
    except RuntimeError as error:  # not the fault of the input
        raise FatalError(f"the pool is closed: {error}") from error
    try:
        result: T = await asyncio.wrap_future(future)
    except BrokenProcessPool as error:  # nor is this: every call in the pool fails with it
        raise FatalError(f"the pool is broken: {error}") from error
    return result


def _reason(error: Exception, seconds: float, real_seconds: float) -> str:
    if not isinstance(error, ProcessExpired):
        return f"took longer than {real_seconds:g} s"
    if error.exitcode == OVERRAN:
        return f"took longer than {seconds:g} s of CPU time"
    if error.exitcode == EXHAUSTED:
        return f"took more than {MEMORY_BYTES / 1e9:g} GB of memory"
    return f"killed its process (exit code {error.exitcode})"
