"""Processes that must not outlive the one that started them (Linux), nor their own end.

``python -m streams.process PARENT PROGRAM ARGUMENT...`` becomes PROGRAM, bound to the process PARENT.
"""

import ctypes
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

ENDING_SECONDS = 30.0  # from a crash on: longer than commits and sends take that are under way
LOOK_SECONDS = 0.5
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with(parent: int) -> None:
    """End this process when ``parent`` ends, however that ends. Holds through an exec."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the call above
        os._exit(1)


def end_in_time(ending: Callable[[], bool], seconds: float) -> None:
    """Once ``ending`` is true, this process has so many seconds to end; then it says where it hangs, and exits (1).

    A way out that waits for servers and threads may wait for ever, and whoever is to start the process again with it.
    """

    def look() -> None:
        while not ending():
            time.sleep(LOOK_SECONDS)
        faulthandler.dump_traceback_later(seconds, exit=True)

    threading.Thread(target=look, name="ending", daemon=True).start()


def bound(command: list[str]) -> list[str]:
    """``command`` as one that dies with this process; its pid is the one that the start returns."""
    return [sys.executable, "-m", "streams.process", str(os.getpid()), *command]


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the caller's own command
