"""Starts Kafka and Elasticsearch on loopback, both in one small program, with their data in a folder.

`noida-db` speaks both protocols. It keeps its data in memory and in files under the folder: fine for a demo and for
tests, not for production. It is a native program whose package names no author, licence or source, so it is an extra of
its own (`embedded`) that the production image leaves out. Its program is started directly, not through its Python
wrapper, which does not always end it.
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
    """Start the stack with its data under ``folder``; port 0 means a free one. Returns when both services answer.

    Raises `UsageError` when one runs already, the folder is the other kind's or cannot be written, or a port is taken;
    `StorywatchError` when the program does not come up (its last words are in the text).
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
