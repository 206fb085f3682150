"""Functions that the pool's tests run in its processes: plain, failing, deadly and endless ones."""

import os
import signal
import time
from pathlib import Path


def nothing() -> None:
    """Warm nothing."""


def double(number: int) -> int:
    return number * 2


def slow_double(number: int, seconds: float) -> int:
    time.sleep(seconds)
    return number * 2


def fail(text: str) -> None:
    raise ValueError(text)


class Odd(Exception):
    """One that cannot be made again of what was sent of it."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(f"odd in line {line}, column {column}")


def fail_oddly() -> None:
    raise Odd(3, 7)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(mark: Path) -> str:
    if not mark.exists():
        mark.touch()
        die()
    return "the second time"


def hang() -> None:
    time.sleep(600)


def swell() -> None:
    """Take memory without end."""
    kept: list[bytes] = []
    while True:
        kept.append(bytes(10_000_000))


def burn(seconds: float) -> float:
    """Use so much CPU time."""
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        sum(range(1000))
    return seconds
