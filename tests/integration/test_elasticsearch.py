"""What the writer and `init` rely on, asked of the server itself; `tests/connectors/elastic` has the rest of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from connectors.elastic.admin.install import detect_capabilities, install
from connectors.elastic.admin.templates import Capabilities
from connectors.elastic.client import sync_client
from connectors.elastic.write.documents import article_document
from deploy.stack import Kind
from streams.contract.errors import Unavailable
from streams.runtime.settings import Settings
from tests.connectors.elastic import samples
from tests.connectors.elastic.conftest import write

# A full server has all of it. The real stack is Elastic's own server without most of its modules.
LACKS: dict[Kind, Capabilities] = {
    "embedded": Capabilities(folding=True, lifecycle=False),
    "real": Capabilities(folding=False, lifecycle=False),
}


@pytest.fixture
def client(settings: Settings) -> Iterator[Elasticsearch]:
    with sync_client(settings) as one:
        install(one, settings)
        yield one


@pytest.fixture
def index(client: Elasticsearch, settings: Settings) -> str:
    name = f"{settings.index_prefix}articles-v1-2031.05"
    client.indices.create(index=name)
    return name


def bulk(client: Elasticsearch, index: str, document: dict[str, Any], version: int) -> tuple[int, str]:
    """Status and type of error of one document."""
    action = {"index": {"_index": index, "_id": "one", "version": version, "version_type": "external_gte"}}
    answer = client.bulk(operations=[action, document], refresh=True)
    (item,) = answer["items"]
    return item["index"]["status"], item["index"].get("error", {}).get("type", "")


def test_what_the_server_lacks_is_known(client: Elasticsearch, stack_kind: Kind) -> None:
    assert detect_capabilities(client) == LACKS[stack_kind]


def test_versions_never_go_back(client: Elasticsearch, index: str) -> None:
    assert bulk(client, index, {"article": {"title": "second"}}, 2) == (201, "")
    assert bulk(client, index, {"article": {"title": "first"}}, 1) == (409, "version_conflict_engine_exception")
    assert bulk(client, index, {"article": {"title": "second again"}}, 2) == (200, "")
    assert client.get(index=index, id="one")["_source"] == {"article": {"title": "second again"}}


def test_a_document_that_cannot_be_is_told_from_its_neighbours(client: Elasticsearch, index: str) -> None:
    status, kind = bulk(client, index, {"article": {"fetched": "the day before yesterday"}}, 1)
    assert (status, kind) == (400, "document_parsing_exception")
    status, kind = bulk(client, index, {"surprise": "!"}, 1)
    assert (status, kind) == (400, "strict_dynamic_mapping_exception")


def test_an_index_closed_by_a_full_disk_is_waited_for(client: Elasticsearch, index: str, settings: Settings) -> None:
    """As Elasticsearch does by itself when less than a twentieth of the disk is free."""
    document = article_document(samples.filed())
    client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": True})
    with pytest.raises(Unavailable):
        write(settings, document)
    client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": None})
    write(settings, document)
    client.indices.refresh(index=index)
    assert client.count(index=index)["count"] == 1
