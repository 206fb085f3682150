"""A data folder in, a running Kafka and Elasticsearch on loopback out, each in processes of its own.

Each service can be stopped, killed and started again alone, with its data and its port: what the tests of faults do.
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
    """Whatever `start` needs of this machine. Raises `UsageError` or `StorywatchError` with what is missing."""
    kafka.runtime()
    elasticsearch.runtime()
    return programs.unpacked()


def start(folder: Path, *, kafka_port: int, elasticsearch_port: int, die_with_parent: bool = False) -> Stack:
    """Start the stack with its data under ``folder``; port 0 means a free one. Returns when both services answer.

    Raises `UsageError` when one runs already, the folder is the other kind's, a port is taken, a folder cannot be
    written, or Java or Maven is missing;
    `StorywatchError` when a program cannot be fetched or does not come up (its last words are in the text).
    """
    with stack.locked(folder):
        kafka_port, elasticsearch_port = stack.ports(folder, "real", kafka_port, elasticsearch_port)
        found = prepare()
        planned = Stack("real", kafka_port, elasticsearch_port, str((folder / "real").absolute()), {})
        started = planned
        try:
            # both begin before either is waited for: together they take as long as the slower
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
    """Start one service of a stack again, with its data and its port; one that runs is left alone.

    Raises `UsageError` when no real stack was started from ``folder``, and what `start` raises.
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
    """End one service well; it can be started again. Raises `UsageError` when no real stack was started from there."""
    processes.end([_known(folder).processes[service]])


def kill_service(folder: Path, service: Service) -> None:
    """Kill one service with SIGKILL; it can be restarted. Raises `UsageError` if the folder has no real stack."""
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
