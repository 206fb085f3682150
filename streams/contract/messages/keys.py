"""Keys of the HTTP API: who may do what until when, and when a key was last used."""

from streams.contract.messages.base import Message, Moment
from streams.contract.scopes import Scope


class ApiKey(Message, frozen=True, kw_only=True):
    """A key, without the key itself. ``hash``: SHA-256 of it, in hexadecimal digits."""

    id: str
    name: str
    hash: str
    scopes: tuple[Scope, ...]
    created_at: Moment
    expires_at: Moment | None = None
    revoked_at: Moment | None = None


class KeyUse(Message, frozen=True, kw_only=True):
    """The latest known use of a key. A message of its own, so that noting a use cannot undo a revocation."""

    key: str
    at: Moment
