"""Runs each app in a process and restarts it when it ends, until SIGTERM or SIGINT."""

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

GRACE_SECONDS = 10.0  # after SIGTERM; then SIGKILL, and the unfinished messages are replayed
LOOK_SECONDS = 0.1
# For the app with state: glibc returns freed blocks of this size to the system. By default it raises the threshold with
# the blocks that it sees, up to 32 MB, and the memory of the process grows slowly without end.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "131072"}


@dataclass
class Child:
    """The process of one app. ``served``: one of the processes of this app has served its health."""

    name: App
    port: int
    process: "subprocess.Popen[bytes]"
    served: bool = False
    restarts: int = 0
    restart_at: float | None = None


@contextlib.contextmanager
def exclusive_lock(settings: Settings, *, embedded: bool) -> Iterator[None]:
    """Holds the data folder and the ports for one worker. Raises `UsageError` if another worker has them, or if the
    folder cannot be written.

    Two workers would mix their files. On the ``embedded`` stack a worker also removes the group members of ended
    workers, and would remove those of a running one. A real Kafka takes any number of workers, each with its own
    folder.
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
            raise UsageError(_already_running(settings, embedded=embedded)) from error
        for port in filter(None, _ports(settings)):
            held.enter_context(_claimed(settings, port))
        yield


def supervise(settings: Settings, names: Sequence[App], **servers: str) -> None:
    """Run the apps until SIGTERM or SIGINT. ``servers`` is logged.

    Raises `UsageError` if an app cannot listen on its port.
    """
    ending: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: ending.append(received))
    status_files.write_supervisor(settings)
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
    """Restart one process `Settings.restart_pause_seconds` after it has ended.

    Raises `UsageError` if it never served and its port is taken: that would repeat without end. A port that is taken
    later may become free, and the other processes work meanwhile.
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
    """The folder of an app."""
    return settings.data_dir / "faust" / name


def _start(name: App, port: int, settings: Settings, restarts: int = 0) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "streams", name, str(port), str(restarts)]
    # A session of its own, so that Ctrl-C reaches only the supervisor, which then ends each process.
    # The addresses are passed on, because a process that restarts while the stack is down could not find them.
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
    """Reserves a port among workers. Raises `UsageError` if it is taken.

    The processes listen only after some seconds, so two workers that start together would both find the port free. The
    reservation is an abstract socket name: it ends with this process and belongs to the network namespace of the port.
    """
    with socket.socket(socket.AF_UNIX) as claim:
        try:
            claim.bind(f"\0storywatch-worker-{settings.metrics_host}-{port}")
        except OSError as error:
            raise _taken(port) from error
        _check_port(settings, port)
        yield


def _check_port(settings: Settings, port: int) -> None:
    """Raise `UsageError` if the port is taken: once here, instead of repeatedly in each process."""
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


def _already_running(settings: Settings, *, embedded: bool) -> str:
    pid = status_files.supervisor(settings)
    one = f"a worker runs already from {settings.data_dir}{f' (pid {pid})' if pid else ''}"
    if embedded:
        return f"{one}, and the embedded stack bears only one: stop that one first"
    return f"{one}: stop it first, or give this one a STORYWATCH_DATA_DIR and a STORYWATCH_METRICS_PORT of its own"
