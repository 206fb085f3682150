"""Starts Kafka and Elasticsearch on loopback, in processes of their own.

Each service can be stopped, killed and restarted alone with its data and its port, as the fault tests do.
"""

from dataclasses import replace
from pathlib import Path

from deploy import processes, stack
from deploy.real import elasticsearch, kafka, programs
from deploy.stack import SERVICES, TITLES, Service, Stack
from streams.contract.errors import UsageError
from streams.runtime.processes.process import Process

START_SECONDS = 240.0  # 15 on a quiet machine with two cores


def prepare() -> programs.Programs:
    """Check and fetch what `start` needs. Raises `UsageError` or `StorywatchError` with what is missing."""
    kafka.runtime()
    elasticsearch.runtime()
    return programs.unpacked()


def start(folder: Path, *, kafka_port: int, elasticsearch_port: int, die_with_parent: bool = False) -> Stack:
    """Start the stack with its data under ``folder``; port 0 chooses a free one. Returns when both services answer.

    Raises `UsageError` if a stack runs already, if the folder holds data of the other kind or cannot be written, if a
    port is taken, or if Java or Maven is missing; `StorywatchError` if a program cannot be fetched or does not start.
    """
    with stack.locked(folder):
        kafka_port, elasticsearch_port = stack.ports(folder, "real", kafka_port, elasticsearch_port)
        found = prepare()
        planned = Stack("real", kafka_port, elasticsearch_port, str((folder / "real").absolute()), {})
        started = planned
        try:
            # both start at once, which takes as long as the slower one
            for service in reversed(SERVICES):
                process = _begin(found, folder, planned, service, die_with_parent=die_with_parent)
                started = replace(started, processes={**started.processes, service: process})
            for service in SERVICES:
                _wait(folder, started, service)
            stack.remember(folder, started)
        except BaseException:
            processes.kill(list(started.processes.values()))
            raise
        return started


def start_service(folder: Path, service: Service, *, die_with_parent: bool = False) -> Stack:
    """Restart one service with its data and its port; a running one is left alone.

    Raises `UsageError` if no real stack was started in ``folder``, and what `start` raises.
    """
    with stack.locked(folder):
        known = _known(folder)
        if known.processes[service].is_running:
            return known
        process = _begin(programs.unpacked(), folder, known, service, die_with_parent=die_with_parent)
        started = replace(known, processes={**known.processes, service: process})
        try:
            _wait(folder, started, service)
            stack.remember(folder, started)
        except BaseException:
            processes.kill([process])
            raise
        return started


def stop_service(folder: Path, service: Service) -> None:
    """Stop one service; it can be restarted. Raises `UsageError` if no real stack was started in ``folder``."""
    processes.end([_known(folder).processes[service]])


def kill_service(folder: Path, service: Service) -> None:
    """Kill one service; it can be restarted. Raises `UsageError` if no real stack was started in ``folder``."""
    processes.kill([_known(folder).processes[service]])


def _known(folder: Path) -> Stack:
    known = stack.recorded(folder)
    if known is None or known.kind != "real":
        raise UsageError(f"no real stack was started from {folder}")
    return known


def _begin(
    found: programs.Programs, folder: Path, planned: Stack, service: Service, *, die_with_parent: bool
) -> Process:
    data = Path(planned.data) / service
    data.mkdir(parents=True, exist_ok=True)
    if service == "kafka":
        return kafka.start(
            found.kafka, data, planned.kafka_port, _log(folder, service), die_with_parent=die_with_parent
        )
    port = planned.elasticsearch_port
    return elasticsearch.start(found.elasticsearch, data, port, _log(folder, service), die_with_parent=die_with_parent)


def _wait(folder: Path, started: Stack, service: Service) -> None:
    log, port = _log(folder, service), started.elasticsearch_port
    processes.wait_until(
        lambda: kafka.answers(log) if service == "kafka" else elasticsearch.answers(port),
        started.processes[service],
        f"the real stack's {TITLES[service]}",
        log,
        START_SECONDS,
    )


def _log(folder: Path, service: Service) -> Path:
    return folder / f"{service}.log"
