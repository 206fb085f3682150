"""The watched sources and what workers say of them, followed in Kafka."""

from datetime import datetime

from connectors.kafka.following import Following
from connectors.views.sources import SourceHealth, assess_all
from streams.contract import topics
from streams.contract.messages import SourceStatus, WatchedSource
from streams.runtime.settings import Settings


class Watched:
    """Follows both topics while a server runs."""

    def __init__(self, settings: Settings) -> None:
        self._sources: dict[str, WatchedSource] = {}
        self._statuses: dict[str, SourceStatus] = {}
        self._following = (
            Following(settings, topics.SOURCES, WatchedSource, self._sources),
            Following(settings, topics.STATUS, SourceStatus, self._statuses),
        )

    def assess(self, now: datetime) -> list[SourceHealth]:
        """All sources, those that need a look first. Raises `Unavailable` until they have been read."""
        for one in self._following:
            one.check_loaded()
        return assess_all(list(self._sources.values()), self._statuses, now)

    async def start(self) -> None:
        for one in self._following:
            await one.start()

    async def stop(self) -> None:
        for one in self._following:
            await one.stop()
