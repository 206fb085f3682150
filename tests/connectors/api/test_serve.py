"""The server itself: how it starts and stops, and what it says while Kafka is away."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.api.server import bind, serve
from connectors.kafka import admin
from deploy.launcher import START
from deploy.stack import Stack, stop
from streams.contract.messages import Scope
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.connectors.api.serving import Served, add_key, environment, serving
from tests.connectors.cli.running import NOWHERE, Command, wait_for

ARTICLE = json.dumps({"title": "Harbour wall of Dunmoor gives way", "url": "https://news.example/wall"}).encode()
JSON = {"Content-Type": "application/json"}


def test_a_request_in_progress_is_answered_before_it_ends(settings: Settings) -> None:
    with serving(environment(settings)) as served, served.client(add_key(settings, Scope.PUSH)[1]) as client:
        wait_for(lambda: client.get("/healthz").status_code == 200)
        half, end = threading.Event(), threading.Event()

        def slowly() -> Iterator[bytes]:
            yield ARTICLE[:10]
            half.set()
            end.wait(20)
            yield ARTICLE[10:]

        answers: list[httpx.Response] = []
        sender = threading.Thread(
            target=lambda: answers.append(client.post("/v1/articles", content=slowly(), headers=JSON))
        )
        sender.start()
        half.wait(20)
        served.process.terminate()
        wait_for(lambda: _refuses(served.url))
        end.set()
        sender.join()
        assert served.process.wait(20) == 0
    assert [one.status_code for one in answers] == [202]


def _refuses(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz", timeout=2)
    except httpx.TransportError:
        return True
    return False


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    alone = Command(tmp_path, NOWHERE)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = alone("serve", "--port", str(taken.getsockname()[1]))
    assert "taken by another program" in ran.one_line()
    assert ran.code == 2
    assert "not a name" in alone("serve", "--host", "nowhere.invalid").one_line()


def test_it_starts_without_kafka_and_says_so() -> None:
    with serving(dict(NOWHERE)) as served, served.client("sw_0123456789ab_" + "a" * 43) as client:
        health = client.get("/healthz")
        assert health.status_code == 503
        assert health.json()["status"] == "failing"
        answer = client.post("/v1/articles", content=ARTICLE, headers=JSON)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "127.0.0.1" not in health.text + answer.text, "addresses are for the log"
        assert served.stop() == 0


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Path]:
    """The folder of a stack that the test may stop."""
    yield tmp_path
    stop(tmp_path)


def start(folder: Path, port: int = 0) -> Stack:
    return START["embedded"](folder, kafka_port=port, elasticsearch_port=0, die_with_parent=True)


def test_it_comes_back_by_itself_after_an_outage(own_stack: Path) -> None:
    stack = start(own_stack)
    settings = Settings(kafka=stack.kafka, elasticsearch=stack.elasticsearch, data_dir=own_stack, partitions=1)
    admin.create(settings, topology.required_topics(settings))
    _, text = add_key(settings, Scope.PUSH)
    with serving(environment(settings)) as served, served.client(text) as client:

        def post() -> httpx.Response:
            return client.post("/v1/articles", content=ARTICLE, headers=JSON)

        wait_for(lambda: post().status_code == 202)
        stop(own_stack)
        wait_for(lambda: post().status_code == 503)
        answer = post()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "send the request again" in answer.json()["detail"]
        assert stack.kafka not in answer.text
        assert client.get("/healthz").json()["problems"] == ["Kafka does not answer"]
        start(own_stack, int(stack.kafka.rpartition(":")[2]))
        wait_for(lambda: post().status_code == 202, 60)
        assert client.get("/healthz").status_code == 200


def test_a_full_pipeline_is_429_and_nothing_is_taken(settings: Settings) -> None:
    """No worker runs, so what the first request brings in waits."""
    full = settings.model_copy(update={"topic_prefix": "api-full-"})
    admin.create(full, topology.required_topics(full))
    key = add_key(full, Scope.PUSH)[1]
    options = environment(full, topic_prefix="api-full-", push_waiting_messages=1)
    with serving(options) as served, served.client(key) as client:
        wait_for(lambda: client.get("/healthz").status_code == 200)
        batch = b"\n".join(ARTICLE.replace(b"/wall", f"/{number}".encode()) for number in range(3))
        lines = {"Content-Type": "application/x-ndjson"}
        assert client.post("/v1/articles", content=batch, headers=lines).status_code == 202
        wait_for(lambda: client.post("/v1/articles", content=ARTICLE, headers=JSON).status_code == 429)
        answer = client.post("/v1/articles", content=batch, headers=lines)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert "accepted" not in answer.json()


def test_idle_connections_are_closed() -> None:
    """Also one that never sends a request, or only half of its head."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                event = await receive()
                await send({"type": f"{event['type']}.complete"})
                if event["type"] == "lifespan.shutdown":
                    return
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def connect() -> list[bytes]:
        listener = bind("127.0.0.1", 0)
        port = listener.getsockname()[1]
        server = asyncio.create_task(serve(app, listener, idle_seconds=1))
        try:
            answers = []
            for sent in (b"", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(sent)
                answers.append(await asyncio.wait_for(reader.read(), 20))
                writer.close()
            return answers
        finally:
            server.cancel()
            await asyncio.wait({server})
            listener.close()

    nothing, half, whole = asyncio.run(connect())
    assert (nothing, half) == (b"", b"")
    assert whole.startswith(b"HTTP/1.1 204")


def test_an_answer_has_the_id_of_its_request(served: Served) -> None:
    with served.client() as client:
        assert client.get("/healthz", headers={"X-Request-ID": "desk-7"}).headers["x-request-id"] == "desk-7"
        for odd in ("a b", "x" * 65, "<script>"):
            answer = client.get("/nowhere", headers={"X-Request-ID": odd})
            assert answer.status_code == 404
            assert len(answer.headers["x-request-id"]) == 32
            assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert client.put("/v1/articles").status_code == 405
        assert client.get("/healthz").headers["x-content-type-options"] == "nosniff"
