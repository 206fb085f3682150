"""Processes that must not outlive the one that started them (Linux).

``python -m streams.process PARENT PROGRAM ARGUMENT...`` becomes PROGRAM, bound to the process PARENT.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with(parent: int) -> None:
    """End this process when ``parent`` ends, however that ends. Holds through an exec."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the call above
        os._exit(1)


def bound(command: list[str]) -> list[str]:
    """``command`` as one that dies with this process; its pid is the one that the start returns."""
    return [sys.executable, "-m", "streams.process", str(os.getpid()), *command]


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the caller's own command
