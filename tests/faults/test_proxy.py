"""The proxy in front of Elasticsearch: it passes on, refuses what is named so, and says what it is told to say."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.stack import running
from tests.faults.proxy import Proxy

INDEX = "faults-proxy"


@pytest.fixture
def proxy(stack_folder: Path) -> Iterator[Proxy]:
    stack = running(stack_folder)
    assert stack is not None
    with Proxy(stack.elasticsearch) as proxy:
        yield proxy
        httpx.delete(f"{stack.elasticsearch}/{INDEX}")


def bulk(*origins: str) -> str:
    return "".join(
        f'{{"index":{{"_index":"{INDEX}","_id":"{origin}"}}}}\n{{"article":{{"origin":"{origin}"}}}}\n'
        for origin in origins
    )


def written(proxy: Proxy, *origins: str) -> list[int]:
    headers = {"content-type": "application/x-ndjson"}
    answer = httpx.post(f"{proxy.url}/_bulk", content=bulk(*origins), headers=headers)
    return [item["index"]["status"] for item in answer.json()["items"]]


def test_documents_that_are_named_so_are_refused_in_their_place(proxy: Proxy) -> None:
    assert written(proxy, "a", "refused-1", "b") == [201, 400, 201]
    assert written(proxy, "refused-2") == [400]
    httpx.post(f"{proxy.url}/{INDEX}/_refresh").raise_for_status()
    assert httpx.get(f"{proxy.url}/{INDEX}/_count").json()["count"] == 2


def test_it_says_what_a_server_in_trouble_says(proxy: Proxy) -> None:
    proxy.mood = "busy"
    assert httpx.get(f"{proxy.url}/_cluster/health").status_code == 429
    proxy.mood = "failing"
    assert httpx.get(f"{proxy.url}/_cluster/health").status_code == 503
    proxy.mood = "cutting"
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{proxy.url}/_cluster/health")
    proxy.mood = "well"
    assert httpx.get(f"{proxy.url}/_cluster/health").status_code == 200
    assert proxy.troubled == 3
