"""Server processes that outlive the command that starts them: start, wait, end; free ports."""

import contextlib
import os
import random
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from streams.contract.errors import StorywatchError, UsageError
from streams.runtime.processes.process import Process, started

HOST = "127.0.0.1"
# below the ports of outgoing connections on Linux (32768 and up), so that a chosen port is still free when a server
# that takes seconds to start listens on it
FREE_PORTS = range(20_000, 32_000)
END_SECONDS = 30.0  # servers flush their data first
LOOK_SECONDS = 0.05


def spawn(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Process:
    """Start a program in a session of its own, so that Ctrl-C in the terminal does not reach it.

    Its output goes to ``log``; an earlier log is renamed to ``log.1``.
    """
    with contextlib.suppress(FileNotFoundError):
        log.replace(log.with_name(f"{log.name}.1"))
    quiet = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    to_log = (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    both = (os.POSIX_SPAWN_DUP2, 1, 2)
    surroundings = {**os.environ, **(environment or {})}
    pid = os.posix_spawn(command[0], list(command), surroundings, file_actions=[quiet, to_log, both], setsid=True)
    return Process.of(pid)


def wait_until(up: Callable[[], bool], process: Process, name: str, log: Path, seconds: float) -> None:
    """Return when ``up()``. Raises `StorywatchError` with the last log line if the process ended or is slow."""
    deadline = time.monotonic() + seconds
    while not up():
        if not process.is_running:
            raise StorywatchError(f"{name} ended at once: {last_line(log)} (all of it: {log})")
        if time.monotonic() > deadline:
            raise StorywatchError(f"{name} did not come up within {seconds:g} s: {last_line(log)} (all of it: {log})")
        time.sleep(LOOK_SECONDS)


def last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip() and "GLIBC" not in line]
    return lines[-1].strip() if lines else "it said nothing"


def end(processes: Sequence[Process]) -> None:
    """Send SIGTERM to all, then SIGKILL to those that do not end within `END_SECONDS`."""
    processes = [process for process in processes if process.is_running]
    for process in processes:
        _signal(os.kill, process, signal.SIGTERM)
    if not _gone(processes):
        kill(processes)


def kill(processes: Sequence[Process]) -> None:
    """Send SIGKILL to all and to their descendants; return when all have ended."""
    for process in processes:
        _signal(os.killpg, process, signal.SIGKILL)
    _gone(processes)


def _signal(how: Callable[[int, int], None], process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        how(process.pid, number)


def _gone(processes: Sequence[Process]) -> bool:
    """Wait until the processes and their descendants have ended; False after `END_SECONDS`. Reaps own children."""
    deadline = time.monotonic() + END_SECONDS
    sessions = {process.pid for process in processes}
    while time.monotonic() < deadline:
        for pid in sessions:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        if not sessions & _sessions():
            return True
        time.sleep(LOOK_SECONDS)
    return False


def _sessions() -> set[int]:
    """The sessions of all running processes."""
    sessions = set()
    for pid in psutil.pids():
        with contextlib.suppress(OSError):
            if started(pid) is not None:
                sessions.add(os.getsid(pid))
    return sessions


def port(wanted: int, service: str, flag: str, besides: int = 0) -> int:
    """``wanted``, or for 0 a free port other than ``besides``. Raises `UsageError` if it is taken."""
    if wanted == 0:
        shuffled = random.sample(FREE_PORTS, len(FREE_PORTS))
        return next(one for one in shuffled if one != besides and _refusal(one) is None)
    if (refusal := _refusal(wanted)) is not None:
        raise UsageError(
            f"port {wanted} for {service} is taken ({refusal}): stop what uses it, or choose another with {flag}"
        )
    return wanted


def _refusal(wanted: int) -> str | None:
    """Why a server cannot listen on a port now; None if it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as error:
            return error.strerror
    return None
