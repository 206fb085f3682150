"""Who is to blame for a death, by processes that really die; the same file tells the next start."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from streams.contract.errors import CrashLoop, Rejected, Unavailable
from streams.runtime.delivery.crash_log import MOST_DEATHS, Crashes, forgive
from streams.runtime.delivery.in_flight import Place

ROOT = Path(__file__).resolve().parents[3]
DIE = """
import os, sys
from pathlib import Path
from streams.runtime.delivery.crash_log import Crashes
from streams.runtime.delivery.in_flight import Place
crashes = Crashes(Path(sys.argv[1]), "clean", 10)
with crashes.hold(*(Place(0, int(offset)) for offset in sys.argv[3:])):
    print(os.getpid(), flush=True)
    exec(sys.argv[2])
"""
ONE, TWO, OTHER = Place(0, 1), Place(0, 2), Place(0, 7)


def die(folder: Path, *offsets: int, how: str = "os.kill(os.getpid(), 9)") -> int:
    """A process that ends with these messages in hand; its pid."""
    arguments = [sys.executable, "-c", DIE, str(folder), how, *map(str, offsets)]
    said = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True).stdout
    return next(int(line) for line in said.splitlines() if line.isdecimal())  # the log is beside it


def test_a_death_with_several_in_hand_makes_suspects_and_only_deaths_alone_count(tmp_path: Path) -> None:
    die(tmp_path, 1, 2)
    crashes = Crashes(tmp_path, "clean", 10)
    assert (crashes.known(ONE), crashes.known(TWO), crashes.known(OTHER)) == (True, True, False)
    for _ in range(MOST_DEATHS - 1):
        die(tmp_path, 2)
    crashes = Crashes(tmp_path, "clean", 10)
    with crashes.hold(ONE):
        pass  # it passes
    assert not crashes.known(ONE)
    die(tmp_path, 2)
    with pytest.raises(CrashLoop), Crashes(tmp_path, "clean", 10).hold(TWO):
        pass


def test_one_that_passes_is_innocent_again(tmp_path: Path) -> None:
    for _ in range(2 * MOST_DEATHS):
        die(tmp_path, 1)
        with Crashes(tmp_path, "clean", 10).hold(ONE):
            pass


def test_three_deaths_of_its_own_in_a_row_are_enough_and_then_it_is_not_handled_any_more(tmp_path: Path) -> None:
    for how in ("os._exit(3)", "os.kill(os.getpid(), 11)", "raise ValueError('odd title')"):
        die(tmp_path, 1, how=how)
    crashes = Crashes(tmp_path, "clean", 10)
    with pytest.raises(CrashLoop, match=r"ended the process 3 times: ValueError: odd title"), crashes.hold(ONE):
        raise AssertionError("handled")
    crashes.once_more(ONE)
    with Crashes(tmp_path, "clean", 10).hold(ONE):
        pass
    assert not Crashes(tmp_path, "clean", 10).known(ONE)


def test_only_a_death_is_a_death(tmp_path: Path) -> None:
    die(tmp_path, 1, how="sys.exit = None")  # handled, and ended in order
    assert not Crashes(tmp_path, "clean", 10).known(ONE)
    crashes = Crashes(tmp_path, "clean", 10)
    for error in (Rejected("a listing"), Unavailable("Kafka is away"), asyncio.CancelledError(), KeyboardInterrupt()):
        with pytest.raises(type(error)), crashes.hold(ONE):
            raise error
    assert not Crashes(tmp_path, "clean", 10).known(ONE)
    ending = Crashes(tmp_path, "clean", 10, ending=lambda: True)
    with pytest.raises(RuntimeError), ending.hold(ONE):
        raise RuntimeError("the pool is closed")
    assert not Crashes(tmp_path, "clean", 10).known(ONE)


def test_what_its_supervisor_had_to_kill_is_forgiven(tmp_path: Path) -> None:
    forgive(tmp_path, die(tmp_path, 1))
    assert not Crashes(tmp_path, "clean", 10).known(ONE)


def test_the_hands_of_a_process_that_lives_are_nobodys_business(tmp_path: Path) -> None:
    first = Crashes(tmp_path, "clean", 10)
    with first.hold(ONE):
        arguments = [sys.executable, "-c", DIE, str(tmp_path), "assert not crashes.known(Place(0, 1))", "5"]
        assert subprocess.run(arguments, cwd=ROOT, capture_output=True).returncode == 0


def test_a_suspect_waits_until_nothing_is_beside_it_and_nothing_begins_beside_it(tmp_path: Path) -> None:
    die(tmp_path, 1, 2)
    crashes = Crashes(tmp_path, "clean", 10)
    order: list[str] = []

    async def handle(place: Place) -> None:
        async with crashes.turn(place):
            order.append(f"begin {place.offset}")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            order.append(f"end {place.offset}")

    async def all_of_them() -> None:
        await asyncio.gather(*(handle(Place(0, offset)) for offset in (7, 1, 8, 2)))

    asyncio.run(all_of_them())
    for suspect in (1, 2):
        at = order.index(f"begin {suspect}")
        assert order[at + 1] == f"end {suspect}"
        assert sum(one.startswith("begin") for one in order[:at]) == sum(one.startswith("end") for one in order[:at])


def test_a_suspect_is_not_kept_waiting_by_what_comes_after_it(tmp_path: Path) -> None:
    """One that was set aside holds no other one up, so the others come on and on."""
    die(tmp_path, 1, 2)
    crashes = Crashes(tmp_path, "clean", 10)
    begun: list[int] = []

    async def handle(offset: int) -> None:
        async with crashes.turn(Place(0, offset)):
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
