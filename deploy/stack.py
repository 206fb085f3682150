"""The stack of a data folder, embedded or real: its addresses and processes, recorded in ``stack.json``."""

import contextlib
import fcntl
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from deploy import processes
from deploy.processes import HOST
from streams.contract.errors import UsageError
from streams.runtime.files import atomic_write, keep_private
from streams.runtime.processes.process import Process

Kind = Literal["embedded", "real"]
Service = Literal["kafka", "elasticsearch"]
SERVICES: tuple[Service, ...] = ("kafka", "elasticsearch")
COMMANDS: dict[Kind, str] = {"embedded": "storywatch up", "real": "storywatch up --real"}
TITLES: dict[Service, str] = {"kafka": "Kafka", "elasticsearch": "Elasticsearch"}


@dataclass(frozen=True)
class Stack:
    """A started stack: the process of each service (the same for both if embedded) and the ports on loopback."""

    kind: Kind
    kafka_port: int
    elasticsearch_port: int
    data: str
    processes: dict[Service, Process]

    @property
    def kafka(self) -> str:
        return f"{HOST}:{self.kafka_port}"

    @property
    def elasticsearch(self) -> str:
        return f"http://{HOST}:{self.elasticsearch_port}"

    @property
    def pids(self) -> dict[Service, int]:
        """The pids of the running services."""
        return {service: process.pid for service, process in self.processes.items() if process.is_running}

    @property
    def described(self) -> str:
        """For a person: ``pid 17``, or ``Kafka pid 17, Elasticsearch pid 18``."""
        numbers = {process.pid for process in self.processes.values()}
        if len(numbers) == 1:
            return f"pid {numbers.pop()}"
        return ", ".join(f"{TITLES[service]} pid {process.pid}" for service, process in self.processes.items())


def running(folder: Path) -> Stack | None:
    """The stack that runs in ``folder``, wholly or in part; None if nothing runs."""
    stack = recorded(folder)
    return stack if stack is not None and stack.pids else None


def recorded(folder: Path) -> Stack | None:
    """The stack that was started in ``folder`` and not stopped, running or not."""
    return _read(_file(folder))


def last(folder: Path) -> Stack | None:
    """The stack that was started last in ``folder``, stopped or not: its data is there."""
    return recorded(folder) or _read(_stopped_file(folder))


def command(folder: Path) -> str:
    """The command that starts the kind of stack whose data the folder holds."""
    before = last(folder)
    return COMMANDS[before.kind if before is not None else "embedded"]


def _read(file: Path) -> Stack | None:
    try:
        fields = json.loads(file.read_text())
        return Stack(**{**fields, "processes": {name: Process(**one) for name, one in fields["processes"].items()}})
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError, TypeError, KeyError):
        return None


def remember(folder: Path, stack: Stack) -> None:
    atomic_write(_file(folder), json.dumps(asdict(stack)).encode(), durable=True)


def stop(folder: Path) -> Stack | None:
    """Stop the stack of ``folder``; its data stays. Returns the stack, None if nothing ran."""
    with locked(folder):
        stack = running(folder)
        if stack is not None:
            processes.end(list(stack.processes.values()))
        with contextlib.suppress(FileNotFoundError):
            _file(folder).replace(_stopped_file(folder))
        return stack


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Locks the folder for a start or stop. Raises `UsageError` if the folder cannot be written."""
    try:
        keep_private(folder)
        lock = (folder / "stack.lock").open("w")
    except OSError as error:
        raise UsageError(
            f"the data folder {folder} cannot be written ({error.strerror}): choose another with STORYWATCH_DATA_DIR"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ports(folder: Path, kind: Kind, kafka_port: int, elasticsearch_port: int) -> tuple[int, int]:
    """The ports for a new stack of ``kind``; 0 chooses a free one.

    Raises `UsageError` if a stack runs already, if the folder holds data of the other kind, or if a port is taken.
    """
    if (present := running(folder)) is not None:
        raise UsageError(
            f"the {present.kind} stack runs already: Kafka {present.kafka}, Elasticsearch {present.elasticsearch} "
            f"({present.described}); `storywatch down` stops it"
        )
    if (before := last(folder)) is not None and before.kind != kind:
        raise UsageError(
            f"this folder holds the data of the {before.kind} stack: `{COMMANDS[before.kind]}`, or another "
            f"STORYWATCH_DATA_DIR (it is {folder})"
        )
    if kafka_port and kafka_port == elasticsearch_port:
        raise UsageError(f"port {kafka_port} cannot be both Kafka's and Elasticsearch's: give two different ones")
    kafka = processes.port(kafka_port, "Kafka", "--kafka-port", besides=elasticsearch_port)
    return kafka, processes.port(elasticsearch_port, "Elasticsearch", "--elasticsearch-port", besides=kafka)


def _file(folder: Path) -> Path:
    return folder / "stack.json"


def _stopped_file(folder: Path) -> Path:
    return folder / "stack.last.json"
