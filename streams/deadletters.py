"""A message that can never pass, and why, in; the headers of its dead letter out. Its value stays as it was."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from streams import __version__
from streams.errors import StorywatchError

MOST_CHARACTERS = 500  # of what strangers wrote: the headers must fit beside the largest message


class _Origin(msgspec.Struct):
    origin: str = ""
    article: "_Origin | None" = None


def headers(stage: str, message: Any, error: StorywatchError) -> dict[str, str]:
    """Where the message came from (stage, topic, partition, offset, origin), what is wrong with it, and when.

    ``message`` is Faust's, with the raw value.
    """
    return {
        "stage": stage,
        "error": type(error).__name__,
        "reason": str(error)[:MOST_CHARACTERS],
        "topic": message.topic,
        "partition": str(message.partition),
        "offset": str(message.offset),
        "time": datetime.now(UTC).isoformat(),
        "version": __version__,
        "origin": _origin(message.value)[:MOST_CHARACTERS],
    }


def _origin(value: bytes | None) -> str:
    """What the sender called the input, as far as the bytes can be read."""
    try:
        found = msgspec.json.decode(value or b"{}", type=_Origin)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return found.origin or (found.article.origin if found.article else "")
