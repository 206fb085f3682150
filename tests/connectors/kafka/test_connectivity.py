"""Why Kafka cannot be used is reported in one line: TLS that does not match, another protocol, its version.

Passwords need a Kafka that asks for them: `tests/real` has that (`STACK=real`).
"""

import contextlib
import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.kafka import connectivity
from deploy import embedded
from streams.contract.errors import Unavailable, UsageError
from streams.runtime.settings import Settings
from tests.tls import Certificates, certificates, tls_front


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def server(stack_folder: Path) -> str:
    stack = embedded.running(stack_folder)
    assert stack is not None
    return stack.kafka


@pytest.fixture(scope="module")
def front(server: str, certs: Certificates) -> Iterator[str]:
    with tls_front(server, certs.serving()) as address:
        yield address


def settings(kafka: str, **options: Any) -> Settings:
    return Settings.model_validate({"kafka": kafka, **{f"kafka_{name}": value for name, value in options.items()}})


def test_an_open_server_lets_us_in(server: str) -> None:
    assert connectivity.diagnose(settings(server)) is None


def test_the_first_server_that_can_be_reached_is_asked(server: str) -> None:
    assert connectivity.diagnose(settings(f"127.0.0.1:9,{server}")) is None


def test_a_server_that_the_authority_vouches_for_lets_us_in(front: str, certs: Certificates) -> None:
    assert connectivity.diagnose(settings(front, security_protocol="SSL", ca_file=certs.authority)) is None


def test_another_authority_is_named_by_its_setting(front: str, certs: Certificates) -> None:
    with pytest.raises(UsageError, match=f"no trusted connection to Kafka at {front}: .*STORYWATCH_KAFKA_CA_FILE"):
        connectivity.verify_access(settings(front, security_protocol="SSL", ca_file=certs.stranger))


def test_without_an_authority_file_those_of_the_system_decide(front: str) -> None:
    with pytest.raises(UsageError, match="STORYWATCH_KAFKA_CA_FILE"):
        connectivity.verify_access(settings(front, security_protocol="SSL"))


def test_a_certificate_for_another_name_is_not_trusted(front: str, certs: Certificates) -> None:
    elsewhere = front.replace("127.0.0.1", "localhost")
    with pytest.raises(UsageError, match=r"no trusted connection .*Hostname mismatch"):
        connectivity.verify_access(settings(elsewhere, security_protocol="SSL", ca_file=certs.authority))


def test_a_server_that_asks_who_we_are(server: str, certs: Certificates) -> None:
    with tls_front(server, certs.serving(ask_for_client=True)) as address:
        given = {"security_protocol": "SSL", "ca_file": certs.authority}
        connectivity.verify_access(settings(address, **given, cert_file=certs.client))
        with pytest.raises((UsageError, Unavailable), match="STORYWATCH_KAFKA_CERT_FILE"):
            connectivity.verify_access(settings(address, **given))


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_another_protocol_is_asked_for_by_name(protocol: str, server: str, front: str, certs: Certificates) -> None:
    address, given = (front, {}) if protocol == "PLAINTEXT" else (server, {"ca_file": certs.authority})
    with pytest.raises(Unavailable, match=f"breaks off the connection: does its listener speak {protocol}"):
        connectivity.verify_access(settings(address, security_protocol=protocol, **given))


def test_contradictory_settings_are_refused_without_a_request() -> None:
    with pytest.raises(UsageError, match="needs STORYWATCH_KAFKA_USERNAME"):
        connectivity.verify_access(settings("127.0.0.1:9", security_protocol="SASL_SSL"))


@contextlib.contextmanager
def old_kafka() -> Iterator[str]:
    """Speaks like a broker of 2016 when it is asked what it can do."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while head := self.rfile.read(4):
                request = self.rfile.read(struct.unpack(">i", head)[0])
                offers = [(0, 0, 2), (1, 0, 3), (2, 0, 1), (3, 0, 2), (8, 0, 2), (18, 0, 0)]
                answer = request[4:8] + struct.pack(">hi", 0, len(offers))
                answer += b"".join(struct.pack(">hhh", *offer) for offer in offers)
                self.wfile.write(struct.pack(">i", len(answer)) + answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_a_kafka_that_is_too_old_is_told_from_one_that_is_away() -> None:
    with old_kafka() as address, pytest.raises(UsageError, match=r"too old \(no Produce .* 2\.1 or newer"):
        connectivity.verify_access(settings(address))
