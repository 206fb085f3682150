"""Runs code that is not trusted with our own process once, in a process of its own with limits of time and memory."""

import asyncio
import os
import resource
import signal
import sys

from streams.contract.errors import StorywatchError

MOST_AT_ONCE = 2  # processes of one worker
MOST_ANSWER_BYTES = 1_000_000
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR")  # no secrets, no proxies

_turns: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


class ChildFailed(StorywatchError):
    """The process ended without an answer. The text says why."""


async def ask(module: str, request: bytes, *, wall_seconds: float) -> bytes:
    """What ``python -m module`` writes to stdout for ``request`` on stdin.

    Raises `ChildFailed` if it ends at a limit or fails, `TimeoutError` after ``wall_seconds``.
    """
    loop = asyncio.get_running_loop()
    for other in [one for one in _turns if one.is_closed()]:
        del _turns[other]
    async with _turns.setdefault(loop, asyncio.Semaphore(MOST_AT_ONCE)):
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | {"PYTHONPATH": _path()},
        )
        try:
            answer, _ = await asyncio.wait_for(child.communicate(request), wall_seconds)
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode:
        raise ChildFailed(_why(child.returncode))
    return answer


def limit(*, cpu_seconds: int, wall_seconds: int, memory_bytes: int) -> None:
    """Set the limits of this process. It ends by itself if its parent does not end it."""
    signal.alarm(wall_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _why(code: int) -> str:
    if -code in (signal.SIGXCPU, signal.SIGALRM, signal.SIGKILL):
        return "took too long"
    return f"ended with exit code {code}"


def _path() -> str:
    return os.pathsep.join(one for one in sys.path if one)
