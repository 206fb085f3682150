"""The known API keys, followed in Kafka: a key that is added or revoked counts in every process within a second."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from connectors.api.access.keys import is_text_of, key_id
from connectors.kafka.broadcast import KafkaBroadcast
from streams.contract import topics
from streams.contract.errors import StorywatchError, Unavailable
from streams.contract.messages import ApiKey, KeyUse
from streams.runtime.settings import Settings

log = structlog.get_logger("storywatch.serve")

USE_NOTED = timedelta(minutes=10)  # the last use of a key is known to this, at a message in that time for each key
START_AGAIN_SECONDS = 2.0

SendUse = Callable[[KeyUse], Awaitable[None]]


class KeyBook:
    """Finds keys by their text, and notes their use."""

    def __init__(self, settings: Settings, send_use: SendUse) -> None:
        self._settings = settings
        self._send_use = send_use
        self._keys: dict[str, ApiKey] = {}
        self._noted: dict[str, datetime] = {}
        self._notes: set[asyncio.Task[None]] = set()
        self._broadcast: KafkaBroadcast[dict[str, ApiKey]] | None = None
        self._task: asyncio.Task[None] | None = None
        self.loaded = False  # whether all keys have been read once

    async def start(self) -> None:
        """Begin to read the keys in the background, for as long as Kafka is away again and again."""
        self._task = asyncio.create_task(self._load())

    async def _load(self) -> None:
        while not self.loaded:
            broadcast = KafkaBroadcast(self._settings, topics.API_KEYS, ApiKey, self._keys)
            try:
                await broadcast.start()
            except StorywatchError as error:
                log.warning("API keys cannot be read yet", reason=str(error))
                await broadcast.stop()
                await asyncio.sleep(START_AGAIN_SECONDS)
                continue
            self._broadcast = broadcast
            self.loaded = True

    def find(self, text: str, now: datetime) -> ApiKey | None:
        """The key with this text, also an expired one; None for an unknown, revoked or invalid one.

        Raises `Unavailable` until the keys have been read.
        """
        if not self.loaded:
            raise Unavailable("the API keys have not been read yet")
        key = self._keys.get(key_id(text) or "")
        if key is None or not is_text_of(key, text) or (key.revoked_at is not None and key.revoked_at <= now):
            return None
        return key

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
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._broadcast is not None:
            await self._broadcast.stop()
        if self._notes:
            await asyncio.wait(self._notes)
