"""A server on the stack of the tests, with topics of its own and no worker, so that nothing that comes in goes on."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connectors.kafka import admin
from deploy.stack import running
from streams.contract.messages import Scope
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.connectors.api import library
from tests.connectors.api.serving import Served, add_key, environment, log_in, serving
from tests.connectors.cli.running import wait_for


@pytest.fixture(scope="session")
def settings(stack_folder: Path) -> Settings:
    """After `storywatch init`, in this respect."""
    found = running(stack_folder)
    assert found is not None
    made = Settings(
        kafka=found.kafka,
        elasticsearch=found.elasticsearch,
        data_dir=stack_folder,
        partitions=2,
        topic_prefix="api-",
        serve_requests_per_second=1_000,
        backfill_messages=1_000_000,  # no worker makes room
        push_waiting_messages=1_000_000,
    )
    admin.create(made, topology.required_topics(made))
    library.fill(made)
    return made


@pytest.fixture(scope="session")
def served(settings: Settings) -> Iterator[Served]:
    with serving(environment(settings)) as server:
        with server.client() as client:
            wait_for(lambda: client.get("/healthz").status_code == 200)
        yield server


@pytest.fixture(scope="session")
def pusher(settings: Settings, served: Served) -> Iterator[httpx.Client]:
    """A client with a key that may push, which the server knows already."""
    _, text = add_key(settings, Scope.PUSH, name="cms")
    with served.client(text) as client:
        wait_for(lambda: client.post("/v1/articles").status_code != 401)
        yield client


@pytest.fixture(scope="session")
def reader(settings: Settings, served: Served) -> Iterator[httpx.Client]:
    """A client with a key that may read, which the server knows already."""
    _, text = add_key(settings, Scope.READ, name="dashboard")
    with served.client(text) as client:
        wait_for(lambda: client.get("/v1/stories").status_code == 200)
        yield client


@pytest.fixture(scope="session")
def everything(settings: Settings, served: Served) -> Iterator[httpx.Client]:
    """A client with a key that may do everything, which the server knows already."""
    _, text = add_key(settings, Scope.ADMIN, name="owner")
    with served.client(text) as client:
        wait_for(lambda: client.get("/v1/stories").status_code == 200)
        yield client


@pytest.fixture(scope="session")
def key(settings: Settings, served: Served) -> str:
    """The text of a key that may read, which the server knows already."""
    _, text = add_key(settings, Scope.READ, name="console")
    with served.client(text) as client:
        wait_for(lambda: client.get("/metrics").status_code == 200)
    return text


@pytest.fixture
def browser(served: Served, key: str) -> Iterator[httpx.Client]:
    """A client with a session of the console."""
    with served.client() as client:
        assert log_in(client, key).status_code == 303
        yield client
