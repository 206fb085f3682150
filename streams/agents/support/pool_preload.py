"""Preloaded into the fork server of the pool: loads the models and tables of `pool_tasks` once, for all processes."""

import gc

from streams.agents.support import pool_tasks

pool_tasks.warm(None)
gc.collect()
gc.freeze()  # a garbage collection would write to these objects, so that their pages were no longer shared
