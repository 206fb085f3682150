"""Loaded by the process that the pool's processes are forks of: it ends with the worker, and they end with it."""

import os

from streams.runtime.processes.process import kill_on_parent_exit

PID = os.getpid()
kill_on_parent_exit(os.getppid())
