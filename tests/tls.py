"""Certificates for tests, and a TLS front that stands before a server which speaks in the clear."""

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key


@dataclass(frozen=True)
class Certificates:
    """Files in PEM form. ``server`` and ``client`` hold certificate and key; ``stranger`` is another authority."""

    authority: Path
    stranger: Path
    server: Path
    client: Path

    def serving(self, *, ask_for_client: bool = False) -> ssl.SSLContext:
        """What a server at 127.0.0.1 shows; with ``ask_for_client`` it lets in only whom the authority vouches for."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.server)
        if ask_for_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.authority)
        return context


def certificates(folder: Path) -> Certificates:
    authority, stranger = trustme.CA(), trustme.CA()
    made = Certificates(folder / "ca.pem", folder / "stranger.pem", folder / "server.pem", folder / "client.pem")
    authority.cert_pem.write_to_path(made.authority)
    stranger.cert_pem.write_to_path(made.stranger)
    made.server.write_bytes(_key_and_chain(authority.issue_cert("127.0.0.1")))
    made.client.write_bytes(_key_and_chain(authority.issue_cert("desk@newsroom.example")))
    return made


def _key_and_chain(issued: trustme.LeafCert) -> bytes:
    """The key in the form that Java reads too (PKCS 8), and the chain."""
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return plain + b"".join(part.bytes() for part in issued.cert_chain_pems)


@contextlib.contextmanager
def tls_front(server: str, context: ssl.SSLContext) -> Iterator[str]:
    """``host:port`` of a front that takes TLS and passes what it hears on to ``server`` (``host:port``)."""
    host, _, port = server.rpartition(":")

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                contextlib.suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as inside,
                socket.create_connection((host, int(port))) as outside,
            ):
                answers = threading.Thread(target=_pour, args=(outside, inside), daemon=True)
                answers.start()
                _pour(inside, outside)

    class Front(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Front(("127.0.0.1", 0), Handler) as front:
        thread = threading.Thread(target=front.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{front.server_address[1]}"
        finally:
            front.shutdown()
            thread.join()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65_536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
