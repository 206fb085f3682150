"""A watcher with a clock of its own, and what it publishes and reports."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from connectors.http.net import guarded_client
from connectors.sources.poller import Publish, Summary
from connectors.sources.state_files import FeedStates
from connectors.watch.watcher import Watcher
from streams.contract.messages import RawArticle
from streams.runtime.settings import Settings
from tests.connectors.http.serving import Time

T = TypeVar("T")
START = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)


@dataclass
class Desk:
    """What a watcher is given, and what it gave."""

    folder: Path
    time: Time = field(default_factory=Time)
    got: list[RawArticle] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    allow_private: bool | Sequence[str] = True
    timeout_seconds: float = 5.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.time.now)

    async def publish(self, article: RawArticle) -> None:
        self.got.append(article)

    def once(self, *urls: str, states: FeedStates | None = None, publish: Publish | None = None) -> Summary:
        """One run of a new process."""

        async def run() -> Summary:
            return await self.watch(lambda watcher: watcher.once(urls), states, publish)

        return asyncio.run(run())

    async def watch(
        self, use: Callable[[Watcher], Awaitable[T]], states: FeedStates | None = None, publish: Publish | None = None
    ) -> T:
        settings = Settings(fetch_timeout_seconds=self.timeout_seconds, host_delay_seconds=2.0, user_agent="Newsbot/1")
        async with guarded_client(
            allow_private=self.allow_private, timeout_seconds=self.timeout_seconds, user_agent="Newsbot/1"
        ) as client:
            watcher = Watcher(
                client,
                settings,
                states or FeedStates(self.folder / "feeds"),
                publish or self.publish,
                report=self.said.append,
                now=self.now,
                clock=self.time.clock,
                sleep=self.time.sleep,
                chance=lambda: 0.5,
            )
            return await use(watcher)

    def pages(self) -> list[str]:
        return [article.page().decode() for article in self.got]
