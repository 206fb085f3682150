"""Encodes messages for Kafka and decodes them, alike for every topic; errors say in one line what is wrong."""

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from streams.contract.errors import Rejected, TooLarge, Undecodable
from streams.contract.messages import MAX_VALUE_BYTES, SCHEMA, Alert, Deliverable, Message, SourceNotice
from streams.contract.validation import fault

_encoder = msgspec.json.Encoder()
_decoders: dict[type[Message], msgspec.json.Decoder[Any]] = {}


class _Version(Struct):
    schema: Annotated[int, Meta(ge=1)]


class _Variant(Struct):
    notice: str | None = None  # the tag of a `SourceNotice`; an `Alert` has none


_version = msgspec.json.Decoder(_Version)
_variant = msgspec.json.Decoder(_Variant)


def encode(message: Message) -> bytes:
    """JSON. Raises `TooLarge` if the message does not fit a Kafka record, `Rejected` if a text has a lone surrogate."""
    try:
        value = _encoder.encode(message)
    except UnicodeEncodeError as error:
        raise Rejected(f"{type(message).__name__} holds half a character, which no JSON can carry: {error}") from error
    if len(value) > MAX_VALUE_BYTES:
        raise TooLarge(
            f"{type(message).__name__} of {len(value):,} bytes does not fit a Kafka message of {MAX_VALUE_BYTES:,}"
        )
    return value


M = TypeVar("M", bound=Message)


def decode(value: bytes | None, kind: type[M]) -> M:
    """The message of type ``kind`` in ``value``. Raises `Undecodable` with one line that says what is wrong."""
    if value is None:
        raise Undecodable("the message has no value")
    exact = _deliverable(value) if kind is Deliverable else kind
    decoder = _decoders.get(exact)
    if decoder is None:
        decoder = _decoders[exact] = msgspec.json.Decoder(exact)
    try:
        message: M = decoder.decode(value)
    except RecursionError as error:
        raise Undecodable(f"not {_a(exact)} message: nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Undecodable(_explain(value, exact, error)) from error
    if message.schema > SCHEMA:
        raise Undecodable(
            f"schema version {message.schema} is newer than {SCHEMA}, which this code knows: update this worker"
        )
    return message


def _deliverable(value: bytes) -> type[Deliverable]:
    """The type of a message about which is only known that it is delivered."""
    try:
        return Alert if _variant.decode(value).notice is None else SourceNotice
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Alert  # whose decoder says what is wrong


def _a(kind: type[Message]) -> str:
    return f"{'an' if kind.__name__[0] in 'AEIO' else 'a'} {kind.__name__}"


def _explain(value: bytes, kind: type[Message], error: Exception) -> str:
    """A newer schema may lack or change fields: then its version is the reason, not the field."""
    reason = fault(error) if isinstance(error, msgspec.ValidationError) else error
    try:
        schema = _version.decode(value).schema
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"not {_a(kind)} message: {reason}"
    if schema > SCHEMA:
        return f"schema version {schema} is newer than {SCHEMA}, which this code knows: update this worker"
    return f"not {_a(kind)} message: {reason}"
