"""Words left in the data folder, and read there: where each process of a worker serves its health, and who starts them.

For `status` and for those who wait until a worker is ready.
"""

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
    """Of one process: where it serves its health. ``port`` 0: it is starting."""

    app: str
    process: Process
    host: str
    port: int


def write(settings: Settings, name: App, port: int) -> None:
    """Leave the word of this process."""
    _write(_file(settings, name), asdict(ProcessStatus(name, Process.of(os.getpid()), settings.metrics_host, port)))


def read(settings: Settings, name: App) -> ProcessStatus | None:
    """The last word of an app's process, whether it lives or not; None when there is none."""
    try:
        fields = json.loads(_file(settings, name).read_text())
        return ProcessStatus(str(fields["app"]), Process(**fields["process"]), str(fields["host"]), int(fields["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def clear(settings: Settings) -> None:
    """What the processes of a worker before said goes."""
    for name in APPS:
        _file(settings, name).unlink(missing_ok=True)


def announce_supervisor(settings: Settings) -> None:
    """Leave the word of this process as the one that starts the others, of whom nobody has said anything yet."""
    clear(settings)
    _write(_file(settings, "supervisor"), asdict(Process.of(os.getpid())))


def supervisor(settings: Settings) -> int | None:
    """The pid of the supervisor that runs from this folder; None when none does."""
    try:
        process = Process(**json.loads(_file(settings, "supervisor").read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return process.pid if process.lives else None


def _file(settings: Settings, name: str) -> Path:
    return settings.data_dir / "worker" / f"{name}.json"


def _write(file: Path, fields: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(file, json.dumps(fields).encode())
