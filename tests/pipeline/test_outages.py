"""Servers and receivers that go away in the middle: what can go on does, the rest waits and then goes on."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from connectors.cli.demo.run_demo import OWN_PUBLISHERS
from deploy.launcher import START
from deploy.stack import Kind, running, stop
from deploy.system import System
from streams.contract import topics
from tests.conftest import MakeSystem
from tests.pipeline.runs import open_edges, own, run, settle, track_first, until

STRAY = {  # what somebody may put on a topic of ours, and how its reason begins
    b"\xff\x00 not a message": "not a RawArticle message: JSON is malformed",
    b'{"schema": 1, "id": "x"}': "not a RawArticle message: Object missing required field",
    b'{"schema": 99}': "schema version 99 is newer",
}


class Proxy:
    """Passes TCP on to a server while it is ``open``; closes everything when it is not."""

    def __init__(self, host: str, port: int) -> None:
        self.open = True
        self._server = (host, port)
        self._live: set[socket.socket] = set()
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                proxy._pass_on(self.request)

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._listener = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._listener.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}"
        threading.Thread(target=self._listener.serve_forever, daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        if not self.open:
            return
        with socket.create_connection(self._server) as server:
            self._live |= {client, server}
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()
            self._live -= {client, server}

    def close_all(self) -> None:
        self.open = False
        for one in list(self._live):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self.close_all()
        self._listener.shutdown()
        self._listener.server_close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def proxied_elasticsearch(folder: Path) -> Iterator[Proxy]:
    stack = running(folder)
    assert stack is not None
    address = urlsplit(stack.elasticsearch)
    proxy = Proxy(address.hostname or "", address.port or 0)
    yield proxy
    proxy.stop()


def test_alerts_go_on_without_elasticsearch_and_documents_follow(make_system: MakeSystem, stack_folder: Path) -> None:
    with proxied_elasticsearch(stack_folder) as proxy:
        system = make_system(publishers_file=OWN_PUBLISHERS, elasticsearch=proxy.url)
        system.start_worker()
        with open_edges(system) as edges:
            first, second = own(1, 2)
            track_first(system, edges, first)
            proxy.close_all()
            edges.producer.send(topics.RAW, second)
            until(lambda: bool(edges.follower.poll().alerts) and not edges.hearing.received.empty(), "no alert came")
            health = system.health("store")
            until(lambda: "store_articles waits" in system.health("store"), f"health does not tell: {health}")
            proxy.open = True
            settle(system, edges.follower)
            edges.search.refresh()
            filed = list(edges.follower.poll().filed.values())
            assert len(edges.search.articles([one.article.id for one in filed])) == 2


def test_a_stack_that_went_away_and_came_back_is_used_again(tmp_path: Path, stack_kind: Kind) -> None:
    options = {"commit_seconds": 0.3, "pool_processes": 1, "restart_pause_seconds": 0.5}
    with System(tmp_path, options, stack=stack_kind) as system:
        system.start_worker()
        stack = running(tmp_path)
        assert stack is not None
        first, second = own(1, 2)
        run(system, [first], track_first=False)
        stop(tmp_path)
        time.sleep(3)
        START[stack.kind](
            tmp_path,
            kafka_port=stack.kafka_port,
            elasticsearch_port=stack.elasticsearch_port,
            die_with_parent=True,
        )
        with open_edges(system) as edges:
            edges.producer.send(topics.RAW, second)
            until(lambda: len(edges.follower.poll().filed) == 1, "nothing was filed after the outage")
            settle(system, edges.follower)
            edges.search.refresh()
            assert len(edges.search.stories()) == 1
            assert edges.search.stories()[0].story.articles == 2


def test_alerts_are_retried_and_strays_are_dead_letters(make_system: MakeSystem) -> None:
    system = make_system(publishers_file=OWN_PUBLISHERS)
    system.start_worker()
    with open_edges(system) as edges:
        first, second = own(1, 2)
        track_first(system, edges, first)
        edges.hearing.answers.append(500)
        edges.producer.send(topics.RAW, second)
        for value in STRAY:
            edges.producer.confirm(edges.producer.start_raw(topics.RAW, "stray", value))
        until(lambda: len(edges.follower.poll().dead) == len(STRAY), "not every stray message is a dead letter")
        reasons = sorted(dead.error for _, dead in edges.follower.poll().dead.values())
        for reason, found in zip(sorted(STRAY.values()), reasons, strict=True):
            assert found.startswith(reason)
        until(
            lambda: [one.delivery.status for one in edges.follower.poll().alerts.values()] == ["delivered"],
            "the alert was not delivered",
        )
        (alert,) = edges.follower.poll().alerts.values()
        assert alert.delivery.attempts == 2
        heard = [edges.hearing.received.get() for _ in range(2)]
        assert {one.id for one in heard} == {alert.id}
