"""This process in; the memory of its children and the room on its disk out, read when somebody asks (Linux)."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from streams import metrics

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def tell(folder: Path) -> None:
    """Let each reading of ``/metrics`` look anew; ``folder`` stands for the disk."""
    metrics.CHILDREN_MEMORY.set_function(children_bytes)
    metrics.DISK_FREE.set_function(lambda: float(shutil.disk_usage(folder).free))


def children_bytes() -> float:
    """Resident memory of the processes that this one has started, those of the pool above all; 0 for those that end
    meanwhile."""
    total = 0
    for children in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            for pid in children.read_text().split():
                with suppress(OSError):
                    total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    return float(total)
