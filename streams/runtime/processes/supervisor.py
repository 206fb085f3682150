"""Names of apps in; a process of its own for each out, started again when it ends, until this one is told to end."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from streams.contract.errors import UsageError
from streams.contract.stage import APPS, STATE, App
from streams.runtime.files import keep_private
from streams.runtime.processes import crash_log, status_files
from streams.runtime.processes.process import bind_to_parent
from streams.runtime.settings import Settings

log = structlog.get_logger("storywatch.worker")

GRACE_SECONDS = 10.0  # a process that was told to end and has not by then is killed: what it held is replayed
LOOK_SECONDS = 0.1
# of the process that keeps what it knows in memory: blocks of so many bytes go back to the system when they are freed.
# Left to itself glibc raises that to 32 MB with the blocks it sees, and memory grows for ever, slowly
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "131072"}


@dataclass
class Child:
    """``served``: one of the processes of this app has served its health."""

    name: App
    port: int
    process: "subprocess.Popen[bytes]"
    served: bool = False
    restarts: int = 0
    restart_at: float | None = None


@contextlib.contextmanager
def exclusive_lock(settings: Settings, *, embedded: bool) -> Iterator[None]:
    """One worker at a time in a folder and on its ports. Raises `UsageError` when there is one, or the folder is no
    use.

    Files of two would be mixed; and on the ``embedded`` stack, where a worker removes the group members of dead ones,
    it may not meet live ones. A real Kafka shares the work among as many workers, in as many folders, as one likes.
    """
    with contextlib.ExitStack() as held:
        place = settings.data_dir / "worker"
        try:
            keep_private(settings.data_dir)
            place.mkdir(parents=True, exist_ok=True)
            lock = held.enter_context((place / "lock").open("w"))
        except OSError as error:
            raise UsageError(
                f"the data folder {settings.data_dir} cannot be written ({error.strerror}): choose another with "
                f"STORYWATCH_DATA_DIR"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(_there_is_one(settings, embedded=embedded)) from error
        for port in filter(None, _ports(settings)):
            held.enter_context(_claimed(settings, port))
        yield


def supervise(settings: Settings, names: Sequence[App], **servers: str) -> None:
    """Run the apps until SIGTERM or SIGINT. ``servers`` are told in the log.

    Raises `UsageError` when one can never serve on its port.
    """
    ending: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: ending.append(received))
    status_files.announce_supervisor(settings)
    ports = dict(zip(APPS, _ports(settings), strict=True))
    children = [Child(name, ports[name], _start(name, ports[name], settings)) for name in names]
    log.info("worker started", apps=list(names), **servers)
    try:
        while not ending:
            for child in children:
                ensure_running(child, settings)
            time.sleep(LOOK_SECONDS)
    finally:
        _end([child.process for child in children], settings)
        log.info("worker stopped")


def ensure_running(child: Child, settings: Settings) -> None:
    """Look after one process: start it again some time after it has ended.

    Raises `UsageError` when none of it ever served, since somebody else has its port: that goes on for ever. A port
    that was lost later may come free again, and meanwhile the other processes work.
    """
    code = child.process.poll()
    if code is None:
        return
    now = time.monotonic()
    if child.restart_at is None:
        word = status_files.read(settings, child.name)
        child.served |= word is not None and word.process.pid == child.process.pid and word.port != 0
        if child.port and not child.served:
            _check_port(settings, child.port)
        child.restart_at = now + settings.restart_pause_seconds
        log.warning("process ended", app=child.name, code=code, restart_in_seconds=settings.restart_pause_seconds)
    elif now >= child.restart_at:
        child.restart_at = None
        child.restarts += 1
        child.process = _start(child.name, child.port, settings, child.restarts)


def folder(settings: Settings, name: App) -> Path:
    """Where an app keeps its files."""
    return settings.data_dir / "faust" / name


def _start(name: App, port: int, settings: Settings, restarts: int = 0) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "streams", name, str(port), str(restarts)]
    # a session of its own: Ctrl-C reaches the supervisor alone, which then ends each process in turn
    # the addresses are those of now: a process that starts again while the stack is down finds no other
    addresses = {"STORYWATCH_KAFKA": settings.kafka, "STORYWATCH_ELASTICSEARCH": settings.elasticsearch}
    allocator = ALLOCATOR if name == STATE else {}
    environment = {**allocator, **os.environ, **addresses}
    return subprocess.Popen(bind_to_parent(command), env=environment, start_new_session=True, stdin=subprocess.DEVNULL)


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
                crash_log.discard_marks(folder(settings, name), process.pid)


def _ports(settings: Settings) -> list[int]:
    first = settings.metrics_port
    return [first + number if first else 0 for number in range(len(APPS))]


@contextlib.contextmanager
def _claimed(settings: Settings, port: int) -> Iterator[None]:
    """Nobody listens on the port, and no other worker will: its processes listen only after some seconds, so of two
    that start together both would find it free. The claim is a name that exists as long as this process, and in the
    same network namespace as the port. Raises `UsageError`."""
    with socket.socket(socket.AF_UNIX) as claim:
        try:
            claim.bind(f"\0storywatch-worker-{settings.metrics_host}-{port}")
        except OSError as error:
            raise _taken(port) from error
        _check_port(settings, port)
        yield


def _check_port(settings: Settings, port: int) -> None:
    """Raises `UsageError` when something listens there: better once than in each process, over and over."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.metrics_host, port))
        except OSError as error:
            raise _taken(port) from error


def _taken(port: int) -> UsageError:
    return UsageError(
        f"port {port} for metrics is taken: stop what uses it, or set STORYWATCH_METRICS_PORT to another (0 chooses "
        f"free ones)"
    )


def _there_is_one(settings: Settings, *, embedded: bool) -> str:
    pid = status_files.supervisor(settings)
    one = f"a worker runs already from {settings.data_dir}{f' (pid {pid})' if pid else ''}"
    if embedded:
        return f"{one}, and the embedded stack bears only one: stop that one first"
    return f"{one}: stop it first, or give this one a STORYWATCH_DATA_DIR and a STORYWATCH_METRICS_PORT of its own"
