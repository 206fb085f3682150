"""A worker with nothing to do -> the share of a core that its processes take; and what a command that asks costs."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from deploy.stack import Kind
from deploy.system import System

SETTLE_SECONDS = 20.0  # after the start: models are warm, the first commits are made
SECONDS = 40.0
COMMANDS = ("status", "stories", "search harbour")
RUNS = 5


def measure(folder: Path, stack: Kind) -> dict[str, float]:
    """Name -> value. ``idle_cpu_percent`` counts the worker's processes with the pool; the servers stand apart."""
    with System(folder, {"log_level": "WARNING"}, stack=stack) as system:
        system.start_worker()
        time.sleep(SETTLE_SECONDS)
        trees = {app: _tree(pid) for app, pid in system.processes().items()}
        before = {app: sum(map(_cpu_seconds, pids)) for app, pids in trees.items()}
        time.sleep(SECONDS)
        spent = {app: sum(map(_cpu_seconds, pids)) - before[app] for app, pids in trees.items()}
        environment = {**os.environ, **system.environment(), "STORYWATCH_DATA_DIR": str(folder)}
        commands = {
            f"command_cpu_seconds_{command.split()[0]}": min(_command(command, environment) for _ in range(RUNS))
            for command in COMMANDS
        }
    print(f"idle: no message for {SECONDS:g} s; commands: the least of {RUNS} runs")
    return {
        "idle_cpu_percent": sum(spent.values()) / SECONDS * 100,
        **{f"idle_cpu_percent_{app}": seconds / SECONDS * 100 for app, seconds in spent.items()},
        **commands,
    }


def _command(command: str, environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = [sys.executable, "-c", "from connectors.cli import main; main()", *command.split()]
    subprocess.run(line, env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _tree(pid: int) -> list[int]:
    """The process and all that it has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [pid, *(one for child in children for one in _tree(child))]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
