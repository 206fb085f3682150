"""Signs webhooks and verifies their signatures: Standard Webhooks 1.0.0.

The signature is HMAC-SHA256 over ``id.timestamp.body``, in base64 after ``v1,``. https://www.standardwebhooks.com
"""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace
from standardwebhooks import Webhook, WebhookVerificationError

from streams.contract import messages
from streams.contract.errors import Rejected, UsageError

PREFIX = "whsec_"
OVERLAP = timedelta(hours=24)  # in which a replaced secret still signs
NEW_SECRET_BYTES = 32  # the length of a SHA-256 digest; more adds no strength
MAX_SIGNATURES_CHARACTERS = 4_000  # of the header: about forty signatures; there are two while a secret is replaced
LEAST_SECRET_BYTES, MOST_SECRET_BYTES = 24, 64  # the limits of the specification
TIMESTAMP, SIGNATURE = "webhook-timestamp", "webhook-signature"
HEADERS = ("webhook-id", TIMESTAMP, SIGNATURE)

_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32,}")  # matches one in 10^14 secrets of 24 random bytes in base64
_SECONDS = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]{43}=")  # the base64 of 32 bytes


def new_secret() -> str:
    """A secret of 32 random bytes, as ``whsec_`` and base64."""
    return _format_secret(secrets.token_bytes(NEW_SECRET_BYTES))


def check_secret(text: str) -> str:
    """The secret in canonical form: ``whsec_`` and padded base64. Prefix and padding are optional in ``text``.

    Raises `UsageError`, which does not show the secret, when the text is not base64 of 24 to 64 bytes. Hexadecimal is
    refused although it is valid base64: its author means other bytes, and no signature would match.
    """
    bare = text.strip().removeprefix(PREFIX)
    if _HEXADECIMAL.fullmatch(bare):
        raise UsageError(
            "not a webhook secret: it is hexadecimal; give the same bytes in base64 (`xxd -r -p | base64`)"
        )
    try:
        key = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not LEAST_SECRET_BYTES <= len(key) <= MOST_SECRET_BYTES:
        raise UsageError(
            f"not a webhook secret: it looks like {PREFIX} and the base64 of"
            f" {LEAST_SECRET_BYTES} to {MOST_SECRET_BYTES} bytes, without quotes,"
            f" e.g. `echo {PREFIX}$(openssl rand -base64 32)`"
        )
    return _format_secret(key)


def with_former_secret(
    made: messages.Webhook, before: messages.Webhook, now: datetime, overlap: timedelta = OVERLAP
) -> messages.Webhook:
    """The changed webhook with the secret that it had, so that both sign for ``overlap``.

    A webhook whose secret did not change keeps the former one that it has.
    """
    if made.secret == before.secret:
        return replace(made, former_secret=before.former_secret, former_until=before.former_until)
    if not before.secret or not overlap:
        return replace(made, former_secret="", former_until=None)
    return replace(made, former_secret=before.secret, former_until=now + overlap)


def sign(secret: str | Sequence[str], message_id: str, timestamp: datetime, body: bytes) -> dict[str, str]:
    """The three headers for ``body``, with one signature for each secret (several: during a rotation).

    Raises `UsageError` for an invalid secret.
    """
    moment = timestamp.astimezone(UTC)  # the package ignores the time zone
    secrets_ = (secret,) if isinstance(secret, str) else secret
    text = body.decode()
    signature = " ".join(Webhook(check_secret(one)).sign(message_id, moment, text) for one in secrets_)
    return dict(zip(HEADERS, (message_id, str(int(moment.timestamp())), signature), strict=True))


def verify(secret: str | Sequence[str], headers: Mapping[str, str], body: bytes) -> None:
    """Verify that one of the secrets signed this body within the last five minutes (several: during a rotation).

    Raises `Rejected` with the reason: a missing header, a time too old or too new, no matching signature.
    """
    given = {name.lower(): value.strip() for name, value in headers.items() if name.lower() in HEADERS}
    missing = [name for name in HEADERS if not given.get(name)]
    if missing:
        raise Rejected(f"not signed: no {' and no '.join(missing)} header")
    if not _SECONDS.fullmatch(given[TIMESTAMP]):
        raise Rejected("bad signature: the webhook-timestamp is no whole number of seconds since 1970")
    given[SIGNATURE] = _well_formed(given[SIGNATURE])
    reason = "no secret to check with"
    for each in (secret,) if isinstance(secret, str) else secret:
        try:
            Webhook(check_secret(each)).verify(body, given, json_parse=False)
        except WebhookVerificationError as error:
            reason = str(error)
        except ValueError:  # of the package, for a body that is not UTF-8
            reason = "malformed signature or body"
        else:
            return
    raise Rejected(f"bad signature: {reason}" if "timestamp" not in reason else reason)


def _well_formed(signatures: str) -> str:
    """The well-formed entries of a signature header; malformed ones are ignored.

    Raises `Rejected` when there are none, or too many.
    """
    if len(signatures) > MAX_SIGNATURES_CHARACTERS:
        raise Rejected("bad signature: malformed signature or body")
    entries = [entry for entry in signatures.split() if _SIGNATURE.fullmatch(entry)]
    if not entries:
        raise Rejected("bad signature: malformed signature or body")
    return " ".join(entries)


def _format_secret(key: bytes) -> str:
    return PREFIX + base64.b64encode(key).decode()
