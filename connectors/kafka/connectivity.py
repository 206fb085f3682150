"""Checks that Kafka is reachable and accepts our credentials; explains in one line if not.

Kafka's clients retry for a while and then report only that they failed. `diagnose` opens one connection and reports
why. aiokafka is imported where it is used: a command that only probes an address starts in half the time.
"""

import asyncio
import logging
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from connectors.connectivity import failure_reason, probe
from streams.contract.errors import FatalError, StorywatchError, Unavailable, UsageError
from streams.runtime.credentials import KafkaAccess, kafka_access
from streams.runtime.settings import Settings

ANSWER_SECONDS = 5.0  # a broker on the same network answers in milliseconds; a person waits for this
CLOSE_SECONDS = 1.0  # for the closing handshake of TLS

# Kafka 2.1 introduced these and current clients rely on them: (request, minimum version, name)
REQUIRED_REQUESTS = ((0, 7, "Produce"), (1, 10, "Fetch"), (2, 4, "ListOffsets"), (8, 6, "OffsetCommit"))
OLDEST_VERSION = "2.1"

# the protocol is an operator's choice; aiokafka warns on each connection
logging.getLogger("aiokafka.conn").addFilter(lambda record: "in the clear" not in record.getMessage())


def unreachable(settings: Settings, error: Exception) -> Unavailable:
    """The error to raise when no address of Kafka accepts a connection."""
    return Unavailable(
        f"Kafka does not answer at {settings.kafka} ({failure_reason(error)}). Start one with `storywatch up` (the "
        f"real stack: `storywatch up --real`), or set STORYWATCH_KAFKA to its address"
    )


def verify_reachable(settings: Settings) -> None:
    """Raises `Unavailable` when no address accepts a TCP connection within a few seconds."""
    error = probe([_address(one) for one in settings.kafka.split(",")])
    if error is not None:
        raise unreachable(settings, error)


def _address(text: str) -> tuple[str, int]:
    """Host and port. Raises `UsageError`."""
    host, _, port = text.strip().rpartition(":")
    try:
        return host.strip("[]"), int(port)
    except ValueError as error:
        raise UsageError(f"STORYWATCH_KAFKA: {text.strip()!r} is not host:port") from error


def verify_access(settings: Settings) -> None:
    """Raises an error when no server accepts us, or when the one that does is too old.

    `Unavailable` when no server answers, `FatalError` for refused credentials, `UsageError` for other settings that do
    not match the server.
    """
    error = diagnose(settings)
    if error is not None:
        raise error


def diagnose(settings: Settings) -> StorywatchError | None:
    """The error that `verify_access` raises; None when Kafka can be used. For callers whose client has failed."""
    # in a thread of its own, because the caller may run in an event loop
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(lambda: asyncio.run(diagnose_async(settings))).result()


async def diagnose_async(settings: Settings) -> StorywatchError | None:
    """`diagnose` as a coroutine. Asks the first server that is reachable: the others belong to the same cluster."""
    from aiokafka.errors import KafkaError

    try:
        access = kafka_access(settings)
        addresses = {one.strip(): _address(one) for one in settings.kafka.split(",")}
    except UsageError as error:
        return error
    failure: Exception = ValueError("no address")
    for text, (host, port) in addresses.items():
        try:
            return await asyncio.wait_for(_log_in(text, host, port, access), ANSWER_SECONDS)
        except (ConnectionResetError, ssl.SSLError, KafkaError) as error:
            return _explain_refusal(text, access, error)
        except (OSError, ValueError, OverflowError, TimeoutError) as error:
            failure = error
    return unreachable(settings, failure)


async def _log_in(address: str, host: str, port: int, access: KafkaAccess) -> StorywatchError | None:
    """Connects, logs in, asks for the supported versions, and sends a request that requires authentication."""
    from aiokafka.conn import create_conn
    from aiokafka.protocol.admin import ApiVersionRequest
    from aiokafka.protocol.metadata import MetadataRequest

    connection: Any = await create_conn(host, port, request_timeout_ms=ANSWER_SECONDS * 1000, **access.options())
    try:
        answer = await connection.send(ApiVersionRequest())
        supported = {key: newest for key, _, newest in answer.api_versions}
        missing = [name for key, minimum, name in REQUIRED_REQUESTS if supported.get(key, -1) < minimum]
        if missing:
            return UsageError(
                f"Kafka at {address} is too old (no {missing[0]} requests of the form that Storywatch sends): it has "
                f"to be {OLDEST_VERSION} or newer"
            )
        await connection.send(MetadataRequest([]))
        return None
    finally:
        await asyncio.wait({connection.close()}, timeout=CLOSE_SECONDS)


def _explain_refusal(address: str, access: KafkaAccess, error: Exception) -> StorywatchError:
    from aiokafka.errors import KafkaConnectionError, SaslAuthenticationFailed, UnsupportedSaslMechanismError

    cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
    if isinstance(error, SaslAuthenticationFailed):
        return FatalError(
            f"Kafka at {address} refuses user {access.user}: check STORYWATCH_KAFKA_USERNAME, "
            f"STORYWATCH_KAFKA_PASSWORD and STORYWATCH_KAFKA_SASL_MECHANISM (it is {access.mechanism})"
        )
    if isinstance(error, UnsupportedSaslMechanismError):
        return UsageError(
            f"Kafka at {address} does not take passwords by {access.mechanism}: set STORYWATCH_KAFKA_SASL_MECHANISM to "
            f"what its listener has"
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        return UsageError(
            f"no trusted connection to Kafka at {address}: {cause.verify_message}. STORYWATCH_KAFKA_CA_FILE has to "
            f"hold the authority that vouches for it"
        )
    if isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or ""):
        return UsageError(
            f"Kafka at {address} does not accept our certificate ({_readable(cause)}): check "
            f"STORYWATCH_KAFKA_CERT_FILE and STORYWATCH_KAFKA_KEY_FILE"
        )
    if isinstance(error, (ConnectionResetError, KafkaConnectionError, ssl.SSLError)):
        # over TLS the alert that gives the reason may be lost with the connection
        more = "" if access.tls is None else ", and does it ask for a certificate (STORYWATCH_KAFKA_CERT_FILE)?"
        return Unavailable(
            f"Kafka at {address} breaks off the connection: does its listener speak {access.protocol}, as "
            f"STORYWATCH_KAFKA_SECURITY_PROTOCOL says{more or '?'}"
        )
    return Unavailable(f"Kafka at {address} answers with an error: {type(error).__name__}: {error}")


def _readable(error: ssl.SSLError) -> str:
    return (error.reason or "").lower().replace("_", " ")
