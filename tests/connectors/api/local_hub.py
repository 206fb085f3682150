"""A WebSub hub on a free port of 127.0.0.1, with a feed that names it: it verifies, notifies and signs as hubs do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import httpx

from connectors.websub.signature import sign

CHALLENGE = "kq7-challenge"


@dataclass
class LocalHub:
    """``asked``: the forms of the requests; ``confirmed``: mode and status of each verification."""

    base: str
    lease_seconds: int = 3_600
    asked: list[dict[str, str]] = field(default_factory=list)
    confirmed: list[tuple[str, int]] = field(default_factory=list)
    refuses: bool = False
    entries: list[str] = field(default_factory=list)  # titles of the feed

    @property
    def feed(self) -> str:
        return f"{self.base}/feed"

    def modes(self) -> list[str]:
        return [one["hub.mode"] for one in self.asked]

    def verify(self, form: dict[str, str], **changed: str) -> httpx.Response:
        """Verify the intent of a request; ``changed``: parameters that the subscriber did not send so."""
        parameters = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": CHALLENGE,
            "hub.lease_seconds": str(self.lease_seconds),
        } | {name.replace("_", ".", 1): value for name, value in changed.items()}
        return httpx.get(form["hub.callback"], params=parameters, timeout=30)

    def notify(self, *, method: str = "sha256", secret: str | None = None) -> httpx.Response:
        """Say that the feed has news, signed with the secret of the latest request or with another one."""
        form = self.asked[-1]
        body = b"<feed>news</feed>"
        signature = sign(secret or form["hub.secret"], body, method)
        return httpx.post(form["hub.callback"], content=body, headers={"X-Hub-Signature": signature}, timeout=30)


@contextmanager
def local_hub() -> Iterator[LocalHub]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    hub = LocalHub(f"http://127.0.0.1:{server.server_address[1]}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            link = f'<link rel="hub" href="{hub.base}/hub"/>'
            entries = "".join(
                f"<entry><id>{one}</id><title>{one}</title><content>The gate of {one} is open.</content></entry>"
                for one in hub.entries
            )
            self._answer(200, f'<feed xmlns="http://www.w3.org/2005/Atom">{link}{entries}</feed>'.encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(parse_qsl(body))
            hub.asked.append(form)
            if hub.refuses:
                self._answer(503, b"")
                return
            self._answer(202, b"")
            threading.Thread(target=self._verify, args=(form,), daemon=True).start()

        def _verify(self, form: dict[str, str]) -> None:
            answer = hub.verify(form)
            hub.confirmed.append((form["hub.mode"], answer.status_code if answer.text == CHALLENGE else 0))

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
