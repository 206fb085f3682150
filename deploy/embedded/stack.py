"""Starts the embedded Kafka and Elasticsearch on loopback, one program with its data in a folder.

`noida-db` speaks both protocols. It keeps its data in memory and in files: enough for a demo and for tests, not for
production. Its package is a native program without an author, licence or source, so it is an extra (`embedded`) that
the production image leaves out. The program is started directly: its Python wrapper does not always end it.
"""

import importlib.util
import socket
from pathlib import Path
from urllib.request import urlopen

from deploy import processes, stack
from deploy.processes import HOST
from deploy.stack import Stack
from streams.contract.errors import UsageError
from streams.runtime.processes.process import bind_to_parent

START_SECONDS = 20.0


def start(folder: Path, *, kafka_port: int, elasticsearch_port: int, die_with_parent: bool = False) -> Stack:
    """Start the stack with its data under ``folder``; port 0 chooses a free one. Returns when both services answer.

    Raises `UsageError` if a stack runs already, if the folder holds data of the other kind or cannot be written, or if
    a port is taken; `StorywatchError` with the last line of the log if the program does not start.
    """
    with stack.locked(folder):
        kafka_port, elasticsearch_port = stack.ports(folder, "embedded", kafka_port, elasticsearch_port)
        data = folder / "embedded"
        data.mkdir(exist_ok=True)
        log = folder / "embedded.log"
        command = [
            *(str(_program()), "start", "--data-dir", str(data), "--host", HOST, "--only", "kafka,elasticsearch"),
            *("--kafka-port", str(kafka_port), "--elasticsearch-port", str(elasticsearch_port)),
        ]
        process = processes.spawn(bind_to_parent(command) if die_with_parent else command, log)
        try:
            processes.wait_until(
                lambda: _answers(kafka_port, elasticsearch_port), process, "the embedded stack", log, START_SECONDS
            )
            both = dict.fromkeys(stack.SERVICES, process)
            started = Stack("embedded", kafka_port, elasticsearch_port, str(data), both)
            stack.remember(folder, started)
        except BaseException:
            processes.kill([process])
            raise
        return started


def _program() -> Path:
    found = importlib.util.find_spec("noida_db")
    program = Path(found.origin).parent / "noida-db" if found and found.origin else None
    if program is None or not program.is_file():
        raise UsageError(
            "the embedded stack's program (package noida-db) is not installed: run `make setup`, or install "
            "storywatch[embedded]; with servers of your own set STORYWATCH_KAFKA and STORYWATCH_ELASTICSEARCH instead"
        )
    return program


def _answers(kafka_port: int, elasticsearch_port: int) -> bool:
    try:
        with socket.create_connection((HOST, kafka_port), timeout=1):
            pass
        with urlopen(f"http://{HOST}:{elasticsearch_port}/_cluster/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
