"""Gauges of memory and disk, read at each scrape of ``/metrics`` (Linux)."""

import shutil
from contextlib import suppress
from pathlib import Path

import psutil

from streams.runtime import metrics


def register(folder: Path) -> None:
    """Set the functions of the gauges; ``folder`` is on the disk that is measured."""
    metrics.CHILDREN_MEMORY.set_function(children_bytes)
    metrics.DISK_FREE.set_function(lambda: float(shutil.disk_usage(folder).free))


def children_bytes() -> float:
    """Memory of all descendants of this process, those of the pool above all, in bytes.

    Proportional set size: a page that n processes share counts as an nth for each. Processes that end meanwhile
    count as 0.
    """
    total = 0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            total += child.memory_full_info().pss
    return float(total)
