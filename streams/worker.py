"""The worker: three apps, a process each, put together here and kept running by a supervisor.

This and the command line are the only places that see every part.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import faust
import structlog

from connectors.elastic.client import async_client, sync_client
from connectors.elastic.install import installed
from connectors.elastic.store import ElasticStore
from connectors.kafka import admin, door, topic_settings
from connectors.kafka.broadcast import Broadcast
from connectors.net import guarded_client, shown
from connectors.webhooks.sending import Sender
from deploy import here
from deploy.embedded import polling
from deploy.here import is_embedded
from streams import __version__, crashes, footprint, logs, metrics, pooled, topics, topology
from streams.agents import STAGES
from streams.alerts.catalogue import Catalogue
from streams.apps import build
from streams.errors import Misuse, StorywatchError, Unavailable
from streams.health import Health
from streams.messages import Forgotten, Track
from streams.pool import Pool
from streams.process import bound
from streams.sending import MOST_AT_ONCE
from streams.settings import Settings
from streams.stage import APPS, STATE, WORK, App
from streams.tools import Tools

log = structlog.get_logger("storywatch.worker")

GRACE_SECONDS = 10.0  # a process that was told to end and has not by then is killed: what it held is replayed


# --- one app -----------------------------------------------------------------------------------------------------


def run_app(name: App, settings: Settings, port: int, restarts: int = 0) -> None:
    """Run one app in this process until it is told to end. Raises what the start meets; exits non-zero on a crash."""
    logs.configure(settings, name)
    metrics.BUILD.labels(__version__, name).set(1)
    metrics.RESTARTS.inc(restarts)
    footprint.tell(settings.data_dir)
    announce(settings, name, 0)
    _check_kafka(settings)  # Faust would say what is wrong in many lines, or not at all
    if is_embedded(settings):
        polling.spare()
        admin.evict_members(settings, settings.app_id(name))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    data = _folder(name, settings)
    data.mkdir(parents=True, exist_ok=True)
    tools, close = loop.run_until_complete(_tools(name, settings))
    app, runners = build(name, [stage for stage in STAGES if stage.app == name], settings, tools, data)
    health = Health(app, runners, settings, partial(door.ask, settings))

    async def watch() -> None:
        health.ready = True
        log.info("ready", app=name)
        try:
            await health.watch()
        except Exception:  # Faust would go on without it: nobody would see a standstill
            log.exception("the watch failed", app=name)
            os._exit(1)
        finally:
            await close()

    app.task(watch)
    announce(settings, name, loop.run_until_complete(health.serve(port)))
    worker = faust.Worker(
        app, loop=loop, quiet=True, loglevel="WARNING", redirect_stdouts=False, override_logging=False
    )
    worker.spinner = None  # it writes to the terminal, or its control characters into a file
    worker.execute_from_commandline()


def _folder(name: App, settings: Settings) -> Path:
    return settings.data_dir / "faust" / name


def announce(settings: Settings, name: App, port: int) -> None:
    """Leave word where this process serves its health (port 0: it is starting), for `status` and those who wait."""
    folder = settings.data_dir / "worker"
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{name}.tmp"
    temporary.write_text(json.dumps({"app": name, "pid": os.getpid(), "host": settings.metrics_host, "port": port}))
    temporary.replace(folder / f"{name}.json")


Close = Callable[[], Awaitable[None]]


async def _tools(name: App, settings: Settings) -> tuple[Tools, Close]:
    """What the stages of an app need of the outside, ready for use; and what closes it."""
    if name == WORK:
        pool = Pool(
            settings.pool_processes, settings.pool_timeout_seconds, partial(pooled.warm, settings.publishers_file)
        )
        await pool.ready(settings.pool_processes)
        return Tools(settings, pool=pool), pool.close
    closing = contextlib.AsyncExitStack()
    forgotten = Broadcast(settings, topics.FORGOTTEN, Forgotten, dict[str, Forgotten]())
    await forgotten.start()
    closing.push_async_callback(forgotten.stop)
    if name == STATE:
        tracks = Broadcast(settings, topics.TRACKS, Track, Catalogue())
        await tracks.start()
        closing.push_async_callback(tracks.stop)
        return Tools(settings, tracks=tracks, forgotten=forgotten, post=_sender(settings)), closing.aclose
    client = async_client(settings)
    closing.push_async_callback(client.close)
    store = ElasticStore(client, settings.index_prefix)
    return Tools(settings, store=store, forgotten=forgotten), closing.aclose


def _sender(settings: Settings) -> Sender:
    clients = {
        private: guarded_client(
            allow_private=private,
            timeout_seconds=settings.webhook_timeout_seconds,
            user_agent=settings.user_agent,
            max_connections=MOST_AT_ONCE,
        )
        for private in (False, True)
    }
    return Sender(client_for=clients.__getitem__, timeout_seconds=settings.webhook_timeout_seconds)


# --- the supervisor ----------------------------------------------------------------------------------------------


def check(settings: Settings) -> None:
    """What a worker needs is there. Raises `Unavailable` or `Misuse` with one line that says what to do.

    Elasticsearch may be away: the store stages wait for it, and alerts go on.
    """
    _check_kafka(settings)
    try:
        with contextlib.closing(sync_client(settings)) as client:
            if not installed(client, settings.index_prefix):
                raise Misuse("the index templates are missing in Elasticsearch: run `storywatch init` first")
    except Unavailable as error:
        log.warning("starting without Elasticsearch", reason=str(error))


def _check_kafka(settings: Settings) -> None:
    door.check(settings)
    wanted = topology.wanted(settings)
    admin.existing(settings).check(wanted, settings.partitions)
    topic_settings.check(settings, wanted)


@dataclass
class _Child:
    name: App
    port: int
    process: "subprocess.Popen[bytes]"
    restarts: int = 0
    restart_at: float | None = None


def supervise(settings: Settings, names: Sequence[App] = APPS) -> None:
    """Run the apps in processes of their own until SIGTERM or SIGINT; start again each one that ends.

    Raises `Misuse` or `Unavailable` when a worker cannot work here at all.
    """
    _check_folder(settings)
    with _alone(settings):
        check(settings)
        _check_ports(settings)
        ending: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _: ending.append(received))
        ports = dict(zip(APPS, _ports(settings), strict=True))
        children = [_Child(name, ports[name], _start(name, ports[name], settings)) for name in names]
        log.info("worker started", apps=list(names), kafka=settings.kafka, elasticsearch=shown(settings.elasticsearch))
        try:
            while not ending:
                for child in children:
                    _keep_running(child, settings)
                time.sleep(0.1)
        finally:
            _end([child.process for child in children], settings)
            log.info("worker stopped")


def _keep_running(child: _Child, settings: Settings) -> None:
    code = child.process.poll()
    if code is None:
        return
    now = time.monotonic()
    if child.restart_at is None:
        child.restart_at = now + settings.restart_pause_seconds
        log.warning("process ended", app=child.name, code=code, restart_in_seconds=settings.restart_pause_seconds)
    elif now >= child.restart_at:
        child.restart_at = None
        child.restarts += 1
        child.process = _start(child.name, child.port, settings, child.restarts)


def _start(name: App, port: int, settings: Settings, restarts: int = 0) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "streams", name, str(port), str(restarts)]
    # a session of its own: Ctrl-C reaches the supervisor alone, which then ends each process in turn
    # the addresses are those of now: a process that starts again while the stack is down finds no other
    addresses = {"STORYWATCH_KAFKA": settings.kafka, "STORYWATCH_ELASTICSEARCH": settings.elasticsearch}
    environment = {**os.environ, **addresses}
    return subprocess.Popen(bound(command), env=environment, start_new_session=True, stdin=subprocess.DEVNULL)


def _end(processes: Sequence["subprocess.Popen[bytes]"], settings: Settings) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            for name in APPS:
                crashes.forgive(_folder(name, settings), process.pid)


def _ports(settings: Settings) -> list[int]:
    first = settings.metrics_port
    return [first + number if first else 0 for number in range(len(APPS))]


def _check_folder(settings: Settings) -> None:
    """Raises `Misuse` when the data folder cannot be written."""
    folder = settings.data_dir / "worker"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Misuse(
            f"the data folder {settings.data_dir} cannot be written ({error.strerror}): choose another with "
            f"STORYWATCH_DATA_DIR"
        ) from error


def _check_ports(settings: Settings) -> None:
    """Raises `Misuse` for a port that something else has: better now than in each process, over and over."""
    for port in filter(None, _ports(settings)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.metrics_host, port))
            except OSError as error:
                raise Misuse(
                    f"port {port} for metrics is taken: stop what uses it, or set STORYWATCH_METRICS_PORT to another "
                    f"(0 chooses free ones)"
                ) from error


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """On the embedded stack one worker at a time: it removes the group members of dead ones, and may not meet live
    ones. A real Kafka shares the work among as many workers as one likes."""
    if not is_embedded(settings):
        yield
        return
    with (settings.data_dir / "worker.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Misuse(
                "a worker runs already on the embedded stack, which bears only one: stop that one first"
            ) from error
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def run_one(name: str, port: int, restarts: int) -> int:
    """`run_app` for ``python -m streams``: the process's exit code."""
    try:
        settings = here.settings()
        run_app(next(app for app in APPS if app == name), settings, port, restarts)
    except StorywatchError as error:
        log.warning("cannot start", app=name, reason=str(error))
        return 1
    return 0
