"""Starts toy stages as forks of a process that has imported their code already, since the import is most of a start.

``python -m tests.support.toy_server`` reads a JSON request a line and answers each with the pid of the process that it
started. A toy is a process like any other: it can be killed, frozen and crash. All of them end with the server, and the
server ends with its stdin.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.pipeline import toy

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class ToyProcess:
    """A started toy, as far as `subprocess.Popen` is needed. ``exit_file`` has its exit code once it has ended."""

    pid: int
    exit_file: Path

    def poll(self) -> int | None:
        return int(self.exit_file.read_text()) if self.exit_file.exists() else None

    def wait(self, seconds: float) -> int:
        deadline = time.monotonic() + seconds
        while (code := self.poll()) is None:
            assert time.monotonic() < deadline, f"process {self.pid} did not end within {seconds:g} s"
            time.sleep(0.02)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


class ToyServer:
    """The forking process, a context manager."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.support.toy_server"]
        self._server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._started = 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.communicate()

    def start(self, stage: str, folder: Path, environment: dict[str, str], log: Path) -> ToyProcess:
        """Start a toy in ``folder`` with this environment; its output is appended to ``log``."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._started += 1
        exit_file = folder / f"exit-{self._started}"
        request = {"stage": stage, "folder": str(folder), "environment": environment, "log": str(log)}
        self._server.stdin.write(json.dumps({**request, "exit_file": str(exit_file)}) + "\n")
        self._server.stdin.flush()
        return ToyProcess(int(self._server.stdout.readline()), exit_file)


def serve() -> dict[str, Any]:
    """Fork a process for each request. Returns in each of them, with its request."""
    woken, wake = os.pipe2(os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake)
    exit_files: dict[int, Path] = {}
    while True:
        ready, _, _ = select.select([sys.stdin, woken], [], [])
        if woken in ready:
            os.read(woken, 1000)
            _note_ended(exit_files)
        if sys.stdin not in ready:
            continue
        line = sys.stdin.readline()
        if not line:
            for pid in exit_files:
                os.kill(pid, signal.SIGKILL)
            sys.exit(0)
        request: dict[str, Any] = json.loads(line)
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(woken)
            os.close(wake)
            return request
        exit_files[pid] = Path(request["exit_file"])
        print(pid, flush=True)


def _note_ended(exit_files: dict[int, Path]) -> None:
    """Write the exit code of each process that has ended, and forget it."""
    for pid in list(exit_files):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            file = exit_files.pop(pid)
            new = file.with_suffix(".new")
            new.write_text(str(os.waitstatus_to_exitcode(status)))
            new.rename(file)


def main() -> None:
    request = serve()
    os.environ.clear()
    os.environ.update(request["environment"])
    output = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    toy.FOLDER = Path(request["folder"])
    toy.main(request["stage"])


if __name__ == "__main__":
    main()
