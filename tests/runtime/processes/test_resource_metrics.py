"""What a process tells of itself: the memory of the processes that it has started, and the room on its disk."""

import subprocess
import sys
from pathlib import Path

from prometheus_client import REGISTRY

from streams.runtime.processes import resource_metrics


def test_the_memory_of_children_is_told_while_they_live() -> None:
    before = resource_metrics.children_bytes()
    hold = "held = b'x' * 30_000_000; print(flush=True); input()"
    command = [sys.executable, "-c", hold]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        assert resource_metrics.children_bytes() - before > 30_000_000
        child.communicate(b"\n")
    left = resource_metrics.children_bytes() - before  # other children of the tests' process go on meanwhile
    assert left < 10_000_000


def test_metrics_have_it_anew_at_each_reading(tmp_path: Path) -> None:
    resource_metrics.register(tmp_path)
    assert (REGISTRY.get_sample_value("storywatch_disk_free_bytes") or 0) > 0
    assert REGISTRY.get_sample_value("storywatch_children_memory_bytes") is not None
