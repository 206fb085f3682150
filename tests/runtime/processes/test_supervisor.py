"""Two workers that cannot be: each way ends with one line, and never goes on for ever."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.cli.stack.status_checks import collect_status
from deploy.processes import FREE_PORTS, port
from streams.contract.errors import UsageError
from streams.contract.stage import WORK
from streams.runtime.processes import status_files, supervisor
from streams.runtime.processes.supervisor import Child
from streams.runtime.settings import Settings
from tests.connectors.cli.running import NOWHERE


def settings(folder: Path, metrics_port: int = 0) -> Settings:
    return Settings(
        data_dir=folder,
        metrics_port=metrics_port,
        restart_pause_seconds=0,
        kafka=NOWHERE["STORYWATCH_KAFKA"],
        elasticsearch=NOWHERE["STORYWATCH_ELASTICSEARCH"],
    )


def ended() -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])
    process.wait()
    return process


@pytest.mark.parametrize(
    ("embedded", "says"), [(True, "bears only one: stop that one"), (False, "STORYWATCH_DATA_DIR and a ")]
)
def test_a_folder_has_one_worker(tmp_path: Path, embedded: bool, says: str) -> None:
    with supervisor.exclusive_lock(settings(tmp_path), embedded=embedded):
        status_files.write_supervisor(settings(tmp_path))
        with (
            pytest.raises(UsageError, match=rf"runs already from {tmp_path} \(pid {os.getpid()}\).*{says}"),
            supervisor.exclusive_lock(settings(tmp_path), embedded=embedded),
        ):
            pass
    with supervisor.exclusive_lock(settings(tmp_path), embedded=embedded):
        pass


def test_one_of_two_workers_with_the_same_ports_gives_up(tmp_path: Path) -> None:
    first = port(0, "metrics", "")
    assert first + 2 in FREE_PORTS
    with (
        supervisor.exclusive_lock(settings(tmp_path / "one", first), embedded=False),
        pytest.raises(UsageError, match=f"port {first + 2} for metrics is taken.*STORYWATCH_METRICS_PORT"),
        supervisor.exclusive_lock(settings(tmp_path / "two", first + 2), embedded=False),
    ):
        pass


def test_a_process_whose_port_is_taken_is_not_restarted_for_ever(tmp_path: Path) -> None:
    here = settings(tmp_path)
    with socket.create_server((here.metrics_host, 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {taken} for metrics is taken"):
            supervisor.ensure_running(Child(WORK, taken, ended()), here)
        served = Child(WORK, taken, ended(), served=True)
        supervisor.ensure_running(served, here)  # the others work meanwhile
        assert served.restart_at is not None


def test_status_does_not_ask_for_a_worker_that_is_about_to_start(tmp_path: Path) -> None:
    here = settings(tmp_path, port(0, "metrics", ""))

    def said() -> list[tuple[str, str]]:
        return [(part.state, part.detail) for part in collect_status(here).rows() if part.name == "worker work"]

    assert "`storywatch worker` starts it" in said()[0][1]
    status_files.write_supervisor(here)
    assert said() == [("starting", "starting")]
    status_files.write(here, WORK, 9)
    word = tmp_path / "worker" / "work.json"
    word.write_text(word.read_text().replace(str(os.getpid()), str(ended().pid)))
    assert said() == [("starting", "ended, and is started again")]
