"""API keys as text: ``sw_ID_SECRET``, made once, and recognised by a hash afterwards.

The secret is 256 random bits, so a plain SHA-256 of the key is enough: there is nothing to guess, and a slow hash would
only slow requests down.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from streams.contract.messages import ApiKey, Scope

ID_BYTES = 6  # of the id, which is public: a collision is unlikely, and it is short enough to type
SECRET_BYTES = 32
_KEY = re.compile(r"sw_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_INCLUDED = {Scope.ADMIN: frozenset(Scope), Scope.DESK: frozenset({Scope.DESK, Scope.READ})}


def make_key(name: str, scopes: Sequence[Scope], now: datetime, expires_at: datetime | None) -> tuple[ApiKey, str]:
    """A new key: what is stored of it, and its text, which cannot be had again."""
    id_ = secrets.token_hex(ID_BYTES)
    text = f"sw_{id_}_{secrets.token_urlsafe(SECRET_BYTES)}"
    key = ApiKey(id=id_, name=name, hash=_hash(text), scopes=tuple(scopes), created_at=now, expires_at=expires_at)
    return key, text


def key_id(text: str) -> str | None:
    """The id in the text of a key; None if it cannot be one."""
    found = _KEY.fullmatch(text)
    return found.group(1) if found else None


def is_text_of(key: ApiKey, text: str) -> bool:
    """Whether this is the key's text. The time that this takes does not depend on where the two differ."""
    return hmac.compare_digest(key.hash, _hash(text))


def allows(key: ApiKey, scope: Scope) -> bool:
    """Whether a key has a scope, itself or as a part of another one."""
    return any(scope in _INCLUDED.get(one, {one}) for one in key.scopes)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
