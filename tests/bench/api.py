"""Requests a second at `GET /v1/stories` beside those at a bare handler, and what 200 clients of events cost.

No worker runs: stories are stored, and filings sent, by the benchmark itself.
"""

import asyncio
import json
import statistics
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import psutil
from litestar import Litestar, get
from msgspec.structs import replace

from connectors.api.server import bind, serve, url_of
from connectors.kafka.producer import Producer
from deploy.stack import Kind
from deploy.system import System
from streams.contract import topics
from streams.contract.messages import Scope
from tests.connectors.api import library
from tests.connectors.api.serving import add_key, serving
from tests.connectors.cli.running import wait_for

REQUESTS = 2_000
WARM_UP_REQUESTS = 50
PROCESSES = 2
CONNECTIONS = 4  # of a process, each with one request at a time
CLIENTS = 200
FILINGS = 100
PAUSE_SECONDS = 0.2
UNLIMITED = {"serve_requests_per_second": 1e6, "log_level": "WARNING"}


def measure(folder: Path, stack: Kind) -> dict[str, float]:
    """Name -> value."""
    with System(folder, UNLIMITED, stack=stack) as system:
        library.fill(system.settings)
        _, key = add_key(system.settings, Scope.READ)
        with (
            ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool,
            serving(system.environment()) as served,
            served.client(key) as client,
        ):
            wait_for(lambda: client.get("/v1/stories").status_code == 200)
            stories = _requests_per_second(pool, f"{served.url}/v1/stories", key)
            bare = _bare(pool, client.get("/v1/stories").content)
            memory = psutil.Process(served.process.pid).memory_info().rss
            delays = asyncio.run(_events(system, served.url, key))
            grown = psutil.Process(served.process.pid).memory_info().rss - memory
    print(f"stories: {REQUESTS} requests of {PROCESSES} clients; events: {FILINGS} filings to {CLIENTS} clients each")
    return {
        "api_requests_per_second": stories,
        "api_bare_requests_per_second": bare,
        "api_of_bare": stories / bare,
        "events_ms_p50": 1000 * statistics.median(delays),
        "events_ms_p95": 1000 * delays[int(0.95 * len(delays)) - 1],
        "events_memory_mb": grown / 1e6,
    }


def _requests_per_second(pool: ProcessPoolExecutor, url: str, key: str) -> float:
    ask = partial(_ask, url, key)
    list(pool.map(ask, [WARM_UP_REQUESTS] * PROCESSES))
    started = time.monotonic()
    list(pool.map(ask, [REQUESTS // PROCESSES] * PROCESSES))
    return REQUESTS / (time.monotonic() - started)


def _ask(url: str, key: str, times: int) -> None:
    headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}
    with httpx.Client(headers=headers, timeout=60) as client, ThreadPoolExecutor(CONNECTIONS) as threads:
        for answer in threads.map(client.get, [url] * times):
            answer.raise_for_status()


def _bare(pool: ProcessPoolExecutor, answer: bytes) -> float:
    """As `_requests_per_second`, at a handler that only sends the same answer."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve_bare, args=(answer, theirs), daemon=True)
    process.start()
    try:
        url: str = ours.recv()
        return _requests_per_second(pool, url, "none")
    finally:
        process.kill()
        process.join()


def _serve_bare(answer: bytes, where: Any) -> None:
    @get("/", media_type="application/json")
    async def bare() -> bytes:
        return answer

    listener = bind("127.0.0.1", 0)
    where.send(url_of(listener))
    asyncio.run(serve(Litestar([bare], openapi_config=None, logging_config=None), listener))


async def _events(system: System, url: str, key: str) -> list[float]:
    """Seconds from the sending of each filing to its arrival at each client, in order of size."""
    sent: dict[str, float] = {}
    arrived: list[tuple[str, float]] = []
    opened = asyncio.Semaphore(0)

    async def follow(client: httpx.AsyncClient) -> None:
        async with client.stream("GET", "/v1/events", params={"type": "filing"}) as answer:
            left = FILINGS
            async for line in answer.aiter_lines():
                if line.startswith(": events follow"):
                    opened.release()
                elif line.startswith("data: "):
                    arrived.append((json.loads(line[6:])["title"], time.monotonic()))
                    left -= 1
                    if not left:
                        return

    headers = {"Authorization": f"Bearer {key}"}
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=120, limits=limits) as client:
        followers = [asyncio.create_task(follow(client)) for _ in range(CLIENTS)]
        for _ in followers:
            await opened.acquire()
        with Producer(system.settings) as producer:
            for number in range(FILINGS):
                title = f"Number {number}"
                article = replace(library.FIRST.article, title=title)
                sent[title] = time.monotonic()
                await asyncio.to_thread(producer.send, topics.FILED, replace(library.FIRST, article=article))
                await asyncio.sleep(PAUSE_SECONDS)
        await asyncio.gather(*followers)
    return sorted(moment - sent[title] for title, moment in arrived)
