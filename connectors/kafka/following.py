"""Follows a compacted topic in the background, and begins again and again while Kafka is away."""

import asyncio
import contextlib
from collections.abc import MutableMapping
from typing import Any

import structlog

from connectors.kafka.broadcast import KafkaBroadcast
from streams.contract.errors import StorywatchError, Unavailable
from streams.contract.messages import Message
from streams.contract.topics import Topic
from streams.runtime.settings import Settings

log = structlog.get_logger("storywatch.serve")

START_AGAIN_SECONDS = 2.0


class Following:
    """A `KafkaBroadcast` whose `start` returns at once. ``loaded``: whether the topic was read to its end once."""

    def __init__(
        self, settings: Settings, topic: Topic, carries: type[Message], values: MutableMapping[str, Any]
    ) -> None:
        self._settings = settings
        self._topic = topic
        self._carries = carries
        self._values = values
        self._broadcast: KafkaBroadcast[MutableMapping[str, Any]] | None = None
        self._task: asyncio.Task[None] | None = None
        self._loaded = asyncio.Event()

    @property
    def loaded(self) -> bool:
        return self._loaded.is_set()

    def check_loaded(self) -> None:
        """Raise `Unavailable` until the topic was read to its end once: what is missing may be there."""
        if not self.loaded:
            raise Unavailable(f"{self._topic.base} has not been read yet")

    async def until_loaded(self) -> None:
        await self._loaded.wait()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._load())

    async def _load(self) -> None:
        while not self.loaded:
            broadcast = KafkaBroadcast(self._settings, self._topic, self._carries, self._values)
            try:
                await broadcast.start()
            except StorywatchError as error:
                log.warning("a topic cannot be read yet", topic=self._topic.base, reason=str(error))
                await broadcast.stop()
                await asyncio.sleep(START_AGAIN_SECONDS)
                continue
            self._broadcast = broadcast
            self._loaded.set()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._broadcast is not None:
            await self._broadcast.stop()
