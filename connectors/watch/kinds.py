"""All kinds of sources, put together with what they share: HTTP client, pauses, robots.txt, holds and sandbox."""

import asyncio
import random
import time
from collections.abc import Callable
from datetime import datetime

import httpx

from connectors.feeds.feed_kind import FeedKind
from connectors.feeds.parse.sandbox import Sandbox
from connectors.http.fetch import Fetched, Sleep
from connectors.http.holds import Holds
from connectors.http.polite import MAX_REQUESTS, Clock, HostPacer, Robots
from connectors.kafka.topic_kind import FOLLOW_SECONDS, TopicKind
from connectors.mail.mailbox_kind import MailboxKind
from connectors.sources.discover import Discovery, Site
from connectors.sources.kind import Kind
from connectors.sources.poller import Poller, Report
from streams.contract.errors import Rejected
from streams.runtime.settings import Settings


class Reading:
    """A poller for sources of all kinds. ``client`` is a `connectors.http.net.guarded_client`.

    ``trial``: polls change nothing, not even offsets in Kafka.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        settings: Settings,
        *,
        report: Report,
        now: Callable[[], datetime],
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        max_requests: int = MAX_REQUESTS,
        holds: Holds | None = None,
        trial: bool = False,
    ) -> None:
        self._client = client
        self._sandbox = Sandbox()
        self._timeout_seconds = settings.fetch_timeout_seconds
        held = holds or Holds(now)
        pacer = HostPacer(
            settings.host_delay_seconds, gate=held.gate, max_requests=max_requests, clock=clock, sleep=sleep
        )
        self._pacer = pacer
        self._robots = Robots(
            client,
            pacer,
            user_agent=settings.user_agent,
            timeout_seconds=settings.fetch_timeout_seconds,
            clock=clock,
        )
        self._mailboxes = MailboxKind(settings, report=report, now=now)
        kinds: dict[str, Kind] = {
            "feed": FeedKind(
                client, settings, self._sandbox, pacer, self._robots, held, report=report, now=now, sleep=sleep
            ),
            "mailbox": self._mailboxes,
            "topic": TopicKind(
                settings,
                report=report,
                follow_seconds=0 if trial else FOLLOW_SECONDS,
                commits=not trial,
            ),
        }
        self.poller = Poller(kinds, held, report=report, now=now, chance=chance)

    async def discover(self, url: str) -> Discovery:
        """The feeds of the site at an address. Raises as `connectors.sources.discover.Site.discover`."""
        site = Site(self._client, self._pacer, self._robots, self._is_feed, timeout_seconds=self._timeout_seconds)
        return await site.discover(url)

    async def _is_feed(self, answer: Fetched) -> bool:
        try:
            await self._sandbox.parse(
                answer.content, url=answer.url, content_type=answer.content_type, charset=answer.charset
            )
        except Rejected:
            return False
        return True

    async def close(self) -> None:
        """End its processes, and close the client."""
        self._mailboxes.close()
        await self._sandbox.close()
        await self._client.aclose()
