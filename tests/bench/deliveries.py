"""How fast queued deliveries are sent beside a bare loop of the HTTP client, and what receivers that hang cost others.

One process of the worker delivers, as always. Receivers are paths of one server in a process of its own; the loop sends
to the same one, in the same run. What a whole worker takes from an article to its alert is measured with them too.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web
from msgspec.structs import replace

from connectors.http.net import guarded_client
from connectors.kafka.producer import Producer
from connectors.webhooks.payload import payload
from deploy.stack import Kind
from deploy.system import System
from streams.alerts.receivers import for_receivers
from streams.contract import topics
from streams.contract.messages import Alert, Message, NamedReceiver, Track, Webhook
from streams.contract.stage import STATE
from streams.contract.topics import Topic
from streams.runtime.processes.process import bind_to_parent
from tests.bench.pipeline import LATENCY_ARTICLES, alert_seconds, p95
from tests.connectors.webhooks.fiction import SECRET, an_alert
from tests.pipeline.runs import open_edges

RECEIVERS = 100
TRACKS = 1_000
MATCHING = 10  # of these tracks, each article
QUEUED = 10_000
HANGING = 10
AT_ONCE = 10  # requests of the bare loop: the client is fastest with it (1: 390/s, 10: 590, 100: 60)
STEADY = 1_200  # alerts, one after another over all receivers
STEADY_PER_SECOND = 20.0
WAIT_SECONDS = 900.0


def measure(folder: Path, stack: Kind, queued: int = QUEUED) -> dict[str, float]:
    """Name -> value."""
    queued_folder, articles_folder = folder / "queued", folder / "articles"
    queued_folder.mkdir()
    articles_folder.mkdir()
    return _queued(queued_folder, stack, queued) | _from_articles(articles_folder, stack)


def _from_articles(folder: Path, stack: Kind) -> dict[str, float]:
    """From the arrival of an article to its alert, with many tracks, and receivers some of which hang."""
    with System(folder, {"log_level": "WARNING"}, stack=stack) as system, _server() as url:
        system.start_worker()
        with open_edges(system) as edges:
            _send_all(edges.producer, topics.RECEIVERS, _receivers(url))
            tracks = [_track(f"t{n}", (f"r{n % RECEIVERS}",), _word(n)) for n in range(TRACKS)]
            _send_all(edges.producer, topics.TRACKS, tracks)
            waits = alert_seconds(edges, LATENCY_ARTICLES)
            others = _waits(url, LATENCY_ARTICLES * sum(number % RECEIVERS >= HANGING for number in _matching()))
    print(f"alerts: {TRACKS} tracks to {RECEIVERS} receivers, {HANGING} of which hang; {MATCHING} match each article")
    return {"alert_seconds_p95_with_hanging": p95(waits), "alert_seconds_p95_of_tracks": p95(sorted(others))}


def _word(number: int) -> str:
    """A query: that of the articles for some tracks, and a word of its own for the others."""
    return "varrick" if number in _matching() else f"nobody{number}"


def _matching() -> range:
    """The numbers of the tracks that each article matches; as many of their receivers hang as of all."""
    return range(0, TRACKS, TRACKS // (MATCHING - 1))


def _queued(folder: Path, stack: Kind, queued: int) -> dict[str, float]:
    with System(folder, {"log_level": "WARNING"}, stack=stack) as system, _server() as url:
        names = [f"r{number}" for number in range(RECEIVERS)]
        with Producer(system.settings) as producer:
            drained = [f"{url}/ok/d{number}" for number in range(RECEIVERS)]
            _send_all(producer, topics.RECEIVERS, [_receiver(f"d{n}", one) for n, one in enumerate(drained)])
            _send_all(producer, topics.RECEIVERS, _receivers(url))
            ways = tuple(f"d{number}" for number in range(RECEIVERS))
            producer.send(topics.TRACKS, _track("drained", ways))
            _send_all(producer, topics.TRACKS, [_track(f"t{n}", (names[n % RECEIVERS],)) for n in range(TRACKS)])
            alerts = [_alert(number, "drained", ways[number % RECEIVERS]) for number in range(queued)]
            _send_all(producer, topics.ALERTS, alerts)
            with _deliver(system, folder):
                rate, meanwhile = _drained(producer, url, names, queued)
                waits = _steady(producer, url, names)
        bare = asyncio.run(_bare(url, queued))
    print(f"deliveries: {queued} alerts to {RECEIVERS} receivers; then {STEADY} at {STEADY_PER_SECOND:g} a second")
    return {
        "deliveries_per_second": rate,
        "bare_deliveries_per_second": bare,
        "deliveries_ratio": rate / bare,
        "delivery_seconds_p95_in_drain": p95(sorted(meanwhile)),
        "delivery_seconds_p95_with_hanging": p95(sorted(waits)),
    }


def _drained(producer: Producer, url: str, names: list[str], queued: int) -> tuple[float, list[float]]:
    """Deliveries a second, from the first to the last, and what new alerts to other receivers waited meanwhile."""
    deadline = time.monotonic() + WAIT_SECONDS
    new = 0
    while (seen := httpx.get(f"{url}/seen").json())["count"] < queued:
        if time.monotonic() > deadline:
            raise SystemExit(f"only {seen['count']} of {queued} alerts were delivered")
        if seen["count"]:
            receiver = HANGING + new % (RECEIVERS - HANGING)
            producer.send(topics.ALERTS, _alert(2_000_000 + new, f"t{receiver}", names[receiver]))
            new += 1
        time.sleep(0.5)
    return float((queued - 1) / (seen["last"] - seen["first"])), _waits(url, new)


def _steady(producer: Producer, url: str, names: list[str]) -> list[float]:
    """Seconds from sending each alert to its arrival, at the receivers that do not hang."""
    started = time.monotonic()
    for number in range(STEADY):
        time.sleep(max(0.0, started + number / STEADY_PER_SECOND - time.monotonic()))
        producer.send(topics.ALERTS, _alert(1_000_000 + number, f"t{number % TRACKS}", names[number % RECEIVERS]))
    return _waits(url, STEADY * (RECEIVERS - HANGING) // RECEIVERS)


def _waits(url: str, expected: int) -> list[float]:
    """What the alerts waited that receivers got since the last call, once there are so many."""
    deadline = time.monotonic() + 60
    while len(waits := httpx.get(f"{url}/waits").json()) < expected:
        if time.monotonic() > deadline:
            raise SystemExit(f"only {len(waits)} of {expected} alerts arrived")
        time.sleep(0.5)
    httpx.delete(f"{url}/waits").raise_for_status()
    return [float(wait) for wait in waits]


async def _bare(url: str, count: int) -> float:
    """Requests a second of the client alone, `AT_ONCE` requests at a time."""
    body = payload(an_alert())
    client = guarded_client(
        allow_private=True, timeout_seconds=10.0, user_agent="Storywatch/bench", max_connections=AT_ONCE
    )

    async def post(number: int) -> None:
        for _ in range(count // AT_ONCE):
            (await client.post(f"{url}/ok/b{number}", content=body)).raise_for_status()

    async with client:
        started = time.monotonic()
        await asyncio.gather(*map(post, range(AT_ONCE)))
        return count / (time.monotonic() - started)


def _alert(number: int, track: str, receiver: str) -> Alert:
    now = datetime.now(UTC)
    made = replace(an_alert(number + 1), track=track, received_at=now, made_at=now)
    [alert] = for_receivers(made, _track(track, (receiver,)))
    return alert


def _track(id_: str, receivers: tuple[str, ...], word: str = "") -> Track:
    followed: dict[str, Any] = {"words": (word,)} if word else {"story": "none"}
    return Track(id=id_, name=id_, created_at=datetime.now(UTC), receivers=receivers, **followed)


def _receivers(url: str) -> list[NamedReceiver]:
    """The first of them hang."""
    return [_receiver(f"r{n}", f"{url}/{'hang' if n < HANGING else 'ok'}/{n}") for n in range(RECEIVERS)]


def _receiver(name: str, url: str) -> NamedReceiver:
    hook = Webhook(url=url, secret=SECRET, allow_private=True)
    return NamedReceiver(name=name, created_at=datetime.now(UTC), hook=hook)


def _send_all(producer: Producer, topic: Topic, messages: Sequence[Message]) -> None:
    for sent in [producer.start(topic, one) for one in messages]:
        producer.confirm(sent)


@contextmanager
def _deliver(system: System, folder: Path) -> Iterator[None]:
    """The process that delivers."""
    with (folder / "state.log").open("wb") as log:
        process = subprocess.Popen(
            bind_to_parent([sys.executable, "-m", "streams", STATE, "0", "0"]),
            env={**os.environ, **system.environment()},
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def _server() -> Iterator[str]:
    """The URL of a server whose paths are receivers."""
    context = get_context("spawn")
    mine, its = context.Pipe()
    process = context.Process(target=_serve, args=(its,), daemon=True)
    process.start()
    try:
        yield mine.recv()
    finally:
        process.kill()
        process.join()


def _serve(ready: Connection) -> None:
    drained: list[float] = []
    waits: list[float] = []

    async def take(request: web.Request) -> web.Response:
        if request.path.startswith("/hang/"):
            await asyncio.sleep(3600)
        event = await request.json()
        if request.path.startswith("/ok/d"):
            drained.append(time.monotonic())
        elif request.path.startswith("/ok/b"):
            pass
        else:
            sent = datetime.fromisoformat(event["data"]["article"]["received_at"])
            waits.append((datetime.now(UTC) - sent).total_seconds())
        return web.Response(status=204)

    async def seen(request: web.Request) -> web.Response:
        ends = drained or [0.0]
        return web.json_response({"count": len(drained), "first": ends[0], "last": ends[-1]})

    async def waited(request: web.Request) -> web.Response:
        return web.json_response(waits)

    async def forget(request: web.Request) -> web.Response:
        waits.clear()
        return web.Response(status=204)

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/seen", seen)
        app.router.add_get("/waits", waited)
        app.router.add_delete("/waits", forget)
        app.router.add_post("/{path:.*}", take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.send(f"http://127.0.0.1:{runner.addresses[0][1]}")
        await asyncio.Event().wait()

    asyncio.run(run())
