"""What lets us in at Kafka and Elasticsearch: built for every client, refused when it does not fit, never shown."""

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from connectors.elastic.client import async_client, sync_client
from streams.agents.stages import STAGES
from streams.agents.support.services import Services
from streams.contract.errors import UsageError
from streams.runtime.credentials import elasticsearch_access, kafka_access
from streams.runtime.faust.app import build
from streams.runtime.settings import Settings
from tests.tls import Certificates, certificates

SECRET = "harbour-light-7"


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


def kafka(**options: Any) -> Settings:
    return Settings.model_validate({f"kafka_{name}": value for name, value in options.items()})


def test_every_kafka_client_is_given_all_of_it(certs: Certificates) -> None:
    options = kafka_access(
        kafka(security_protocol="SASL_SSL", username="desk", password=SECRET, ca_file=certs.authority)
    ).options()
    context = options.pop("ssl_context")
    assert isinstance(context, ssl.SSLContext)
    assert context.check_hostname
    assert [one["subject"] for one in context.get_ca_certs()] == [subject_of(certs.authority)]
    assert options == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "desk",
        "sasl_plain_password": SECRET,
    }


def subject_of(file: Path) -> object:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(file)
    return context.get_ca_certs()[0]["subject"]


@pytest.mark.parametrize(
    ("given", "protocol", "mechanism"),
    [
        ({}, None, None),
        ({"security_protocol": "SSL"}, "SSL", None),
        ({"security_protocol": "SASL_SSL", "username": "desk", "password": SECRET}, "SASL_SSL", "SCRAM-SHA-512"),
        (
            {
                "security_protocol": "SASL_PLAINTEXT",
                "username": "desk",
                "password": SECRET,
                "sasl_mechanism": "SCRAM-SHA-256",
            },
            "SASL_PLAINTEXT",
            "SCRAM-SHA-256",
        ),
    ],
)
def test_the_worker_is_built_with_it(
    given: dict[str, object], protocol: str | None, mechanism: str | None, tmp_path: Path
) -> None:
    settings = kafka(**given)
    store = [stage for stage in STAGES if stage.app == "store"]
    built = build("store", store, settings, Services(settings), tmp_path)
    credentials = built.app.conf.broker_credentials
    assert (credentials.protocol.value if credentials else None) == protocol
    if mechanism is not None:
        assert (credentials.mechanism.value, credentials.username, credentials.password) == (mechanism, "desk", SECRET)


def test_a_password_in_a_file_is_the_password(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    access = kafka_access(kafka(security_protocol="SASL_SSL", username="desk", password_file=file))
    assert access.password == SECRET


def test_an_api_key_in_a_file_is_the_key(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(SECRET)
    assert elasticsearch_access(Settings(elasticsearch_api_key_file=file)) == {"api_key": SECRET}


def test_both_elasticsearch_clients_show_the_key(certs: Certificates) -> None:
    settings = Settings.model_validate(
        {
            "elasticsearch": "https://127.0.0.1:9200",
            "elasticsearch_api_key": SECRET,
            "elasticsearch_ca_file": certs.authority,
        }
    )

    async def shown_by_the_other() -> Any:
        async with async_client(settings) as client:
            return client._headers["authorization"]

    with sync_client(settings) as client:
        assert client._headers["authorization"] == f"ApiKey {SECRET}"
    assert asyncio.run(shown_by_the_other()) == f"ApiKey {SECRET}"


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_USERNAME", "KAFKA_PASSWORD", "KAFKA_PASSWORD_FILE", "KAFKA_CA_FILE", "ELASTICSEARCH_API_KEY"):
        monkeypatch.setenv(f"STORYWATCH_{name}", "")
    settings = Settings()
    assert kafka_access(settings).options() == {"security_protocol": "PLAINTEXT", "ssl_context": None}
    assert elasticsearch_access(settings) == {}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"security_protocol": "SASL_SSL", "username": "desk"}, "needs STORYWATCH_KAFKA_PASSWORD"),
        ({"security_protocol": "SASL_SSL", "password": SECRET}, "needs STORYWATCH_KAFKA_USERNAME"),
        ({"username": "desk", "password": SECRET}, "is PLAINTEXT, which sends neither"),
        ({"security_protocol": "SSL", "password": SECRET}, "is SSL, which sends neither"),
        ({"ca_file": "ca.pem"}, "is PLAINTEXT, which is not encrypted"),
        ({"security_protocol": "SSL", "key_file": "key.pem"}, "without STORYWATCH_KAFKA_CERT_FILE"),
        ({"security_protocol": "SSL", "ca_file": "gone.pem"}, "STORYWATCH_KAFKA_CA_FILE: gone.pem .*No such file"),
        ({"security_protocol": "SSL", "ca_file": "text"}, "STORYWATCH_KAFKA_CA_FILE: text holds no certificates"),
        ({"security_protocol": "SSL", "cert_file": "text"}, "STORYWATCH_KAFKA_CERT_FILE: text and its key"),
        ({"security_protocol": "SSL", "cert_file": "locked"}, "the key without a password"),
        ({"password_file": "gone"}, "STORYWATCH_KAFKA_PASSWORD_FILE: gone cannot be read"),
        ({"password_file": "empty"}, "STORYWATCH_KAFKA_PASSWORD_FILE: empty has to hold the secret alone"),
        ({"password_file": "lines"}, "STORYWATCH_KAFKA_PASSWORD_FILE: lines has to hold the secret alone"),
        ({"password_file": "bytes"}, "bytes cannot be read .it is not text"),
        ({"password_file": "text", "password": SECRET}, "are both set"),
    ],
)
def test_what_does_not_fit_is_one_line_without_the_secret(
    given: dict[str, object], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in {"text": b"words", "empty": b"", "lines": b"one\ntwo", "bytes": b"\xff\xfe\xfd"}.items():
        Path(name).write_bytes(content)
    Path("locked").write_bytes(LOCKED)
    with pytest.raises(UsageError, match=says) as caught:
        kafka_access(kafka(**given))
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


def locked() -> bytes:
    """A certificate whose key has a password."""
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    issued = trustme.CA().issue_cert("127.0.0.1")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    lock = BestAvailableEncryption(b"sesame")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock) + issued.cert_chain_pems[0].bytes()


LOCKED = locked()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"elasticsearch_ca_file": "ca.pem"}, "does not begin with https://"),
        ({"elasticsearch": "http://a:b@127.0.0.1:9200", "elasticsearch_api_key": SECRET}, "leave one of them"),
        (
            {"elasticsearch": "https://127.0.0.1:9200", "elasticsearch_ca_file": "gone.pem"},
            "STORYWATCH_ELASTICSEARCH_CA_FILE: gone.pem",
        ),
    ],
)
def test_what_does_not_fit_for_elasticsearch_is_one_line(given: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        sync_client(Settings.model_validate(given))
    assert SECRET not in str(caught.value)


def test_no_form_of_the_settings_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings.model_validate(
        {
            "kafka_security_protocol": "SASL_SSL",
            "kafka_username": "desk",
            "kafka_password": SECRET,
            "elasticsearch_api_key": SECRET,
        }
    )
    logging.getLogger("storywatch").warning("settings: %r %s %s", settings, settings, settings.model_dump())
    shown = [repr(settings), settings.model_dump_json(), repr(kafka_access(settings)), caplog.text]
    assert [text for text in shown if SECRET in text] == []
