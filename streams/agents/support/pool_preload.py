"""Preloaded into the fork server of the pool: loads the models and tables of `pool_tasks` once, for all processes."""

import contextlib
import gc

from streams.agents.support import pool_tasks
from streams.contract.errors import UsageError

with contextlib.suppress(UsageError):  # a package that broke since `pool_check`: the processes of the pool say so
    pool_tasks.warm(None)
gc.collect()
gc.freeze()  # a garbage collection would write to these objects, so that their pages were no longer shared
