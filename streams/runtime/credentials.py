"""Settings -> credentials of the clients of Kafka and Elasticsearch: TLS contexts, users, passwords, API keys.

All clients take theirs from here. Nothing here opens a connection. Errors name settings, never secret values.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from streams.contract.errors import UsageError
from streams.runtime.settings import Settings

# the settings of a system on the embedded stack, which override the environment
NONE_NEEDED: dict[str, object] = {
    "kafka_security_protocol": "PLAINTEXT",
    "kafka_username": None,
    "kafka_password": None,
    "kafka_password_file": None,
    "kafka_ca_file": None,
    "kafka_cert_file": None,
    "kafka_key_file": None,
    "elasticsearch_api_key": None,
    "elasticsearch_api_key_file": None,
    "elasticsearch_ca_file": None,
}

MAX_SECRET_BYTES = 10_000  # a larger file is not a password or key


@dataclass(frozen=True)
class KafkaAccess:
    """Credentials for Kafka. ``tls`` is None without encryption, ``user`` is None without SASL."""

    protocol: str
    mechanism: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None

    def options(self) -> dict[str, Any]:
        """Keyword arguments of the clients of kafka-python and aiokafka, which use the same names."""
        login = {
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }
        return {
            "security_protocol": self.protocol,
            "ssl_context": self.tls,
            **(login if self.user is not None else {}),
        }


def kafka_access(settings: Settings) -> KafkaAccess:
    """The credentials for Kafka. Raises `UsageError` for contradictory settings and unreadable files."""
    protocol = settings.kafka_security_protocol
    password = secret("KAFKA_PASSWORD", settings.kafka_password, settings.kafka_password_file)
    user = settings.kafka_username
    _validate_combination(settings, user, password)
    tls = None
    if protocol.endswith("SSL"):
        tls = _ca_context("KAFKA_CA_FILE", settings.kafka_ca_file)
        if settings.kafka_cert_file is not None:
            _load_client_certificate(tls, settings.kafka_cert_file, settings.kafka_key_file)
    return KafkaAccess(protocol, settings.kafka_sasl_mechanism, user, password, tls)


def _validate_combination(settings: Settings, user: str | None, password: str | None) -> None:
    """Raise `UsageError` for missing and for unused settings, which would suggest a protection that is not there."""
    protocol = settings.kafka_security_protocol
    if protocol.startswith("SASL"):
        if user is None or password is None:
            missing = "STORYWATCH_KAFKA_USERNAME" if user is None else "STORYWATCH_KAFKA_PASSWORD or its _FILE"
            raise UsageError(f"STORYWATCH_KAFKA_SECURITY_PROTOCOL is {protocol}, which needs {missing}: set it")
    elif user is not None or password is not None:
        raise UsageError(
            f"a user or password for Kafka is set, but STORYWATCH_KAFKA_SECURITY_PROTOCOL is {protocol}, which sends "
            f"neither: set it to SASL_SSL"
        )
    if not protocol.endswith("SSL") and (settings.kafka_ca_file or settings.kafka_cert_file):
        raise UsageError(
            f"a certificate file for Kafka is set, but STORYWATCH_KAFKA_SECURITY_PROTOCOL is {protocol}, which is not "
            f"encrypted: set it to SASL_SSL or SSL"
        )
    if settings.kafka_key_file is not None and settings.kafka_cert_file is None:
        raise UsageError("STORYWATCH_KAFKA_KEY_FILE is set without STORYWATCH_KAFKA_CERT_FILE, to which it belongs")


def elasticsearch_access(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of the clients of Elasticsearch, sync and async. Raises `UsageError` as `kafka_access` does.

    The URL may hold a user and password instead of an API key.
    """
    options: dict[str, Any] = {}
    url = urlsplit(settings.elasticsearch)
    key = secret("ELASTICSEARCH_API_KEY", settings.elasticsearch_api_key, settings.elasticsearch_api_key_file)
    if key is not None:
        if url.username or url.password:
            raise UsageError(
                "STORYWATCH_ELASTICSEARCH holds a user and STORYWATCH_ELASTICSEARCH_API_KEY is set: leave one of them"
            )
        options["api_key"] = key
    if url.scheme == "https":
        options["ssl_context"] = _ca_context("ELASTICSEARCH_CA_FILE", settings.elasticsearch_ca_file)
    elif settings.elasticsearch_ca_file is not None:
        raise UsageError(
            "STORYWATCH_ELASTICSEARCH_CA_FILE is set, but STORYWATCH_ELASTICSEARCH does not begin with https://"
        )
    return options


def secret(name: str, given: SecretStr | None, file: Path | None) -> str | None:
    """The secret: the value itself, or the content of the file without its line end; None without either."""
    value = given.get_secret_value() if given is not None else None
    if file is None:
        return value
    if value is not None:
        raise UsageError(f"STORYWATCH_{name} and STORYWATCH_{name}_FILE are both set: leave one of them")
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_SECRET_BYTES + 1)
        text = raw.decode().strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"STORYWATCH_{name}_FILE: {file} cannot be read ({reason})") from error
    if not text or "\n" in text or len(raw) > MAX_SECRET_BYTES:
        raise UsageError(f"STORYWATCH_{name}_FILE: {file} has to hold the secret alone, on one line")
    return text


def _ca_context(name: str, authorities: Path | None) -> ssl.SSLContext:
    """A context that verifies the certificate and name of the server, by the authorities of the system or the file."""
    try:
        return ssl.create_default_context(cafile=None if authorities is None else str(authorities))
    except (OSError, ValueError) as error:  # an ssl.SSLError is an OSError
        raise UsageError(
            f"STORYWATCH_{name}: {authorities} holds no certificates in PEM form that can be read ({_why(error)})"
        ) from error


def _load_client_certificate(tls: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    try:
        # without a password argument, OpenSSL would ask the terminal for the password of an encrypted key
        tls.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"STORYWATCH_KAFKA_CERT_FILE: {certificate} and its key ({key or 'in the same file'}) cannot be used: "
            f"{_why(error)}; both have to be in PEM form, the key without a password"
        ) from error


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
