"""Processes that must not outlive the one that started them (Linux), nor their own end.

``python -m streams.runtime.processes.process PARENT PROGRAM ARGUMENT...`` becomes PROGRAM, bound to the process PARENT.
"""

import ctypes
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ENDING_SECONDS = 30.0  # from a crash on: longer than commits and sends take that are under way
LOOK_SECONDS = 0.5
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Process:
    """A process, and all that it started: it leads a session of its own."""

    pid: int
    started: float  # its start in clock ticks since the machine's, so that a pid that was given to another is not ours

    @classmethod
    def of(cls, pid: int) -> "Process":
        """One that lives now."""
        return cls(pid, _started(pid) or 0.0)

    @property
    def lives(self) -> bool:
        return _started(self.pid) == self.started


def kill_on_parent_exit(parent: int) -> None:
    """End this process when ``parent`` ends, however that ends. Holds through an exec."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the call above
        os._exit(1)


def exit_deadline(ending: Callable[[], bool], seconds: float) -> None:
    """Once ``ending`` is true, this process has so many seconds to end; then it says where it hangs, and exits (1).

    A way out that waits for servers and threads may wait for ever, and whoever is to start the process again with it.
    """

    def look() -> None:
        while not ending():
            time.sleep(LOOK_SECONDS)
        faulthandler.dump_traceback_later(seconds, exit=True)

    threading.Thread(target=look, name="ending", daemon=True).start()


def bind_to_parent(command: list[str]) -> list[str]:
    """``command`` as one that dies with this process; its pid is the one that the start returns."""
    return [sys.executable, "-m", "streams.runtime.processes.process", str(os.getpid()), *command]


def stat(pid: int | str) -> list[str]:
    """The fields of /proc/PID/stat from the state on; none when there is no such process, or only its remains.

    A process whose first thread has ended lives until the others have: till then it has its ports.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    except OSError:
        return []
    return [] if fields[0] == "Z" and threads < 2 else fields


def _started(pid: int) -> float | None:
    fields = stat(pid)
    return float(fields[19]) if fields else None


if __name__ == "__main__":
    kill_on_parent_exit(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the caller's own command
