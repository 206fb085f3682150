"""Parses untrusted text in a process of its own, with limits of CPU time and memory.

The process starts at the first text and again after a limit has ended it. It works on one text at a time, so a hostile
one delays the others by `CPU_SECONDS` at most.
"""

import asyncio
import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any, TypeVar

import msgspec

from connectors.feeds.parse.entries import ParsedFeed
from streams.contract.errors import Poison, Rejected, TooLarge
from streams.runtime.processes.process import bind_to_parent

CPU_SECONDS = 10.0  # for one text; the slowest feed of 1,000 entries takes 2
WALL_SECONDS = 120.0  # for one text on a machine that is busy with other things
MEMORY_BYTES = 1_500_000_000  # of address space; a feed of 5 MB takes some 400 MB
LENGTH_BYTES = 8  # before each message on the pipes

T = TypeVar("T")


class ParseFeed(msgspec.Struct, frozen=True, tag=True):
    """A request to parse a feed, see `connectors.feeds.parse.feed`."""

    content: bytes
    url: str
    content_type: str | None
    charset: str | None


class CountWords(msgspec.Struct, frozen=True, tag=True):
    """A request to count the words that a page shows."""

    content: bytes
    charset: str | None


class SandboxResult(msgspec.Struct, frozen=True, tag=True):
    """The answer: ``feed`` or ``words``, or why the text was refused."""

    feed: ParsedFeed | None = None
    words: int = 0
    refused: str | None = None
    too_large: bool = False


def read_message(stream: IO[bytes], kind: Any) -> Any:
    """The next message; None at the end. Raises `EOFError` for a truncated one."""
    length = stream.read(LENGTH_BYTES)
    if not length:
        return None
    content = stream.read(int.from_bytes(length, "little"))
    if len(length) < LENGTH_BYTES or len(content) < int.from_bytes(length, "little"):
        raise EOFError("a message breaks off")
    return msgspec.msgpack.decode(content, type=kind)


def write_message(stream: IO[bytes], message: Any) -> None:
    content = msgspec.msgpack.encode(message)
    stream.write(len(content).to_bytes(LENGTH_BYTES, "little") + content)
    stream.flush()


class Sandbox:
    """A client of the process for the event loop. After `close`, the next use starts the process again."""

    def __init__(self, cpu_seconds: float = CPU_SECONDS, memory_bytes: int = MEMORY_BYTES) -> None:
        self._limits = (str(cpu_seconds), str(memory_bytes))
        self._cpu_seconds = cpu_seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._turn = asyncio.Lock()

    async def parse(self, content: bytes, *, url: str, content_type: str | None, charset: str | None) -> ParsedFeed:
        """As `connectors.feeds.parse.feed.parse`. Raises `Poison` when the process ends at a limit."""
        done = await self._ask(ParseFeed(content, url, content_type, charset))
        if done.feed is None:
            raise (TooLarge if done.too_large else Rejected)(done.refused or "cannot be read as a feed")
        return done.feed

    async def words_of_page(self, content: bytes, charset: str | None) -> int:
        """The number of words that a page shows without scripts. Raises as `parse` does."""
        done = await self._ask(CountWords(content, charset))
        if done.refused is not None:
            raise Rejected(done.refused)
        return done.words

    async def close(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is not None:
            await asyncio.to_thread(_end, child)

    async def _ask(self, message: ParseFeed | CountWords) -> SandboxResult:
        async with self._turn:
            if self._child is None:
                self._child = await asyncio.to_thread(self._start)
            try:
                return await _in_thread(lambda: _exchange(self._child, message))
            except (EOFError, OSError, msgspec.DecodeError) as error:
                raise Poison(await self._died()) from error
            except BaseException:  # cancelled: its answer would be taken for that of the next request
                await self.close()
                raise

    def _start(self) -> subprocess.Popen[bytes]:
        command = bind_to_parent([sys.executable, "-m", "connectors.feeds.parse.sandboxed", *self._limits])
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    async def _died(self) -> str:
        child, self._child = self._child, None
        code = await asyncio.to_thread(_end, child) if child is not None else None
        if code == -signal.SIGPROF:
            return f"takes longer than {self._cpu_seconds:g} s to parse"
        return f"ended the process that parses it (exit code {code})"


def _exchange(child: subprocess.Popen[bytes] | None, message: ParseFeed | CountWords) -> SandboxResult:
    if child is None or child.stdin is None or child.stdout is None:
        raise EOFError("the process is gone")
    late = threading.Timer(WALL_SECONDS, child.kill)
    late.daemon = True
    late.start()
    try:
        write_message(child.stdin, message)
        done: SandboxResult | None = read_message(child.stdout, SandboxResult)
    finally:
        late.cancel()
    if done is None:
        raise EOFError("the process has ended")
    return done


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work)


def _end(child: subprocess.Popen[bytes]) -> int:
    """Ends the process; returns its exit code, its own if it has ended by itself."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()
        child.wait(timeout=1.0)
    child.kill()
    if child.stdout is not None:
        child.stdout.close()
    return child.wait()
