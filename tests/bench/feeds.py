"""``python -m tests.bench.feeds [FEEDS]``: what it costs one process to poll many feeds each minute, pages included.

The process is the worker's own for sources. The feeds are on a real server on addresses of the loopback network, four
to each, so that there are hundreds of hosts with pauses of their own. A feed gets a new entry in about every tenth
minute, and answers 304 otherwise.
"""

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from aiohttp import web

from connectors.kafka.producer import Producer
from deploy.stack import Kind
from deploy.system import System
from streams.contract import topics
from streams.contract.errors import StorywatchError
from streams.contract.messages import WatchedSource, digest
from streams.contract.stage import SOURCES
from streams.runtime.processes import status_files
from streams.runtime.processes.process import bind_to_parent
from tests.bench.hops import MIB
from tests.bench.report import report

FEEDS = 1_000
OF_A_HOST = 4
INTERVAL_SECONDS = 60.0
MISSED_SECONDS = 1.5 * INTERVAL_SECONDS  # between two polls of a feed: one that was due in the meantime was not made
NEWS_SECONDS = 600.0  # between two new entries of a feed
WINDOW_SECONDS = 120.0
FIRST_SECONDS = 600.0  # longest time until all feeds were polled once
PARAGRAPH = "<p>The harbour of Dunmoor takes larger ships from next spring, the council has decided. </p>"


def measure(folder: Path, stack: Kind, feeds: int = FEEDS) -> dict[str, float]:
    """Name -> value. ``feeds_cpu_percent`` of one core, with the process that parses feeds."""
    options = {"log_level": "WARNING"}
    with System(folder, options, stack=stack) as system, _site(feeds) as base, _fetcher(system) as pid:
        started = time.monotonic()
        with Producer(system.settings) as producer:
            for number in range(feeds):
                producer.send(topics.SOURCES, _source(number, base))
        first_seconds = _wait(lambda: _stats(base)["pages"] >= feeds, started)
        _wait(lambda: _stats(base)["twice"] >= feeds, started)
        before, cpu = _stats(base, anew=True), sum(map(_cpu_seconds, _tree(pid)))
        time.sleep(WINDOW_SECONDS)
        after = _stats(base)
        spent = sum(map(_cpu_seconds, _tree(pid))) - cpu
        memory = sum(map(_rss, _tree(pid)))
    print(f"input: {feeds} feeds on {-(-feeds // OF_A_HOST)} hosts, each polled every {INTERVAL_SECONDS:g} s")
    return {
        "feeds_cpu_percent": spent / WINDOW_SECONDS * 100,
        "feeds_mib": memory,
        "feeds_polls_per_second": (after["polls"] - before["polls"]) / WINDOW_SECONDS,
        "feeds_pages_per_second": (after["pages"] - before["pages"]) / WINDOW_SECONDS,
        "feeds_missed_polls": float(after["missed"]),
        "feeds_longest_gap_seconds": after["longest"],
        "feeds_first_pages_per_second": feeds / first_seconds,
    }


def _wait(holds: Callable[[], bool], started: float) -> float:
    """Wait until ``holds()``: the seconds since ``started``."""
    while not holds():
        if time.monotonic() > started + FIRST_SECONDS:
            raise StorywatchError("the feeds were not polled often enough")
        time.sleep(1)
    return time.monotonic() - started


