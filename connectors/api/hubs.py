"""WebSub in a server: follows the subscriptions, keeps them at their hubs, and has sources polled that have news."""

import asyncio
import contextlib
from datetime import UTC, datetime

from connectors.http.page_client import page_client
from connectors.http.polite import HostPacer
from connectors.kafka.following import Following
from connectors.kafka.shared_producer import SharedProducer
from connectors.websub.subscriber import Subscriber
from connectors.websub.subscriptions import Subscriptions
from streams.contract import topics
from streams.contract.messages import Polled, Subscription, WatchedSource
from streams.contract.urls import host_of
from streams.runtime.settings import Settings


class Hubs:
    """Hubs are asked only by a server with a ``public_url``; every server answers them."""

    def __init__(self, settings: Settings, producer: SharedProducer) -> None:
        self._settings = settings
        self._producer = producer
        self._sources: dict[str, WatchedSource] = {}
        self.subscriptions = Subscriptions(self._send)
        self._following = (
            Following(settings, topics.SOURCES, WatchedSource, self._sources),
            Following(settings, topics.SUBSCRIPTIONS, Subscription, self.subscriptions.values),
        )
        self._task: asyncio.Task[None] | None = None

    async def ping(self, source: str) -> None:
        """Have a source polled now, by the worker that polls it. Raises `Unavailable`."""
        known = self._sources.get(source)
        if known is not None:
            news = Polled(source=source, site=known.site, pinged_at=datetime.now(UTC))
            await asyncio.to_thread(self._producer.send_all, topics.POLLS, [news])

    async def start(self) -> None:
        for one in self._following:
            await one.start()
        if self._settings.public_url is not None:
            self._task = asyncio.create_task(self._subscribe(self._settings.public_url))

    async def _subscribe(self, public_url: str) -> None:
        for one in self._following:
            await one.until_loaded()
        timeout = self._settings.fetch_timeout_seconds
        pacer = HostPacer(self._settings.host_delay_seconds)
        async with page_client(self._settings, allow_private=self._may_be_private) as client:
            subscriber = Subscriber(
                client, pacer, public_url, lambda: self._sources, self.subscriptions, timeout_seconds=timeout
            )
            await subscriber.run()

    def _may_be_private(self, host: str) -> bool:
        return any(one.allow_private and host_of(one.url) == host for one in self._sources.values())

    async def _send(self, changed: Subscription | str) -> None:
        if isinstance(changed, str):
            await asyncio.to_thread(self._producer.remove, topics.SUBSCRIPTIONS, changed)
        else:
            await asyncio.to_thread(self._producer.send_all, topics.SUBSCRIPTIONS, [changed])

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for one in self._following:
            await one.stop()
