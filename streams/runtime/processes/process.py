"""The lifetime of processes: which process a pid names, and processes that end with their parent (Linux).

``python -m streams.runtime.processes.process PARENT PROGRAM ARGUMENT...`` replaces itself by PROGRAM, which ends when
the process PARENT does.
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

import psutil

ENDING_SECONDS = 30.0  # after a crash; longer than pending commits and sends take
LOOK_SECONDS = 0.5
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Process:
    """A process and all that it started: it leads a session of its own."""

    pid: int
    started: float  # clock ticks from the boot of the machine to its start: tells it from a later process with its pid

    @classmethod
    def of(cls, pid: int) -> "Process":
        """The running process with this pid."""
        return cls(pid, started(pid) or 0.0)

    @property
    def is_running(self) -> bool:
        return started(self.pid) == self.started


def started(pid: int) -> float | None:
    """When a running process was started, in clock ticks since boot; None if there is none, or only a zombie.

    A process whose main thread has ended runs, and keeps its ports, until its other threads have ended.
    """
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE and process.num_threads() < 2:
                return None
            since_boot = process.create_time() - psutil.boot_time()
    except psutil.Error:
        return None
    return round(since_boot * os.sysconf("SC_CLK_TCK"))


def kill_on_parent_exit(parent: int) -> None:
    """End this process when ``parent`` ends, for whatever reason. Stays in force after an exec."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the call above
        os._exit(1)


def exit_deadline(ending: Callable[[], bool], seconds: float) -> None:
    """Give this process so many seconds to end once ``ending()`` is true; then print all stacks and exit with 1.

    A shutdown waits for servers and threads and may hang; the supervisor could not start the process again.
    """

    def look() -> None:
        while not ending():
            time.sleep(LOOK_SECONDS)
        faulthandler.dump_traceback_later(seconds, exit=True)

    threading.Thread(target=look, name="ending", daemon=True).start()


def bind_to_parent(command: list[str]) -> list[str]:
    """``command`` changed so that its process ends with this one; starting it returns the pid of the program."""
    return [sys.executable, "-m", "streams.runtime.processes.process", str(os.getpid()), *command]


if __name__ == "__main__":
    kill_on_parent_exit(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the command of the caller
