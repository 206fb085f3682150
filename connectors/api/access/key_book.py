"""The known API keys, followed in Kafka: a key that is added or revoked counts in every process within a second."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from connectors.api.access.keys import is_text_of, key_id
from connectors.kafka.following import Following
from streams.contract import topics
from streams.contract.errors import StorywatchError, Unavailable
from streams.contract.messages import ApiKey, KeyUse
from streams.runtime.settings import Settings

log = structlog.get_logger("storywatch.serve")

USE_NOTED = timedelta(minutes=10)  # the last use of a key is known to this, at a message in that time for each key

SendUse = Callable[[KeyUse], Awaitable[None]]


class KeyBook:
    """Finds keys by their text, and notes their use."""

    def __init__(self, settings: Settings, send_use: SendUse) -> None:
        self._send_use = send_use
        self._keys: dict[str, ApiKey] = {}
        self._noted: dict[str, datetime] = {}
        self._notes: set[asyncio.Task[None]] = set()
        self._following = Following(settings, topics.API_KEYS, ApiKey, self._keys)

    async def start(self) -> None:
        """Begin to read the keys in the background."""
        await self._following.start()

    @property
    def loaded(self) -> bool:
        """Whether all keys have been read once."""
        return self._following.loaded

    def find(self, text: str, now: datetime) -> ApiKey | None:
        """The key with this text, also an expired one; None for an unknown, revoked or invalid one.

        Raises `Unavailable` until the keys have been read.
        """
        key = self._known(key_id(text) or "", now)
        return key if key is not None and is_text_of(key, text) else None

    def by_id(self, id_: str, now: datetime) -> ApiKey | None:
        """The key with this id, if it is valid. Raises `Unavailable` until the keys have been read."""
        key = self._known(id_, now)
        return key if key is not None and (key.expires_at is None or key.expires_at > now) else None

    def _known(self, id_: str, now: datetime) -> ApiKey | None:
        if not self.loaded:
            raise Unavailable("the API keys have not been read yet")
        key = self._keys.get(id_)
        return None if key is None or (key.revoked_at is not None and key.revoked_at <= now) else key

    def has(self, key: ApiKey, now: datetime) -> bool:
        """Whether a key that was valid still is."""
        known = self._keys.get(key.id)
        return known is not None and all(at is None or at > now for at in (known.revoked_at, known.expires_at))

    def note_use(self, key: ApiKey, now: datetime) -> None:
        """Send the use of a key on if the last one that was sent is older than `USE_NOTED`."""
        if now - self._noted.get(key.id, datetime.min.replace(tzinfo=now.tzinfo)) < USE_NOTED:
            return
        self._noted[key.id] = now
        task = asyncio.create_task(self._send_quietly(KeyUse(key=key.id, at=now)))
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    async def _send_quietly(self, use: KeyUse) -> None:
        try:
            await self._send_use(use)
        except StorywatchError as error:
            self._noted.pop(use.key, None)  # the next request tries again
            log.warning("the use of an API key is not noted", key=use.key, reason=str(error))

    async def stop(self) -> None:
        await self._following.stop()
        if self._notes:
            await asyncio.wait(self._notes)
