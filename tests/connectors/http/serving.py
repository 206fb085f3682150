"""Routes in -> a real HTTP server on a free port of 127.0.0.1, which remembers what it was asked."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """One answer; ``drip_seconds`` is the pause before each byte of the body.

    ``endless`` follows the body again and again, until the client hangs up.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip_seconds: float = 0.0
    endless: bytes = b""


Route = Answer | Callable[[Mapping[str, str]], Answer]


class Site:
    """A running server: change ``routes`` at any time; ``asked`` holds (path, headers) in order of arrival."""

    def __init__(self, server: ThreadingHTTPServer, routes: dict[str, Route]) -> None:
        self.routes = routes
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.stop = threading.Event()
        self.port = server.server_address[1]
        self.base = f"http://127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return self.base + path

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no error of the server, and no word of it is written."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextlib.contextmanager
def serve(routes: dict[str, Route] | None = None) -> Iterator[Site]:
    """Unknown paths get 404, so also robots.txt unless it is a route."""
    server = _Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    site = Site(server, dict(routes or {}))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.asked.append((self.path, headers))
            route = site.routes.get(self.path, Answer(b"nothing here", 404))
            answer = route if isinstance(route, Answer) else route(headers)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in answer.headers and not answer.endless:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            with contextlib.suppress(ConnectionError):
                if not answer.drip_seconds:
                    self.wfile.write(answer.body)
                    while answer.endless and not site.stop.is_set():
                        self.wfile.write(answer.endless)
                    return
                for byte in answer.body:
                    if site.stop.wait(answer.drip_seconds):
                        return
                    self.wfile.write(bytes((byte,)))
                    self.wfile.flush()

        def log_message(self, *args: object) -> None:
            """Quiet: the tests read ``asked``."""

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


async def no_pause(seconds: float) -> None:
    """In place of `asyncio.sleep`: the next attempt follows at once."""


class Time:
    """A clock that only sleeping moves, and the pauses that were slept."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)
