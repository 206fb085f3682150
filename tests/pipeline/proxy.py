"""A proxy in front of a server, which a test can take away from its clients."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from deploy.stack import running


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
