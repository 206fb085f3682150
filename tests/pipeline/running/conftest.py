"""One running worker for the tests of this folder, since its start takes 15 s of CPU.

No test ends it or counts all that is in it, and each takes articles of an event of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.cli.demo.run_demo import OWN_PUBLISHERS
from deploy.system import System
from tests.conftest import systems
from tests.pipeline.proxy import Proxy, proxied_elasticsearch


@dataclass(frozen=True)
class RunningWorker:
    """``proxy``: its way to Elasticsearch."""

    system: System
    proxy: Proxy


@pytest.fixture(scope="package")
def running_worker(stack_folder: Path) -> Iterator[RunningWorker]:
    with proxied_elasticsearch(stack_folder) as proxy, systems(stack_folder) as make:
        system = make(publishers_file=OWN_PUBLISHERS, elasticsearch=proxy.url)
        system.start_worker()
        yield RunningWorker(system, proxy)


@pytest.fixture
def worker(running_worker: RunningWorker) -> Iterator[RunningWorker]:
    """The worker, with Elasticsearch there again for the next test, however this one ends."""
    yield running_worker
    running_worker.proxy.open = True
