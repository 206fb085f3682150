"""Imported by each Python process that has this folder on its path: inputs that hang or kill a process of the pool.

Cleaning itself is bounded, so no page is known that does either; what becomes of one is promised all the same.
"""

import functools
import os
import signal
import time

from streams import pooled
from streams.messages import CleanArticle, RawArticle

HANGS = "hangs-"  # as in `tests.faults.hostile`, which is not on this path
KILLS = "kills-"
_clean = pooled.clean


@functools.wraps(_clean)
def clean(arrived: RawArticle, live_days: float = 3) -> CleanArticle:
    if arrived.origin.startswith(KILLS):
        os.kill(os.getpid(), signal.SIGKILL)
    if arrived.origin.startswith(HANGS):
        time.sleep(3_600)
    return _clean(arrived, live_days)


pooled.clean = clean
