"""Imported by each Python process that has this folder on its path: harm to a process of the pool, failing names.

Cleaning itself is bounded, so no page is known that does; what becomes of one is promised all the same.
"""

import functools
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

from streams.agents.support import pool_tasks
from streams.contract.messages import CleanArticle, RawArticle

HANGS = "hangs-"  # as in `tests.faults.hostile`, which is not on this path
KILLS = "kills-"
BURNS = "burns-"
SWELLS = "swells-"
BURN_SECONDS = 3.0  # of CPU time: a first try has one
_clean = pool_tasks.clean


@functools.wraps(_clean)
def clean(arrived: RawArticle, live_days: float = 3) -> CleanArticle:
    if arrived.origin.startswith(KILLS):
        os.kill(os.getpid(), signal.SIGKILL)
    if arrived.origin.startswith(HANGS):
        time.sleep(3_600)
    if arrived.origin.startswith(BURNS):
        begun = time.process_time()
        while time.process_time() - begun < BURN_SECONDS:
            pass
    if arrived.origin.startswith(SWELLS):
        kept = []
        while True:
            kept.append(bytes(10_000_000))
    return _clean(arrived, live_days)


pool_tasks.clean = clean


_look_up = socket.getaddrinfo


@functools.wraps(_look_up)
def look_up(host: Any, *more: Any, **named: Any) -> Any:
    """The name of the feeds' host has no address while a file exists."""
    if host == "localhost" and Path(os.environ.get("FAULTS_NO_NAMES", "/none")).exists():
        raise socket.gaierror(socket.EAI_NONAME, "no address for now")
    return _look_up(host, *more, **named)


socket.getaddrinfo = look_up
