"""A proxy that sometimes answers bulk requests in the place of a real server: what a busy cluster does, on demand."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

Mood = Callable[[bytes], tuple[int, Mapping[str, object]] | None]  # of a bulk body: an answer of its own, or None
REFUSED = {"error": {"type": "security_exception", "reason": "unable to authenticate with this key"}, "status": 401}
PRODUCT = {"X-Elastic-Product": "Elasticsearch"}


@contextmanager
def moody(
    server: str,
    mood: Mood,
    headers: dict[str, str] | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    key: str | None = None,
    always: Callable[[str], tuple[int, Mapping[str, object]]] | None = None,
) -> Iterator[str]:
    """The URL of a proxy before ``server``; ``headers`` are added to every answer.

    With ``tls`` it speaks https, and with ``key`` it lets in only those who show this API key. ``always``
    answers every request instead of the server.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            own = mood(body) if self.path.startswith("/_bulk") else None
            if always is not None:
                own = always(self.path)
            elif key is not None and self.headers.get("Authorization") != f"ApiKey {key}":
                own = 401, REFUSED
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

        def handle(self) -> None:
            with suppress(OSError):  # a client that does not trust the certificate closes the connection
                super().handle()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Not on the test's output."""

    with httpx.Client() as client, ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        if tls is not None:
            # the handshake belongs into the connection's own thread: one that is refused must not stop the others
            proxy.socket = tls.wrap_socket(proxy.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{proxy.server_port}"
        finally:
            proxy.shutdown()
            thread.join()
