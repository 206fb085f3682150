"""A data folder in, the stack that runs from it out, of whichever kind it is; the folder remembers it."""

import contextlib
import fcntl
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from deploy import processes
from deploy.processes import HOST, Process
from streams.errors import Misuse

Kind = Literal["embedded", "real"]
Service = Literal["kafka", "elasticsearch"]
SERVICES: tuple[Service, ...] = ("kafka", "elasticsearch")
TITLES: dict[Service, str] = {"kafka": "Kafka", "elasticsearch": "Elasticsearch"}


@dataclass(frozen=True)
class Stack:
    """What was started: a process for each service (one for both when it is embedded) and where they listen."""

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
        """Of the services that live."""
        return {service: process.pid for service, process in self.processes.items() if process.lives}

    @property
    def described(self) -> str:
        """For a person: ``pid 17`` or ``pids 17 and 18``."""
        numbers = sorted({str(process.pid) for process in self.processes.values()})
        return f"pid{'s' if len(numbers) > 1 else ''} {' and '.join(numbers)}"


def running(folder: Path) -> Stack | None:
    """What runs from ``folder`` now, or a part of it; None when nothing does (also after a crash of the machine)."""
    stack = recorded(folder)
    return stack if stack is not None and stack.pids else None


def recorded(folder: Path) -> Stack | None:
    """What was started from ``folder`` and not stopped, whether it lives or not."""
    try:
        fields = json.loads(_file(folder).read_text())
        return Stack(**{**fields, "processes": {name: Process(**one) for name, one in fields["processes"].items()}})
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError, TypeError, KeyError):
        return None


def remember(folder: Path, stack: Stack) -> None:
    temporary = _file(folder).with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(stack)))
    temporary.replace(_file(folder))


def stop(folder: Path) -> Stack | None:
    """Stop the stack of ``folder``; its data stays. Returns what ran, None when nothing did."""
    with locked(folder):
        stack = running(folder)
        if stack is not None:
            processes.end(list(stack.processes.values()))
        with contextlib.suppress(FileNotFoundError):
            _file(folder).unlink()
        return stack


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One start or stop at a time. Raises `Misuse` when the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "stack.lock").open("w")
    except OSError as error:
        raise Misuse(
            f"the data folder {folder} cannot be written ({error.strerror}): choose another with STORYWATCH_DATA_DIR"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ports(folder: Path, kafka_port: int, elasticsearch_port: int) -> tuple[int, int]:
    """The ports for a stack that is to be started. Raises `Misuse` when one runs already or a port is taken."""
    if (present := running(folder)) is not None:
        raise Misuse(
            f"the {present.kind} stack runs already: Kafka {present.kafka}, Elasticsearch {present.elasticsearch} "
            f"({present.described}); `storywatch down` stops it"
        )
    if kafka_port and kafka_port == elasticsearch_port:
        raise Misuse(f"port {kafka_port} cannot be both Kafka's and Elasticsearch's: give two different ones")
    kafka = processes.port(kafka_port, "Kafka", "--kafka-port", besides=elasticsearch_port)
    return kafka, processes.port(elasticsearch_port, "Elasticsearch", "--elasticsearch-port", besides=kafka)


def _file(folder: Path) -> Path:
    return folder / "stack.json"
