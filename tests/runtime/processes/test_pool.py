"""The process pool: what a child does to itself hurts only its own input, and no child outlives the worker."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from streams.contract.errors import FatalError, Poison, SetAside
from streams.runtime.processes.pool import Pool
from tests import hard_work


@asynccontextmanager
async def pool(processes: int = 1, timeout_seconds: float = 20.0) -> AsyncIterator[Pool]:
    made = Pool(processes, timeout_seconds, hard_work.nothing)
    try:
        yield made
    finally:
        await made.close()


def with_pool(test: Callable[[Pool], Awaitable[None]], *, processes: int = 1, timeout_seconds: float = 20.0) -> None:
    async def run() -> None:
        async with pool(processes, timeout_seconds) as made:
            await test(made)

    asyncio.run(run())


def test_gives_results_and_passes_exceptions_on() -> None:
    async def test(pool: Pool) -> None:
        await pool.ready(1)
        assert await asyncio.gather(*(pool.run(hard_work.double, number) for number in range(5))) == [0, 2, 4, 6, 8]
        with pytest.raises(ValueError, match="no such luck"):
            await pool.run(hard_work.fail, "no such luck")
        assert await pool.run(hard_work.double, 21) == 42

    with_pool(test)


def test_an_error_that_cannot_be_sent_hurts_only_its_input() -> None:
    async def test(pool: Pool) -> None:
        others = [asyncio.ensure_future(pool.run(hard_work.slow_double, number, 0.05)) for number in range(4)]
        with pytest.raises(RuntimeError, match="Odd: odd in line 3, column 7"):
            await pool.run(hard_work.fail_oddly)
        assert await asyncio.gather(*others) == [0, 2, 4, 6]

    with_pool(test, processes=2)


def test_a_broken_pool_is_no_fault_of_what_waits_in_it() -> None:
    """The only process was killed while it had nothing to do: whatever comes next is not to blame."""

    async def test(pool: Pool) -> None:
        child = await pool.run(os.getpid)
        os.kill(child, signal.SIGSTOP)  # it takes nothing
        waiting = asyncio.ensure_future(pool.run(hard_work.double, 4))
        await asyncio.sleep(0.2)
        os.kill(child, signal.SIGKILL)
        with pytest.raises(FatalError, match="the pool is broken"):
            await waiting

    with_pool(test)


def test_what_kills_its_process_is_set_aside_then_poison() -> None:
    async def test(pool: Pool) -> None:
        deadly = asyncio.ensure_future(pool.run(hard_work.die))
        others = [asyncio.ensure_future(pool.run(hard_work.slow_double, number, 0.05)) for number in range(6)]
        with pytest.raises(SetAside, match=r"killed its process \(exit code -9\)"):
            await deadly
        assert await asyncio.gather(*others) == [0, 2, 4, 6, 8, 10]
        with pytest.raises(Poison, match=r"killed its process \(exit code -9\)"):
            await pool.again().run(hard_work.die)
        assert await pool.again().run(hard_work.double, 4) == 8

    with_pool(test, processes=2)


def test_a_death_that_comes_at_once_is_told_on_a_busy_machine() -> None:
    async def test(pool: Pool) -> None:
        ended = threading.Event()

        def work() -> None:
            while not ended.is_set():
                sum(range(1000))

        threading.Thread(target=work).start()
        try:
            for _ in range(10):
                beside = asyncio.ensure_future(pool.run(hard_work.slow_double, 1, 0.2))
                with pytest.raises(SetAside):
                    await asyncio.wait_for(pool.run(hard_work.die), 30)
                assert await beside == 2
        finally:
            ended.set()

    with_pool(test, processes=2)


def test_a_process_that_died_once_may_have_been_bad_luck(tmp_path: Path) -> None:
    async def test(pool: Pool) -> None:
        with pytest.raises(SetAside):
            await pool.run(hard_work.die_once, tmp_path / "died")
        assert await pool.again().run(hard_work.die_once, tmp_path / "died") == "the second time"

    with_pool(test)


def test_what_needs_long_has_its_time_beside_the_others() -> None:
    """A first try ends after a second of CPU time; the others go on while the second one takes all it needs."""

    async def test(pool: Pool) -> None:
        with pytest.raises(SetAside, match="took longer than 1 s of CPU time"):
            await pool.run(hard_work.burn, 2.0)
        slow = asyncio.ensure_future(pool.again().run(hard_work.burn, 2.0))
        assert await pool.run(hard_work.double, 4) == 8
        assert not slow.done()
        assert await slow == 2.0

    with_pool(test)


def test_time_in_which_others_have_the_machine_is_not_counted() -> None:
    async def test(pool: Pool) -> None:
        assert await pool.run(hard_work.slow_double, 4, 1.5) == 8

    with_pool(test)


def test_what_never_ends_is_poison_whether_it_works_or_sleeps() -> None:
    async def test(pool: Pool) -> None:
        for endless in (partial(hard_work.burn, 60.0), hard_work.hang):
            with pytest.raises(SetAside, match=r"took longer than 0\.[28] s"):
                await pool.run(endless)
            with pytest.raises(Poison, match=r"took longer than 0\.[28] s"):
                await pool.again().run(endless)
        assert await pool.run(hard_work.double, 4) == 8

    with_pool(test, timeout_seconds=0.2)


def test_what_takes_all_memory_is_set_aside_then_poison() -> None:
    async def test(pool: Pool) -> None:
        with pytest.raises(SetAside, match=r"took more than 1\.2 GB of memory"):
            await pool.run(hard_work.swell)
        with pytest.raises(Poison, match=r"took more than 1\.2 GB of memory"):
            await pool.again().run(hard_work.swell)
        assert await pool.run(hard_work.double, 4) == 8
        assert await pool.again().run(hard_work.double, 5) == 10

    with_pool(test)


PARENT = """
import asyncio, os, sys
from streams.runtime.processes.pool import Pool
from tests import hard_work

async def main():
    pool = Pool(2, 60, hard_work.nothing)
    await pool.ready(2)
    print("ready", flush=True)
    await asyncio.gather(pool.run(hard_work.hang), pool.run(hard_work.hang))

if __name__ == "__main__":
    asyncio.run(main())
"""


def children_of(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *children_of(child)]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
def test_no_child_outlives_a_worker_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = str(Path(__file__).resolve().parents[3])
    environment = {**os.environ, "PYTHONPATH": root}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        children = [pid for pid in children_of(parent.pid) if alive(pid)]
        assert len(children) >= 3, "the two, and what they are forks of"
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 10
    while left := [pid for pid in children if alive(pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.02)
