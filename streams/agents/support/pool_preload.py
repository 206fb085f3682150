"""Loads all that the pool's functions use, once: the pool's processes are forks of the one that imports this module."""

import gc

from streams.agents.support import pool_tasks

pool_tasks.warm(None)
gc.collect()
gc.freeze()  # looking for garbage among what is shared would write to it, and share it no more
