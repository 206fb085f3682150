"""A data folder in, a running Kafka and Elasticsearch on loopback out; the folder remembers what runs.

`noida-db` is one program that speaks both protocols. It keeps its data in memory and in files under the folder: fine
for a demo and for tests, not for production. Its program is started directly, not through its Python wrapper, which
does not always end it.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import urlopen

from streams.errors import Misuse, StorywatchError
from streams.process import bound

HOST = "127.0.0.1"
START_SECONDS = 20.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Stack:
    """What runs: the program's pid and where its services listen."""

    pid: int
    started: float  # the process's start time in clock ticks, so that a pid that was given to another is not ours
    kafka_port: int
    elasticsearch_port: int
    data: str

    @property
    def kafka(self) -> str:
        return f"{HOST}:{self.kafka_port}"

    @property
    def elasticsearch(self) -> str:
        return f"http://{HOST}:{self.elasticsearch_port}"


def start(folder: Path, *, kafka_port: int, elasticsearch_port: int, die_with_parent: bool = False) -> Stack:
    """Start the stack with its data under ``folder``; port 0 means a free one. Returns when both services answer.

    Raises `Misuse` when one runs already, a port is taken or the folder cannot be written; `StorywatchError` when the
    program does not come up (its last words are in the text).
    """
    with _locked(folder):
        if (present := running(folder)) is not None:
            raise Misuse(
                f"the embedded stack runs already: Kafka {present.kafka}, Elasticsearch {present.elasticsearch} "
                f"(pid {present.pid}); `storywatch down` stops it"
            )
        if kafka_port and kafka_port == elasticsearch_port:
            raise Misuse(f"port {kafka_port} cannot be both Kafka's and Elasticsearch's: give two different ones")
        kafka_port = _port(kafka_port, "Kafka", "--kafka-port")
        elasticsearch_port = _port(elasticsearch_port, "Elasticsearch", "--elasticsearch-port")
        data = folder / "embedded"
        data.mkdir(exist_ok=True)
        log = folder / "embedded.log"
        command = [
            *(str(_program()), "start", "--data-dir", str(data), "--host", HOST, "--only", "kafka,elasticsearch"),
            *("--kafka-port", str(kafka_port), "--elasticsearch-port", str(elasticsearch_port)),
        ]
        pid = _spawn(bound(command) if die_with_parent else command, log)
        try:
            _wait_until_up(pid, kafka_port, elasticsearch_port, log)
            stack = Stack(pid, _started(pid) or 0.0, kafka_port, elasticsearch_port, str(data))
            _remember(folder, stack)
        except BaseException:
            _end(pid)
            raise
        return stack


def stop(folder: Path) -> Stack | None:
    """Stop the stack of ``folder``; its data stays. Returns what ran, None when nothing did."""
    with _locked(folder):
        stack = running(folder)
        if stack is not None:
            _end(stack.pid)
        with contextlib.suppress(FileNotFoundError):
            _state_file(folder).unlink()
        return stack


def running(folder: Path) -> Stack | None:
    """What runs from ``folder`` now, None when nothing does (also after a crash or a restart of the machine)."""
    try:
        stack = Stack(**json.loads(_state_file(folder).read_text()))
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError, TypeError):
        return None
    return stack if _started(stack.pid) == stack.started else None


def _program() -> Path:
    found = importlib.util.find_spec("noida_db")
    program = Path(found.origin).parent / "noida-db" if found and found.origin else None
    if program is None or not program.is_file():
        raise Misuse("the embedded stack's program (package noida-db) is not installed: run `make setup`")
    return program


def _state_file(folder: Path) -> Path:
    return folder / "embedded.json"


def _remember(folder: Path, stack: Stack) -> None:
    temporary = _state_file(folder).with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(stack)))
    temporary.replace(_state_file(folder))


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One start or stop at a time. Raises `Misuse` when the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "embedded.lock").open("w")
    except OSError as error:
        raise Misuse(
            f"the data folder {folder} cannot be written ({error.strerror}): choose another with STORYWATCH_DATA_DIR"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _port(port: int, service: str, flag: str) -> int:
    """``port``, or a free one for 0. Raises `Misuse` when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Misuse(
                f"port {port} for {service} is taken ({error.strerror}): stop what uses it, or choose another "
                f"with {flag}"
            ) from error
        chosen: int = probe.getsockname()[1]
        return chosen


def _spawn(command: list[str], log: Path) -> int:
    """Start a program that may outlive this one, in a session of its own: Ctrl-C in the terminal is not for it."""
    quiet = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    to_log = (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    both = (os.POSIX_SPAWN_DUP2, 1, 2)
    return os.posix_spawn(command[0], command, os.environ, file_actions=[quiet, to_log, both], setsid=True)


def _wait_until_up(pid: int, kafka_port: int, elasticsearch_port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _started(pid) is None:
            raise StorywatchError(f"the embedded stack ended at once: {_last(log)}")
        if _answers(kafka_port, elasticsearch_port):
            return
        time.sleep(0.05)
    raise StorywatchError(f"the embedded stack did not come up within {START_SECONDS:g} s: {_last(log)}")


def _answers(kafka_port: int, elasticsearch_port: int) -> bool:
    try:
        with socket.create_connection((HOST, kafka_port), timeout=1):
            pass
        with urlopen(f"http://{HOST}:{elasticsearch_port}/_cluster/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _last(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip() and "GLIBC" not in line]
    return lines[-1].strip() if lines else "it said nothing"


def _started(pid: int) -> float | None:
    """When a process began, in clock ticks since the machine did; None when there is none, or only its remains."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else float(fields[19])


def _end(pid: int) -> None:
    """SIGTERM, and SIGKILL when it does not end in time; reaps it when it is our child."""
    for how, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if _started(pid) is None:
                return
            time.sleep(0.02)
