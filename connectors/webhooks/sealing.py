"""Encrypts a webhook's URL and secrets in `tracks.v1` and `receivers.v1`, where a key is set.

Fernet of the package ``cryptography``: AES-128 in CBC mode with HMAC-SHA256. Several keys allow rotation: the first
encrypts, all decrypt. https://github.com/fernet/spec
"""

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.receivers import origin, receiver_id
from streams.contract.errors import UsageError
from streams.contract.messages import Webhook
from streams.runtime.credentials import secret

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

    from streams.runtime.settings import Settings

NAMES = "STORYWATCH_SECRETS_KEY or STORYWATCH_SECRETS_KEY_FILE"


class _Sealed(Struct, frozen=True):
    url: str
    secret: str
    former_secret: str = ""


class Seal:
    """Encrypts and decrypts webhooks. Without keys nothing is encrypted, and nothing can be decrypted."""

    def __init__(self, keys: str | None) -> None:
        """``keys``: separated by commas or blanks. Raises `UsageError`, without the key, for an invalid one."""
        self._box = None if keys is None else _box(keys)

    @classmethod
    def of(cls, settings: "Settings") -> "Seal":
        """The seal with the keys of the settings. Raises `UsageError` for an invalid key or an unreadable file."""
        return cls(secret("SECRETS_KEY", settings.secrets_key, settings.secrets_key_file))

    @property
    def has_key(self) -> bool:
        return self._box is not None

    def close(self, webhook: Webhook) -> Webhook:
        """The webhook as it is stored: encrypted if there is a key, else unchanged."""
        if self._box is None or webhook.sealed:
            return webhook
        whole = msgspec.json.encode(_Sealed(webhook.url, webhook.secret, webhook.former_secret))
        sealed = self._box.encrypt(whole).decode()
        receiver = receiver_id(webhook)
        return replace(webhook, url=origin(webhook.url), secret="", former_secret="", receiver=receiver, sealed=sealed)

    def open(self, webhook: Webhook) -> Webhook:
        """The webhook with its URL and secret. Raises `UsageError`, which names the setting, without its key."""
        if not webhook.sealed:
            return webhook
        if self._box is None:
            raise UsageError(
                f"the webhook at {webhook.url} is encrypted: set {NAMES} to the key that it was stored with"
            )
        from cryptography.fernet import InvalidToken

        try:
            opened = msgspec.json.decode(self._box.decrypt(webhook.sealed), type=_Sealed)
        except (InvalidToken, msgspec.DecodeError) as error:
            raise UsageError(
                f"the webhook at {webhook.url} is encrypted with another key: add that one to {NAMES}, after the first"
            ) from error
        return replace(
            webhook,
            url=opened.url,
            secret=opened.secret,
            former_secret=opened.former_secret,
            receiver="",
            sealed="",
        )


def new_key() -> str:
    """A key of 32 random bytes in URL-safe base64."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def _box(keys: str) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet

    try:
        return MultiFernet([Fernet(key) for key in keys.replace(",", " ").split()])
    except ValueError as error:
        raise UsageError(
            f"{NAMES} holds no key: it is 32 bytes in URL-safe base64, e.g. `openssl rand -base64 32 | tr +/ -_`"
        ) from error
