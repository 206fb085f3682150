"""Feeds files in their order to a running system, follows each to its story, and records the alerts that fire."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from connectors.cli.demo.local_receiver import LocalReceiver
from connectors.cli.demo.pipeline_follower import PipelineFollower, RejectedInput
from connectors.cli.demo.summary import DemoRun, ReceivedAlert
from connectors.files.read import RefusedInput
from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.webhooks.receiving import Received
from streams.contract import topics
from streams.contract.errors import StorywatchError
from streams.contract.messages import FiledArticle, RawArticle, Track, Webhook, digest
from streams.runtime import topology
from streams.runtime.settings import Settings

ANSWER_SECONDS = 120.0  # an article takes a second; a worker that starts over in between takes some more


@dataclass(frozen=True)
class ArticleFiled:
    """One article reached its story, ``seconds`` after it was sent."""

    input: str
    article: FiledArticle
    seconds: float


@dataclass(frozen=True)
class StoryTracked:
    """A track was made on the story of an article."""

    track: Track
    article: FiledArticle


DemoEvent = ArticleFiled | RejectedInput | StoryTracked | ReceivedAlert
Tell = Callable[[DemoEvent], None]


class ArticleFeed:
    """Feeds articles one after another, each when the one before it has been filed, so that their order holds."""

    def __init__(
        self, settings: Settings, producer: Producer, follower: PipelineFollower, hearing: LocalReceiver, tell: Tell
    ) -> None:
        self._settings = settings
        self._producer = producer
        self._follower = follower
        self._hearing = hearing
        self._tell = tell
        self._sent: dict[str, int] = {}  # arrival -> how often
        self._known: set[str] = set()  # webhook-ids
        self.run = DemoRun([], [], [])

    def feed(self, arrivals: Iterable[RawArticle | RefusedInput], secret: str | None) -> None:
        """Feed all; with ``secret`` the story of the first is tracked, and alerts for it are signed with that."""
        first = True
        for arrival in arrivals:
            if isinstance(arrival, RefusedInput):
                self._end(RejectedInput(Path(arrival.origin).name, "ingest", arrival.reason))
                continue
            ended = self._one(arrival)
            self._end(ended)
            if first and secret is not None and isinstance(ended, ArticleFiled):
                self._track(ended.article, secret)
            first = False
        self._settle()

    def _one(self, arrival: RawArticle) -> ArticleFiled | RejectedInput:
        started = time.monotonic()
        self._sent[arrival.id] = number = self._sent.get(arrival.id, 0) + 1
        self._producer.send(topics.RAW, replace(arrival, received_at=datetime.now(UTC)))
        while time.monotonic() - started < ANSWER_SECONDS:
            seen = self._follower.pump()
            self._listen()
            if (filed := seen.filed_as(arrival.id, number)) is not None:
                return ArticleFiled(arrival.origin, filed, time.monotonic() - started)
            if (dead := seen.dead_of(arrival.id, arrival.origin)) is not None:
                return RejectedInput(arrival.origin, dead.stage, dead.error)
        raise StorywatchError(f"{arrival.origin} did not come out of the pipeline within {ANSWER_SECONDS:g} s")

    def _end(self, ended: ArticleFiled | RejectedInput) -> None:
        if isinstance(ended, ArticleFiled):
            self.run.filed.append((ended.input, ended.article))
        else:
            self.run.dead.append(ended)
        self._tell(ended)

    def _track(self, article: FiledArticle, secret: str) -> None:
        now = datetime.now(UTC)
        track = Track(
            id=digest("track", article.filing.story, now.isoformat())[:12],
            name="demo",
            created_at=now,
            story=article.filing.story,
            webhook=Webhook(url=self._hearing.url, secret=secret, allow_private=True),
        )
        self._producer.send(topics.TRACKS, track)
        self._tell(StoryTracked(track, article))

    def _settle(self) -> None:
        """Wait until every stage has done all there is, and every alert has reached its receiver."""
        deadline = time.monotonic() + ANSWER_SECONDS
        read = topology.consumer_groups(self._settings)
        while time.monotonic() < deadline:
            seen = self._follower.pump()
            self._listen()
            if not seen.unsettled() and not any(admin.lag(self._settings, read).values()):
                self._follower.pump()
                self._listen()
                if not seen.unsettled():
                    return
        raise StorywatchError(f"the pipeline did not come to rest within {ANSWER_SECONDS:g} s")

    def _listen(self) -> None:
        while not self._hearing.heard.empty():
            received: Received = self._hearing.heard.get()
            if received.id not in self._known:
                self._known.add(received.id)
                heard = ReceivedAlert(received.id, received.at, received.payload)
                self.run.heard.append(heard)
                self._tell(heard)
