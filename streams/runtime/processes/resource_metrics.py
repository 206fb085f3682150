"""This process in; the memory of its children and the room on its disk out, read when somebody asks (Linux)."""

import shutil
from contextlib import suppress
from pathlib import Path

from streams.runtime import metrics


def register(folder: Path) -> None:
    """Let each reading of ``/metrics`` look anew; ``folder`` stands for the disk."""
    metrics.CHILDREN_MEMORY.set_function(children_bytes)
    metrics.DISK_FREE.set_function(lambda: float(shutil.disk_usage(folder).free))


def children_bytes() -> float:
    """Memory of the processes that this one has started, and of theirs, those of the pool above all; what some share is
    counted once. 0 for those that end meanwhile."""
    return float(sum(_bytes(pid) for pid in _children("self")))


def _children(of: str) -> list[str]:
    found: list[str] = []
    for children in Path(f"/proc/{of}/task").glob("*/children"):
        with suppress(OSError):
            for pid in children.read_text().split():
                found += [pid, *_children(pid)]
    return found


def _bytes(pid: str) -> int:
    """The process's share ("Pss" of proc_pid_smaps): a page that n processes have counts as an nth."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
