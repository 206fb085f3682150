"""What is mended of kafka-python."""

import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError
from kafka.net import KafkaNetSocket
from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaTCPTransport

from connectors.kafka import repairs


class Seen(KafkaNetSocket):  # type: ignore[misc]
    """Remembers the socket that it makes. It is for no kind of address."""

    SCHEMES = ()
    made: socket.socket

    def socket(self, *arguments: int) -> socket.socket:
        self.made = super().socket(*arguments)
        return self.made


class Waiting:
    """What a coroutine that connects asks the loop for."""

    def wait_write(self, sock: socket.socket, timeout_at: float | None = None) -> "Waiting":
        return self

    def __await__(self):  # type: ignore[no-untyped-def]
        yield self


def test_a_connection_that_is_given_up_is_closed() -> None:
    repairs.apply()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        seen = Seen()
        address = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", listener.getsockname())
        connecting = seen.connect(Waiting(), address)
        connecting.send(None)
        connecting.close()
    assert seen.made.fileno() == -1


def test_a_refused_connection_is_closed() -> None:
    repairs.apply()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = listener.getsockname()
    seen = Seen()
    connecting = seen.connect(Waiting(), (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", nobody))
    try:
        while True:
            connecting.send(None)
    except Exception:  # noqa: S110 - of the library, whatever it is
        pass
    assert seen.made.fileno() == -1


def test_a_client_closed_with_bytes_to_send_is_closed() -> None:
    repairs.apply()
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as sock:
        sock.setblocking(False)
        loop = NetworkSelector()
        transport = KafkaTCPTransport(loop, sock)
        transport.write(bytes(10_000_000))  # more than the buffers of the system take
        transport.close()
        loop.close()
        assert sock.fileno() == -1


@pytest.mark.parametrize("client", [KafkaAdminClient, KafkaConsumer, KafkaProducer])
def test_a_client_that_cannot_connect_leaves_nothing(client: Any) -> None:
    repairs.apply()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = "{}:{}".format(*listener.getsockname())
    before = held()
    with pytest.raises(KafkaError):
        client(bootstrap_servers=nobody, bootstrap_timeout_ms=100)
    assert held() == before


def held() -> tuple[int, int]:
    """Threads and open files of this process."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
