"""A real server for this folder's tests: the embedded one, or the one that STORYWATCH_TEST_ELASTICSEARCH names."""

import asyncio
import itertools
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from connectors.elastic.admin.install import install
from connectors.elastic.client import async_client, sync_client
from connectors.elastic.fields import flat, properties
from connectors.elastic.names import Family
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.write.documents import IndexDocument
from connectors.elastic.write.writer import Writer, WriteResult
from deploy.stack import running
from streams.runtime.settings import Settings


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> str:
    if given := os.environ.get("STORYWATCH_TEST_ELASTICSEARCH"):
        return given
    stack = running(request.getfixturevalue("stack_folder"))
    assert stack is not None
    return stack.elasticsearch


_numbers = itertools.count(1)


@pytest.fixture
def settings(server: str) -> Settings:
    """A system of its own: no test sees another's indices."""
    return Settings(elasticsearch=server, topic_prefix=f"test{os.getpid()}-{next(_numbers)}-")


@pytest.fixture
def client(settings: Settings) -> Iterator[Elasticsearch]:
    with sync_client(settings) as one:
        yield one
        prefix = settings.index_prefix
        found = [*one.indices.get(index=f"{prefix}*", expand_wildcards="all")]
        if found:
            one.indices.delete(index=found)
        lenient = one.options(ignore_status=404)  # the embedded server answers 404 where there is none
        for template in lenient.indices.get_index_template(name=f"{prefix}*").get("index_templates", []):
            one.indices.delete_index_template(name=template["name"])
        for template in lenient.cluster.get_component_template(name=f"{prefix}*").get("component_templates", []):
            one.cluster.delete_component_template(name=template["name"])


@pytest.fixture
def ready(client: Elasticsearch, settings: Settings) -> Search:
    """The queries of a system after `init`."""
    install(client, settings)
    return Search(SearchClient(settings), settings.index_prefix)


def write(settings: Settings, *documents: IndexDocument, **options: Any) -> list[WriteResult]:
    """Through a writer of its own, as a new process would. One attempt, unless the test is about attempts."""

    async def go() -> list[WriteResult]:
        async with async_client(settings) as client:
            writer = Writer(client, settings.index_prefix, **({"attempts": 1} | options))
            return await writer.write(documents)

    return asyncio.run(go())


@pytest.fixture
def written(ready: Search, settings: Settings) -> Callable[..., list[WriteResult]]:
    """Writes documents after `init` and makes them visible."""

    def store(*documents: IndexDocument) -> list[WriteResult]:
        outcomes = write(settings, *documents)
        ready.refresh()
        return outcomes

    return store


def mapped(family: Family) -> set[str]:
    """Dotted paths of the fields of a family, without sub-fields."""
    sub_fields = {"keyword", "text", "folded"}
    return {path for path, _ in flat(properties(family)) if path.rpartition(".")[2] not in sub_fields}