def _source(number: int, base: str) -> WatchedSource:
    host = _host(number // OF_A_HOST)
    url = f"{base.replace('127.0.0.1', host)}/feed/{number}"
    return WatchedSource(
        id=digest(url),
        url=url,
        site=host,
        created_at=datetime.now(UTC),
        interval_seconds=INTERVAL_SECONDS,
        allow_private=True,
    )


def _host(number: int) -> str:
    return f"127.1.{number // 250}.{number % 250 + 1}"


# --- the worker's process -----------------------------------------------------------------------------------------


@contextmanager
def _fetcher(system: System) -> Iterator[int]:
    """A worker of which only the process for sources runs: the pid of that process."""
    code = f"supervise(load_settings.settings(), [{SOURCES!r}])"
    code = f"from deploy import load_settings; from streams.worker import supervise; {code}"
    with system.log.open("ab") as log:
        worker = subprocess.Popen(
            bind_to_parent([sys.executable, "-c", code]),
            env={**os.environ, **system.environment()},
            stdout=log,
            stderr=log,
        )
    try:
        while (found := status_files.read(system.settings, SOURCES)) is None or not found.process.is_running:
            if worker.poll() is not None:
                raise StorywatchError(f"the worker has ended: {system.log}")
            time.sleep(0.5)
        yield found.process.pid
    finally:
        worker.terminate()
        worker.wait()


def _tree(pid: int) -> list[int]:
    """The process and all that it has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [pid, *(one for child in children for one in _tree(child))]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB


# --- the feeds ----------------------------------------------------------------------------------------------------


@contextmanager
def _site(feeds: int) -> Iterator[str]:
    """A server in a process of its own: its address on 127.0.0.1."""
    context = multiprocessing.get_context("spawn")
    receives, sends = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(feeds, sends), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{receives.recv()}"
    finally:
        process.terminate()
        process.join()


def _stats(base: str, *, anew: bool = False) -> dict[str, Any]:
    """The counts. ``anew``: gaps between polls are measured from now on."""
    with urlopen(f"{base}/stats{'?anew' if anew else ''}", timeout=30) as answer:  # noqa: S310 - our own server
        found: dict[str, Any] = json.load(answer)
        return found


class _Feeds:
    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.last: dict[int, float] = {}  # feed -> when it was polled
        self.count: Counter[int] = Counter()  # of the polls of each feed
        self.pages = 0
        self.gaps: list[float] = []  # seconds between two polls of a feed

    async def feed(self, request: web.Request) -> web.Response:
        number, now = int(request.match_info["number"]), time.monotonic()
        if number in self.last:
            self.gaps.append(now - self.last[number])
        self.last[number] = now
        self.count[number] += 1
        latest = int((now - self.begun + number * 0.61803 * NEWS_SECONDS % NEWS_SECONDS) // NEWS_SECONDS)
        etag = f'"{latest}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        items = "".join(
            f"<item><title>Report {entry} of {number}</title><link>{request.url.origin()}/page/{number}/{entry}</link>"
            f"<description>{'The harbour takes larger ships. ' * 10}</description></item>"
            for entry in range(latest, max(-1, latest - 20), -1)
        )
        text = f"<rss version='2.0'><channel><title>Feed {number}</title>{items}</channel></rss>"
        return web.Response(text=text, content_type="application/rss+xml", headers={"ETag": etag})

    async def page(self, request: web.Request) -> web.Response:
        self.pages += 1
        text = f"<html><body><article><h1>{request.path}</h1>{PARAGRAPH * 50}</article></body></html>"
        return web.Response(text=text, content_type="text/html")

    async def stats(self, request: web.Request) -> web.Response:
        now = time.monotonic()
        gaps = [*self.gaps, *(now - at for at in self.last.values())]
        if "anew" in request.query:
            self.gaps, self.last = [], dict.fromkeys(self.last, now)
        return web.json_response(
            {
                "twice": sum(times > 1 for times in self.count.values()),
                "polls": self.count.total(),
                "pages": self.pages,
                "missed": sum(gap > MISSED_SECONDS for gap in gaps),
                "longest": max(gaps, default=0.0),
            }
        )


def _serve(feeds: int, port: Any) -> None:
    async def run() -> None:
        counted, app = _Feeds(), web.Application()
        app.router.add_get("/feed/{number}", counted.feed)
        app.router.add_get("/page/{number}/{entry}", counted.page)
        app.router.add_get("/stats", counted.stats)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        first = web.TCPSite(runner, "127.0.0.1", 0)
        await first.start()
        chosen = runner.addresses[0][1]
        for host in range(-(-feeds // OF_A_HOST)):
            await web.TCPSite(runner, _host(host), chosen).start()
        port.send(chosen)
        await asyncio.Event().wait()

    asyncio.run(run())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="storywatch-bench-") as made:
        report(measure(Path(made), "embedded", int(sys.argv[1]) if len(sys.argv) > 1 else FEEDS))
