"""What Storywatch asks of its servers, the same tests on both stacks; what one of them cannot do is skipped by name."""

import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.stack import Kind, running
from streams.runtime.settings import Settings

PATIENCE_SECONDS = 180.0  # a busy machine

_numbers = itertools.count(1)


@pytest.fixture
def settings(stack_folder: Path) -> Settings:
    """A system of its own on the shared stack: no test sees another's topics and indices."""
    stack = running(stack_folder)
    assert stack is not None
    return Settings(
        kafka=stack.kafka,
        elasticsearch=stack.elasticsearch,
        data_dir=stack_folder,
        topic_prefix=f"c{os.getpid()}-{next(_numbers)}-",
        partitions=2,
    )


@pytest.fixture
def failover(stack_kind: Kind) -> None:
    """Skips a test of several workers where the servers bear one."""
    if stack_kind == "embedded":
        pytest.skip("the embedded Kafka never expels a dead member, so that a group of it bears one worker at a time")


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
