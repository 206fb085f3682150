"""Several workers on one stack, each with a folder of its own; those that end are restarted.

A worker's processes die with the thread that started them, so all of this belongs to one thread.
"""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.system import System
from streams.contract.stage import APPS, WORK, App
from streams.runtime.processes import status_files

START_AGAIN_SECONDS = 0.5  # after a worker has ended, as a service manager would
END_SECONDS = 20.0
ENDED = b"process ended"  # the supervisor's line of a process that it starts again


class Member(System):
    """One worker. ``wanted``: whether it should run."""

    def __init__(self, name: str, folder: Path, options: Mapping[str, object], stack_folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(folder, options, stack_folder=stack_folder)
        self.name = name
        self.wanted = False
        self._again_at = 0.0
        self._ended = 0

    @property
    def ends(self) -> int:
        """How often one of its processes, or the supervisor, has ended without being told to."""
        return self._ended + self.log.read_bytes().count(ENDED) if self.log.exists() else self._ended

    @property
    def pid(self) -> int | None:
        """Of the supervisor, None while it does not run."""
        return self._worker.pid if self._worker is not None and self._worker.poll() is None else None

    def tend(self) -> None:
        """Start it when it should run and does not, after a pause."""
        if not self.wanted or self.pid is not None:
            self._again_at = 0.0
        elif not self._again_at:
            self._ended += self._worker is not None
            self._again_at = time.monotonic() + START_AGAIN_SECONDS
        elif time.monotonic() >= self._again_at:
            self.start_worker(wait=False)

    def process(self, app: App) -> int | None:
        """The process of an app, None when it does not run."""
        word = status_files.read(self.settings, app)
        return word.process.pid if word is not None and word.process.is_running else None

    def children(self) -> list[int]:
        """The processes of the pool."""
        pid = self.process(WORK)
        return [child for child in descendants(pid) if _is_of_pool(child)] if pid else []

    def everything(self) -> list[int]:
        """The supervisor and all below it."""
        return [self.pid, *descendants(self.pid)] if self.pid else []

    @property
    def spooled(self) -> bool:
        """Whether messages wait on its disk for Kafka."""
        return any(file.stat().st_size for file in (self.settings.data_dir / "spool").glob("*.spool"))

    def leave(self) -> None:
        """SIGTERM, and wait until it has ended."""
        self.wanted = False
        if self._worker is not None and self._worker.poll() is None:
            self._worker.terminate()
            try:
                self._worker.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill_worker()
        self._worker = None

    def ready(self) -> bool:
        return self.pid is not None and all(self._healthy(app) for app in APPS)


class Crew:
    """Workers that come and go: at least ``least`` of the members are wanted."""

    def __init__(self, members: list[Member], least: int) -> None:
        self.members = members
        self.least = least

    def begin(self) -> None:
        for member in self.members:
            member.start()
        for member in self.members[: self.least]:
            member.wanted = True
        self.tend()

    def tend(self) -> None:
        for member in self.members:
            member.tend()

    def wanted(self) -> list[Member]:
        return [member for member in self.members if member.wanted]

    def some(self, chance: random.Random) -> Member | None:
        """A worker that runs."""
        running = [member for member in self.wanted() if member.pid is not None]
        return chance.choice(running) if running else None

    def ends(self) -> int:
        """Of all processes of all members so far."""
        return sum(member.ends for member in self.members)

    def leave(self) -> None:
        for member in self.members:
            member.leave()


def send(pid: int, number: signal.Signals) -> None:
    """A signal to a process that may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def _is_of_pool(pid: int) -> bool:
    """Whether a process is a fork of a warm one, which has the same command line."""
    with contextlib.suppress(OSError):
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        return all(b"forkserver" in Path(f"/proc/{one}/cmdline").read_bytes() for one in (pid, parent))
    return False
