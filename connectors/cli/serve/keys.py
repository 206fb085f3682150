"""API keys in Kafka: saving, reading and revoking them, and printing them without their hashes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from connectors.audit import writing as audit
from connectors.audit.writing import Edit
from connectors.cli.common import connect, output
from connectors.cli.common.user import current_user
from connectors.kafka.reader import Reader
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import ApiKey, KeyUse, Message
from streams.contract.topics import Topic
from streams.runtime.settings import Settings

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class KeyEntry:
    """A key, and when it was last used, to some minutes; None: never."""

    key: ApiKey
    used_at: datetime | None

    def state(self, now: datetime) -> str:
        if self.key.revoked_at is not None:
            return "revoked"
        return "expired" if self.key.expires_at is not None and self.key.expires_at <= now else "valid"


def save(settings: Settings, key: ApiKey, before: ApiKey | None = None) -> None:
    """Save a key that is new, or that was ``before``, after its entry in the audit log. Raises `Unavailable`."""
    connect.check_topics(settings, topics.API_KEYS, topics.AUDIT)
    audit.write(settings, AUDITED, [Edit(before, key)], by=current_user())


def _view(key: ApiKey) -> dict[str, Any]:
    return {"scopes": key.scopes, "expires": key.expires_at, "revoked": key.revoked_at}


AUDITED = audit.Audited(topics.API_KEYS, "key", _view, lambda key: key.name)


def read_all(settings: Settings) -> list[KeyEntry]:
    """All keys, the oldest first. Raises `Unavailable`, and `UsageError` before `storywatch init`."""
    connect.check_topics(settings, topics.API_KEYS, topics.KEY_USES)
    uses = _latest(settings, topics.KEY_USES, KeyUse)
    keys = _latest(settings, topics.API_KEYS, ApiKey)
    found = [KeyEntry(key, uses[id_].at if id_ in uses else None) for id_, key in keys.items()]
    return sorted(found, key=lambda one: (one.key.created_at, one.key.id))


def _latest(settings: Settings, topic: Topic, kind: type[M]) -> Mapping[str, M]:
    values: dict[str, M] = {}
    with Reader(settings, [topic]) as reader:
        for record in reader.read_to_end():
            id_ = (record.key or b"").decode(errors="replace")
            try:
                values[id_] = decode(record.value, kind)
            except Undecodable as error:
                output.error(f"{topic.base}: {id_} cannot be read: {error}")
    return values


def find(settings: Settings, wanted: str) -> ApiKey:
    """The key with this id or name. Raises `UsageError` if there is none or more than one."""
    entries = read_all(settings)
    found = [one.key for one in entries if one.key.id == wanted]
    found = found or [one.key for one in entries if one.key.name == wanted and one.key.revoked_at is None]
    if not found:
        raise UsageError(f"there is no API key {wanted!r}: `storywatch key list` shows them")
    if len(found) > 1:
        raise UsageError(f"{len(found)} API keys have the name {wanted!r}: give the id, such as {found[0].id}")
    return found[0]


def revoke(settings: Settings, key: ApiKey, now: datetime) -> ApiKey:
    """Revoke a key, once. Raises `Unavailable`."""
    revoked = key if key.revoked_at is not None else replace(key, revoked_at=now)
    save(settings, revoked, key)
    return revoked


def report(entry: KeyEntry, now: datetime) -> dict[str, Any]:
    """The key as a JSON object."""
    key = entry.key
    return {
        "id": key.id,
        "name": key.name,
        "scopes": key.scopes,
        "state": entry.state(now),
        "created": key.created_at,
        "expires": key.expires_at,
        "revoked": key.revoked_at,
        "last_used": entry.used_at,
    }
