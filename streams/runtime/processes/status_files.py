"""Status files in the data folder: the health address of each process of a worker, and the pid of its supervisor."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from streams.contract.stage import APPS, App
from streams.runtime.files import atomic_write
from streams.runtime.processes.process import Process
from streams.runtime.settings import Settings


@dataclass(frozen=True)
class ProcessStatus:
    """Where a process of a worker serves its health. ``port`` is 0 while the process starts."""

    app: str
    process: Process
    host: str
    port: int


def write(settings: Settings, name: App, port: int) -> None:
    """Write the status of this process."""
    _write(_file(settings, name), asdict(ProcessStatus(name, Process.of(os.getpid()), settings.metrics_host, port)))


def read(settings: Settings, name: App) -> ProcessStatus | None:
    """The last status of the process of an app, running or not; None without one."""
    try:
        fields = json.loads(_file(settings, name).read_text())
        return ProcessStatus(str(fields["app"]), Process(**fields["process"]), str(fields["host"]), int(fields["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def clear(settings: Settings) -> None:
    """Delete the statuses of an earlier worker."""
    for name in APPS:
        _file(settings, name).unlink(missing_ok=True)


def write_supervisor(settings: Settings) -> None:
    """Write the status of this process, the supervisor, and delete those of an earlier worker."""
    clear(settings)
    _write(_file(settings, "supervisor"), asdict(Process.of(os.getpid())))


def supervisor(settings: Settings) -> int | None:
    """The pid of the supervisor that runs in this data folder; None without one."""
    try:
        process = Process(**json.loads(_file(settings, "supervisor").read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return process.pid if process.is_running else None


def _file(settings: Settings, name: str) -> Path:
    return settings.data_dir / "worker" / f"{name}.json"


def _write(file: Path, fields: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(file, json.dumps(fields).encode())
