"""What the processes of the pool cost: the server that loads the models once, and each process, which is its fork.

The server's memory is its resident set; a process's is its private part (USS), since it shares the rest.
"""

import asyncio
import os
from functools import partial

import psutil

from streams.agents.support import pool_tasks
from streams.runtime.processes.pool import Pool
from tests.bench.report import report

MEGABYTE = 2**20
PROCESSES = 2


def main() -> int:
    report(asyncio.run(_measure()))
    return 0


async def _measure() -> dict[str, float]:
    warm = partial(pool_tasks.warm, None)
    pool = Pool(PROCESSES, 60, warm, preload=["streams.agents.support.pool_preload"])
    try:
        await pool.ready(PROCESSES)
        return await pool.run(look)
    finally:
        await pool.close()


def look() -> dict[str, float]:
    """Seconds of CPU and MiB of the process that calls this, and of its parent."""
    own, server = psutil.Process(), psutil.Process(os.getppid())
    return {
        "pool_server_start_cpu_seconds": sum(server.cpu_times()[:2]),
        "pool_server_mib": server.memory_info().rss / MEGABYTE,
        "pool_child_start_cpu_seconds": sum(own.cpu_times()[:2]),
        "pool_child_private_mib": own.memory_full_info().uss / MEGABYTE,
    }


if __name__ == "__main__":
    raise SystemExit(main())
