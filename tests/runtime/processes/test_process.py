"""Processes that end when they should."""

import subprocess
import sys
import time

HANGS = """
import sys, time
from streams.runtime.processes.process import exit_deadline
begun = time.monotonic()
exit_deadline(lambda: time.monotonic() > begun + {after}, 0.2)
time.sleep({hangs})
sys.exit(3)
"""


def run(after: float, hangs: float) -> int:
    return subprocess.run([sys.executable, "-c", HANGS.format(after=after, hangs=hangs)], timeout=60).returncode


def test_a_process_whose_end_hangs_is_ended() -> None:
    begun = time.monotonic()
    assert run(after=0.5, hangs=50) == 1
    assert time.monotonic() - begun < 50


def test_a_process_that_is_not_to_end_is_left_alone() -> None:
    assert run(after=1000, hangs=2) == 3
