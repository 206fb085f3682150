"""Fixtures of the tests of the pipeline."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.lab import MakeLab, labs


@pytest.fixture
def lab(stack_folder: Path, tmp_path: Path) -> Iterator[MakeLab]:
    """Makes toy stages on the shared stack: ``lab(stage, setting=value)``; the process is the test's to start."""
    yield from labs(stack_folder, tmp_path)
