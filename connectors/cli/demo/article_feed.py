"""Sends articles in order to a running system, follows each to its story, and records the alerts that fire."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from connectors.cli.demo.local_receiver import LocalReceiver
from connectors.cli.demo.pipeline_follower import PipelineFollower, RejectedInput
from connectors.cli.demo.summary import DemoRun
from connectors.files.read import RefusedInput
from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.webhooks.receiving import Received
from streams.contract import topics
from streams.contract.errors import StorywatchError
from streams.contract.messages import FiledArticle, RawArticle, Track, Webhook, digest
from streams.runtime import topology
from streams.runtime.settings import Settings

ANSWER_SECONDS = 120.0  # an article takes a second; a restart of the worker in between takes longer


@dataclass(frozen=True)
class ArticleFiled:
    """An article was filed in a story ``seconds`` after it was sent."""

    input: str
    article: FiledArticle
    seconds: float


@dataclass(frozen=True)
class StoryTracked:
    """A track was added for the story of an article."""

    track: Track
    article: FiledArticle


DemoEvent = ArticleFiled | RejectedInput | StoryTracked | Received


class ArticleFeed:
    """Sends each article after the one before it has been filed, which keeps their order."""

    def __init__(
        self,
        settings: Settings,
        producer: Producer,
        follower: PipelineFollower,
        receiver: LocalReceiver,
        on_event: Callable[[DemoEvent], None],
    ) -> None:
        self._settings = settings
        self._producer = producer
        self._follower = follower
        self._receiver = receiver
        self._on_event = on_event
        self._sent: dict[str, int] = {}  # arrival -> number of sendings

        self.run = DemoRun([], [], [])

    def feed(self, arrivals: Iterable[RawArticle | RefusedInput], secret: str | None) -> None:
        """Send all articles; with ``secret`` track the story of the first, with alerts signed by it."""
        first = True
        for arrival in arrivals:
            if isinstance(arrival, RefusedInput):
                self._end(RejectedInput(Path(arrival.origin).name, "ingest", arrival.reason))
                continue
            result = self._send(arrival)
            self._end(result)
            if first and secret is not None and isinstance(result, ArticleFiled):
                self._track(result.article, secret)
            first = False
        self._wait_until_idle()

    def _send(self, arrival: RawArticle) -> ArticleFiled | RejectedInput:
        started = time.monotonic()
        self._sent[arrival.id] = number = self._sent.get(arrival.id, 0) + 1
        self._producer.send(topics.RAW, replace(arrival, received_at=datetime.now(UTC)))
        while time.monotonic() - started < ANSWER_SECONDS:
            seen = self._follower.poll()
            self._record_alerts()
            if (filed := seen.filed_as(arrival.id, number)) is not None:
                return ArticleFiled(arrival.origin, filed, time.monotonic() - started)
            if (dead := seen.dead_of(arrival.id, arrival.origin)) is not None:
                return RejectedInput(arrival.origin, dead.stage, dead.error)
        raise StorywatchError(f"{arrival.origin} did not come out of the pipeline within {ANSWER_SECONDS:g} s")

    def _end(self, result: ArticleFiled | RejectedInput) -> None:
        if isinstance(result, ArticleFiled):
            self.run.filed.append((result.input, result.article))
        else:
            self.run.dead.append(result)
        self._on_event(result)

    def _track(self, article: FiledArticle, secret: str) -> None:
        now = datetime.now(UTC)
        track = Track(
            id=digest("track", article.filing.story, now.isoformat())[:12],
            name="demo",
            created_at=now,
            story=article.filing.story,
            webhook=Webhook(url=self._receiver.url, secret=secret, allow_private=True),
        )
        self._producer.send(topics.TRACKS, track)
        self._on_event(StoryTracked(track, article))

    def _wait_until_idle(self) -> None:
        """Wait until every stage has processed all messages and every alert has been delivered."""
        deadline = time.monotonic() + ANSWER_SECONDS
        groups = topology.consumer_groups(self._settings)
        while time.monotonic() < deadline:
            seen = self._follower.poll()
            self._record_alerts()
            if not seen.unsettled() and not any(admin.lag(self._settings, groups).values()):
                self._follower.poll()
                self._record_alerts()
                if not seen.unsettled():
                    return
        raise StorywatchError(f"the pipeline was not idle within {ANSWER_SECONDS:g} s")

    def _record_alerts(self) -> None:
        while not self._receiver.received.empty():
            alert = self._receiver.received.get()
            if not alert.repeat:
                self.run.alerts.append(alert)
                self._on_event(alert)
