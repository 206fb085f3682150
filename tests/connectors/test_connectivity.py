"""Whether a server takes a connection, in a time that a person waits."""

import socket

from connectors.connectivity import probe
from tests.connectors.elastic.conftest import free_port

NAMELESS = "nowhere.invalid"  # RFC 6761: no name server knows it


def test_one_address_that_listens_is_enough() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert probe([("127.0.0.1", port)]) is None
        assert probe([(NAMELESS, port), ("127.0.0.1", free_port()), ("127.0.0.1", port)]) is None


def test_what_stands_in_the_way_is_told() -> None:
    assert isinstance(probe([("127.0.0.1", free_port())]), ConnectionRefusedError)
    assert isinstance(probe([(NAMELESS, 9092)], seconds=30.0), OSError)
    assert probe([]) is not None
