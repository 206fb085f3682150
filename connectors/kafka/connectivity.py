"""Settings in; nothing out when Kafka lets us in, else one line on what is in the way: network, TLS, password, age.

Kafka's clients try for a while and then say only that they could not. This makes one connection and says why.
"""

import asyncio
import logging
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError, SaslAuthenticationFailed, UnsupportedSaslMechanismError
from aiokafka.protocol.admin import ApiVersionRequest
from aiokafka.protocol.metadata import MetadataRequest

from connectors.kafka.away import not_there
from streams.contract.errors import FatalError, StorywatchError, Unavailable, UsageError
from streams.runtime.credentials import KafkaAccess, kafka_access
from streams.runtime.settings import Settings

ANSWER_SECONDS = 5.0  # a broker on the same network answers in milliseconds; a person waits for this
CLOSE_SECONDS = 1.0  # for the last words of TLS

# what Kafka 2.1 brought and its clients of today rely on: (request, least version, its name)
NEEDED = ((0, 7, "Produce"), (1, 10, "Fetch"), (2, 4, "ListOffsets"), (8, 6, "OffsetCommit"))
OLDEST = "2.1"

logging.getLogger("aiokafka.conn").addFilter(lambda record: "in the clear" not in record.getMessage())


def verify_access(settings: Settings) -> None:
    """Raises one error with one line when no server lets us in or the one that does is too old.

    `Unavailable` when none answers, `FatalError` for a refused password, `UsageError` for other settings that do not
    fit.
    """
    error = reason(settings)
    if error is not None:
        raise error


def reason(settings: Settings) -> StorywatchError | None:
    """What `verify_access` raises, for whoever has seen a client fail already; None when all is well by now."""
    # a thread of its own, because the caller may stand in a running loop
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(ask(settings))).result()


async def ask(settings: Settings) -> StorywatchError | None:
    """`reason`, in a loop. Of the first server that can be reached: the others belong to the same cluster."""
    try:
        access = kafka_access(settings)
    except UsageError as error:
        return error
    failure: Exception = ValueError("no address")
    for address in settings.kafka.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            return await asyncio.wait_for(_enter(address.strip(), host.strip("[]"), int(port), access), ANSWER_SECONDS)
        except (ConnectionResetError, ssl.SSLError, KafkaError) as error:
            return _explain(address.strip(), access, error)
        except (OSError, ValueError, OverflowError, TimeoutError) as error:
            failure = error
    return not_there(settings, failure)


async def _enter(address: str, host: str, port: int, access: KafkaAccess) -> StorywatchError | None:
    """Connect, log in, ask what the server can do, and ask it something that only those who are let in may ask."""
    connection: Any = await create_conn(host, port, request_timeout_ms=ANSWER_SECONDS * 1000, **access.options())
    try:
        answer = await connection.send(ApiVersionRequest())
        offered = {key: most for key, _, most in answer.api_versions}
        old = [name for key, least, name in NEEDED if offered.get(key, -1) < least]
        if old:
            return UsageError(
                f"Kafka at {address} is too old (no {old[0]} requests of the form that Storywatch sends): it has to be "
                f"{OLDEST} or newer"
            )
        await connection.send(MetadataRequest([]))
        return None
    finally:
        await asyncio.wait({connection.close()}, timeout=CLOSE_SECONDS)


def _explain(address: str, access: KafkaAccess, error: Exception) -> StorywatchError:
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
            f"Kafka at {address} does not accept our certificate ({_spoken(cause)}): check STORYWATCH_KAFKA_CERT_FILE "
            f"and STORYWATCH_KAFKA_KEY_FILE"
        )
    if isinstance(error, (ConnectionResetError, KafkaConnectionError, ssl.SSLError)):
        # over TLS the word that says why may be lost with the connection
        more = "" if access.tls is None else ", and does it ask for a certificate (STORYWATCH_KAFKA_CERT_FILE)?"
        return Unavailable(
            f"Kafka at {address} breaks off the connection: does its listener speak {access.protocol}, as "
            f"STORYWATCH_KAFKA_SECURITY_PROTOCOL says{more or '?'}"
        )
    return Unavailable(f"Kafka at {address} answers with an error: {type(error).__name__}: {error}")


def _spoken(error: ssl.SSLError) -> str:
    return (error.reason or "").lower().replace("_", " ")
