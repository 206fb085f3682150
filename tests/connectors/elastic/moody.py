"""A proxy that sometimes answers bulk requests in the place of a real server: what a busy cluster does, on demand."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

Mood = Callable[[bytes], tuple[int, Mapping[str, object]] | None]  # of a bulk body: an answer of its own, or None
PRODUCT = {"X-Elastic-Product": "Elasticsearch"}


@contextmanager
def moody(server: str, mood: Mood, headers: dict[str, str] | None = None) -> Iterator[str]:
    """The URL of a proxy before ``server``; ``headers`` are added to every answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            own = mood(body) if self.path.startswith("/_bulk") else None
            if own is None:
                kept = {
                    name: value for name, value in self.headers.items() if name.lower() in ("content-type", "accept")
                }
                answer = client.request(self.command, f"{server}{self.path}", content=body, headers=kept)
                status, content, kind = answer.status_code, answer.content, answer.headers.get("content-type", "")
            else:
                status, content, kind = own[0], json.dumps(own[1]).encode(), "application/json"
            self.send_response(status)
            for name, value in {**PRODUCT, **(headers or {}), "Content-Type": kind}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = forward  # noqa: N815 - the names that http.server asks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Not on the test's output."""

    with httpx.Client() as client, ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}"
        finally:
            proxy.shutdown()
            thread.join()
