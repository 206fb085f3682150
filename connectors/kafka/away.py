"""Settings -> whether a server of Kafka takes a connection, and the line for when none does."""

from connectors.failure import why
from connectors.knock import probe
from streams.contract.errors import Unavailable, UsageError
from streams.runtime.settings import Settings


def not_there(settings: Settings, error: Exception) -> Unavailable:
    return Unavailable(
        f"Kafka does not answer at {settings.kafka} ({why(error)}). Start one with `storywatch up` (the "
        f"real stack: `storywatch up --real`), or set STORYWATCH_KAFKA to its address"
    )


def check_listens(settings: Settings) -> None:
    """Raises `Unavailable` when none of its addresses takes a connection, in some seconds."""
    error = probe([_address(one.strip()) for one in settings.kafka.split(",")])
    if error is not None:
        raise not_there(settings, error)


def _address(text: str) -> tuple[str, int]:
    """Of a setting that has been checked."""
    host, _, port = text.rpartition(":")
    try:
        return host.strip("[]"), int(port)
    except ValueError as error:
        raise UsageError(f"STORYWATCH_KAFKA: {text!r} is not host:port") from error
