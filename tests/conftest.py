"""One stack for the whole run, embedded or real (`--stack=real`); each system that a test needs has topics and indices
of its own on it.

`make test` runs three processes of tests, each with a stack, since an embedded stack bears one worker at a time; three,
as tests wait more than they compute.
"""

import contextlib
import itertools
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deploy.launcher import START
from deploy.stack import Kind, stop
from deploy.system import System

if TYPE_CHECKING:
    from streams.contract.stage import Stage
    from tests.support.lab import MakeLab
    from tests.support.toy_server import ToyServer

# a shell starts what it runs in the background with Ctrl-C ignored, and so would be what the tests start and end by it
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(__file__).resolve().parents[2] / "shared"  # labelled data beside a developer's checkout


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their parameter: both processes must find tests of the same names, and what is packed by
    gzip while they are found holds the second in which that was done."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of whole workers come first: the longest ones are not what the run waits for in the end."""
    items.sort(key=lambda item: "pipeline" not in item.path.parts)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests are dealt out one by one, but those of ``pipeline/running``, and of the console, together: they
    share a worker."""
    from xdist.scheduler import LoadScopeScheduling  # its groups (``--dist loadgroup``) do not work with pytest 9.2

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            if "pipeline/test_console.py" in nodeid:
                return nodeid.partition("::")[0]
            return nodeid.rpartition("/")[0] if "pipeline/running/" in nodeid else nodeid

    return Scheduling(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stack", choices=["embedded", "real"], default="embedded", help="the servers to test on")


@pytest.fixture(scope="session")
def stack_kind(request: pytest.FixtureRequest) -> Kind:
    kind: Kind = request.config.getoption("--stack")
    return kind


@pytest.fixture(scope="session")
def stack_folder(tmp_path_factory: pytest.TempPathFactory, stack_kind: Kind) -> Iterator[Path]:
    """The folder of a running stack."""
    folder = tmp_path_factory.mktemp("stack")
    START[stack_kind](folder, kafka_port=0, elasticsearch_port=0, die_with_parent=True)
    yield folder
    stop(folder)


_numbers = itertools.count(1)

MakeSystem = Callable[..., System]


@contextlib.contextmanager
def systems(stack_folder: Path) -> Iterator[MakeSystem]:
    """See `make_system`."""
    made: list[System] = []

    def make(**options: object) -> System:
        given: dict[str, object] = {
            "topic_prefix": f"t{os.getpid()}-{next(_numbers)}-",
            "commit_seconds": 0.3,
            "restart_pause_seconds": 0.2,
            "pool_processes": 1,
            "session_seconds": 6.0,  # the least that brokers take by default: a killed worker's work waits that long
        }
        system = System(stack_folder, {**given, **options}, stack_folder=stack_folder)
        made.append(system)
        system.start()
        return system

    try:
        yield make
    finally:
        for system in made:
            system.close()


@pytest.fixture
def make_system(stack_folder: Path) -> Iterator[MakeSystem]:
    """Makes a system on the shared stack: ``make_system(setting=value)``; the worker is the test's to start."""
    with systems(stack_folder) as make:
        yield make


@pytest.fixture(scope="session")
def toy_server() -> Iterator["ToyServer"]:
    from tests.support.toy_server import ToyServer  # late, for it imports the worker

    with ToyServer() as server:
        yield server


@pytest.fixture
def lab(toy_server: "ToyServer", stack_folder: Path, tmp_path: Path) -> Iterator["MakeLab"]:
    """Makes labs on the shared stack: ``lab(stage, setting=value)``."""
    from tests.support.lab import Lab

    made: list[Lab] = []

    def make(stage: "Stage", **options: Any) -> Lab:
        made.append(Lab(toy_server, stack_folder, tmp_path, stage, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
