"""Answers questions in threads, and the same question within a second once.

Elasticsearch finds what is new after up to a second, so an answer that is a second old is no older than a new one may
be. The entity tag is of the content: a client that has it already gets a 304 without a body.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from litestar import Response

from connectors.api.problems import AnyRequest, busy

THREADS = 8  # they wait for Elasticsearch
MOST_WAITING = 64  # questions that wait for a thread or are being answered
KEPT_SECONDS = 1.0
MOST_KEPT_BYTES = 32_000_000
MEDIA_TYPE = "application/json"


T = TypeVar("T")


@dataclass(frozen=True)
class Encoded:
    """An answer as it is sent, apart from what depends on the request. ``tag``: the entity tag."""

    body: bytes
    tag: str
    at: float
    status: int = HTTPStatus.OK.value
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Elsewhere:
    """The answer is at another path."""

    path: str


class Answers:
    """Used by one event loop. ``close`` waits for the threads."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._threads = ThreadPoolExecutor(THREADS, "read")
        self._kept: OrderedDict[str, Encoded] = OrderedDict()
        self._bytes = 0
        self._running: dict[str, asyncio.Task[Encoded]] = {}

    async def answer(self, request: AnyRequest, ask: Callable[[], Any]) -> Response[Any]:
        """The answer to a GET request. ``ask`` computes it in a thread: what msgspec encodes, or `Elsewhere`.

        Raises what ``ask`` raises, and `ProblemError` when too many wait.
        """
        question = f"{request.scope['path']}?{request.scope['query_string'].decode('latin-1')}"
        return _response(request, await self._find(question, ask))

    async def run(self, ask: Callable[[], T]) -> T:
        """The result of ``ask``, which runs in a thread and is not kept. Raises as `answer` does."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)

    def start(self, work: Callable[[], None]) -> None:
        """Do something in a thread that nobody waits for."""
        self._threads.submit(work)

    async def _find(self, question: str, ask: Callable[[], Any]) -> Encoded:
        kept = self._kept.get(question)
        if kept is not None and self._clock() - kept.at < KEPT_SECONDS:
            return kept
        running = self._running.get(question)
        if running is None:
            if len(self._running) >= MOST_WAITING:
                raise busy("too many requests at a time", 1)
            running = asyncio.create_task(self._compute(question, ask))
            self._running[question] = running
            running.add_done_callback(lambda _: self._running.pop(question, None))
        return await asyncio.shield(running)  # who asked first may go away: others wait for the same

    async def _compute(self, question: str, ask: Callable[[], Any]) -> Encoded:
        found = await asyncio.get_running_loop().run_in_executor(self._threads, lambda: _encoded(ask(), self._clock))
        self._keep(question, found)
        return found

    def _keep(self, question: str, found: Encoded) -> None:
        before = self._kept.pop(question, None)
        self._kept[question] = found
        self._bytes += _size(question, found) - (_size(question, before) if before is not None else 0)
        while self._kept and (self._bytes > MOST_KEPT_BYTES or self._is_old(next(iter(self._kept.values())))):
            oldest, gone = self._kept.popitem(last=False)
            self._bytes -= _size(oldest, gone)

    def _is_old(self, one: Encoded) -> bool:
        return self._clock() - one.at >= KEPT_SECONDS

    def close(self) -> None:
        self._threads.shutdown()


def _size(question: str, found: Encoded) -> int:
    return len(question) + len(found.body) + 300


def _encoded(found: Any, clock: Callable[[], float]) -> Encoded:
    if isinstance(found, Elsewhere):
        return Encoded(b"", "", clock(), HTTPStatus.PERMANENT_REDIRECT.value, {"Location": found.path})
    body = msgspec.json.encode(found)
    # weak: the same content is sent packed and unpacked
    return Encoded(body, f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', clock())


def _response(request: AnyRequest, found: Encoded) -> Response[Any]:
    if not found.tag:
        return Response(b"", status_code=found.status, headers=found.headers, media_type=MEDIA_TYPE)
    headers = {"ETag": found.tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if _has(request.headers.get("if-none-match", ""), found.tag):
        return Response(None, status_code=HTTPStatus.NOT_MODIFIED.value, headers=headers)
    return Response(found.body, status_code=found.status, headers=headers, media_type=MEDIA_TYPE)


def _has(condition: str, tag: str) -> bool:
    """Whether If-None-Match names the tag."""
    return condition.strip() == "*" or tag in (one.strip() for one in condition.split(","))
