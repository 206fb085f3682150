"""Requests a second at `POST /v1/articles` and their latency: a real server, real clients, each article confirmed.

No worker runs, so that the figures are those of the server. The clients are processes that share the machine with the
server and Kafka.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import httpx
import msgspec

from deploy.stack import Kind
from deploy.system import System
from streams.contract.messages import Scope
from tests.bench import articles
from tests.connectors.api.serving import add_key, serving

REQUESTS = 2_000  # each with a page as JSON
WARM_UP_REQUESTS = 200
PROCESSES = 2
CONNECTIONS = 4  # of a process, each with one request at a time
BATCHES = 20
LINES = 500  # of a batch
UNLIMITED = {"serve_requests_per_second": 1e6, "push_waiting_messages": 10**9, "log_level": "WARNING"}


def measure(folder: Path, stack: Kind) -> dict[str, float]:
    """Name -> value."""
    bodies = list(_bodies(REQUESTS + WARM_UP_REQUESTS))
    with System(folder, UNLIMITED, stack=stack) as system:
        _, key = add_key(system.settings, Scope.PUSH)
        pool = ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"))
        with serving(system.environment()) as served, pool:
            send = partial(_send_all, served.url, key)
            list(pool.map(send, _shares(bodies[:WARM_UP_REQUESTS])))
            started = time.monotonic()
            waits = sorted(wait for some in pool.map(send, _shares(bodies[WARM_UP_REQUESTS:])) for wait in some)
            seconds = time.monotonic() - started
            with served.client(key) as client:
                started = time.monotonic()
                for batch in range(BATCHES):
                    lines = b"\n".join(_short(batch, line) for line in range(LINES))
                    headers = {"Content-Type": "application/x-ndjson"}
                    client.post("/v1/articles", content=lines, headers=headers).raise_for_status()
                batch_seconds = time.monotonic() - started
    size = statistics.mean(map(len, bodies))
    print(
        f"input: {REQUESTS} pages of {size:,.0f} bytes over {PROCESSES * CONNECTIONS} connections; batches of {LINES}"
    )
    return {
        "push_requests_per_second": REQUESTS / seconds,
        "push_ms_p50": 1000 * statistics.median(waits),
        "push_ms_p99": 1000 * waits[int(0.99 * len(waits)) - 1],
        "push_batch_articles_per_second": BATCHES * LINES / batch_seconds,
    }


def _bodies(count: int) -> Iterator[bytes]:
    for page in articles.pages(count, seed=7):
        yield msgspec.json.encode({"url": page.url, "html": page.page().decode()})


def _short(batch: int, line: int) -> bytes:
    text = f"Report {line} of batch {batch}. " * 20
    return msgspec.json.encode({"url": f"https://short.example/{batch}/{line}", "title": text[:40], "body": text})


def _shares(bodies: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [bodies[number::PROCESSES] for number in range(PROCESSES)]


def _send_all(url: str, key: str, bodies: Sequence[bytes]) -> list[float]:
    """Send each body as a request; the seconds that each took, among them those that had to be sent again."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def send(client: httpx.Client, body: bytes) -> float:
        started = time.monotonic()
        while client.post("/v1/articles", content=body).status_code != httpx.codes.ACCEPTED:
            time.sleep(0.05)  # the key is not known yet
        return time.monotonic() - started

    with httpx.Client(base_url=url, headers=headers, timeout=60) as client, ThreadPoolExecutor(CONNECTIONS) as threads:
        return list(threads.map(partial(send, client), bodies))
