"""Which record is to blame for a crash, by processes that really crash; the next start reads the same file."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from streams.contract.errors import CrashLoop, Rejected, Unavailable
from streams.runtime.processes.crash_log import MOST_CRASHES, CrashLog, Offset, discard_marks

ROOT = Path(__file__).resolve().parents[3]
DIE = """
import os, sys
from pathlib import Path
from streams.runtime.processes.crash_log import CrashLog, Offset
crashes = CrashLog(Path(sys.argv[1]), "clean", 10)
with crashes.guard(*(Offset(0, int(offset)) for offset in sys.argv[3:])):
    print(os.getpid(), flush=True)
    exec(sys.argv[2])
"""
ONE, TWO, OTHER = Offset(0, 1), Offset(0, 2), Offset(0, 7)


def die(folder: Path, *offsets: int, how: str = "os.kill(os.getpid(), 9)") -> int:
    """A process that ends with these messages in hand; its pid."""
    arguments = [sys.executable, "-c", DIE, str(folder), how, *map(str, offsets)]
    said = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True).stdout
    return next(int(line) for line in said.splitlines() if line.isdecimal())  # the log is beside it


def test_only_crashes_of_a_single_record_count(tmp_path: Path) -> None:
    die(tmp_path, 1, 2)
    crashes = CrashLog(tmp_path, "clean", 10)
    assert (crashes.is_suspect(ONE), crashes.is_suspect(TWO), crashes.is_suspect(OTHER)) == (True, True, False)
    for _ in range(MOST_CRASHES - 1):
        die(tmp_path, 2)
    crashes = CrashLog(tmp_path, "clean", 10)
    with crashes.guard(ONE):
        pass  # it passes
    assert not crashes.is_suspect(ONE)
    die(tmp_path, 2)
    with pytest.raises(CrashLoop), CrashLog(tmp_path, "clean", 10).guard(TWO):
        pass


def test_a_record_that_passes_is_cleared(tmp_path: Path) -> None:
    for _ in range(2 * MOST_CRASHES):
        die(tmp_path, 1)
        with CrashLog(tmp_path, "clean", 10).guard(ONE):
            pass


def test_after_three_crashes_a_record_is_not_handled(tmp_path: Path) -> None:
    for how in ("os._exit(3)", "os.kill(os.getpid(), 11)", "raise ValueError('odd title')"):
        die(tmp_path, 1, how=how)
    crashes = CrashLog(tmp_path, "clean", 10)
    with pytest.raises(CrashLoop, match=r"ended the process 3 times: ValueError: odd title"), crashes.guard(ONE):
        raise AssertionError("handled")
    crashes.grant_retry(ONE)
    with CrashLog(tmp_path, "clean", 10).guard(ONE):
        pass
    assert not CrashLog(tmp_path, "clean", 10).is_suspect(ONE)


def test_only_a_crash_counts(tmp_path: Path) -> None:
    die(tmp_path, 1, how="sys.exit = None")  # handled, and ended in order
    assert not CrashLog(tmp_path, "clean", 10).is_suspect(ONE)
    crashes = CrashLog(tmp_path, "clean", 10)
    for error in (Rejected("a listing"), Unavailable("Kafka is away"), asyncio.CancelledError(), KeyboardInterrupt()):
        with pytest.raises(type(error)), crashes.guard(ONE):
            raise error
    assert not CrashLog(tmp_path, "clean", 10).is_suspect(ONE)
    ending = CrashLog(tmp_path, "clean", 10, stopping=lambda: True)
    with pytest.raises(RuntimeError), ending.guard(ONE):
        raise RuntimeError("the pool is closed")
    assert not CrashLog(tmp_path, "clean", 10).is_suspect(ONE)


def test_a_kill_by_the_supervisor_does_not_count(tmp_path: Path) -> None:
    discard_marks(tmp_path, die(tmp_path, 1))
    assert not CrashLog(tmp_path, "clean", 10).is_suspect(ONE)


def test_marks_of_a_living_process_are_left_alone(tmp_path: Path) -> None:
    first = CrashLog(tmp_path, "clean", 10)
    with first.guard(ONE):
        arguments = [sys.executable, "-c", DIE, str(tmp_path), "assert not crashes.is_suspect(Offset(0, 1))", "5"]
        assert subprocess.run(arguments, cwd=ROOT, capture_output=True).returncode == 0


def test_a_suspect_is_handled_alone(tmp_path: Path) -> None:
    die(tmp_path, 1, 2)
    crashes = CrashLog(tmp_path, "clean", 10)
    order: list[str] = []

    async def handle(place: Offset) -> None:
        async with crashes.isolation_slot(place):
            order.append(f"begin {place.offset}")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            order.append(f"end {place.offset}")

    async def all_of_them() -> None:
        await asyncio.gather(*(handle(Offset(0, offset)) for offset in (7, 1, 8, 2)))

    asyncio.run(all_of_them())
    for suspect in (1, 2):
        at = order.index(f"begin {suspect}")
        assert order[at + 1] == f"end {suspect}"
        assert sum(one.startswith("begin") for one in order[:at]) == sum(one.startswith("end") for one in order[:at])


def test_a_suspect_is_not_starved_by_later_records(tmp_path: Path) -> None:
    """One that was set aside holds no other one up, so the others come on and on."""
    die(tmp_path, 1, 2)
    crashes = CrashLog(tmp_path, "clean", 10)
    begun: list[int] = []

    async def handle(offset: int) -> None:
        async with crashes.isolation_slot(Offset(0, offset)):
            begun.append(offset)
            for _ in range(4):
                await asyncio.sleep(0)

    async def one_after_another() -> None:
        working = [asyncio.ensure_future(handle(3))]
        await asyncio.sleep(0)
        working.append(asyncio.ensure_future(handle(1)))
        for offset in range(10, 40):
            working.append(asyncio.ensure_future(handle(offset)))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await asyncio.gather(*working)

    asyncio.run(one_after_another())
    assert begun[:2] == [3, 1]
    assert len(begun) == 32
