"""Loaded by the process that the pool's processes are forks of: it ends with the worker, and they end with it."""

import os

from streams.process import die_with

PID = os.getpid()
die_with(os.getppid())
