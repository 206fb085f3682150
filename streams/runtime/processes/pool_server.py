"""Preloaded into the fork server of the pool, which ends with the worker and ends its own children with itself."""

import os

from streams.runtime.processes.process import kill_on_parent_exit

PID = os.getpid()
kill_on_parent_exit(os.getppid())
