"""Takes the articles of one request in: waits for room in the pipeline, and has Kafka confirm them."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.api.problems import AcceptedItem, ItemProblem
from connectors.api.push.articles import ReadArticle
from connectors.kafka.load import PipelineLoad
from connectors.kafka.shared_producer import SharedProducer
from streams.contract import topics
from streams.contract.messages import Lane
from streams.runtime import metrics
from streams.runtime.settings import Settings

LIVE_SLICE = 100  # articles that are sent before the first of them is confirmed
ROOM_SECONDS = 10.0  # how long a request waits for room for old articles
POLL_SECONDS = 0.2

T = TypeVar("T")


@dataclass
class Taken:
    """What came of the items of one request so far."""

    accepted: list[AcceptedItem] = field(default_factory=list)
    errors: list[ItemProblem] = field(default_factory=list)


class NoRoom(Exception):
    """Too much waits in the pipeline to take more in."""


class Intake:
    """Sends articles. Usable by several threads; those with old articles take turns."""

    def __init__(
        self,
        settings: Settings,
        load: PipelineLoad,
        producer: SharedProducer,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._load = load
        self._producer = producer
        self._clock = clock
        self._sleep = sleep
        # as in `Backpressure`: the pipeline is at most half full before, and full after
        self._backfill_slice = max(1, settings.backfill_messages // 2)
        self._backfill = threading.Lock()
        self._backfilled = float("-inf")  # when old articles were last sent

    def take(self, items: Iterable[ReadArticle | ItemProblem], lane: Lane, taken: Taken) -> None:
        """Send the articles among ``items``; ``taken`` is exact also when this raises.

        Raises `NoRoom` while too much waits in the pipeline, `Unavailable` when Kafka does not answer.
        """
        backfill = lane is Lane.BACKFILL
        for some in _slices(items, self._backfill_slice if backfill else LIVE_SLICE):
            articles = [one for one in some if isinstance(one, ReadArticle)]
            if backfill:
                self._send_in_turn(articles)
            else:
                self._check_room()
                self._send(articles)
            taken.errors += [one for one in some if isinstance(one, ItemProblem)]
            taken.accepted += [
                AcceptedItem(line=one.line, arrival=one.article.id, ignored=one.ignored) for one in articles
            ]
            metrics.PUSHED.labels("accepted").inc(len(articles))
            metrics.PUSHED.labels("refused").inc(len(some) - len(articles))

    def _check_room(self) -> None:
        if self._load.measure().alerting > self._settings.push_waiting_messages:
            raise NoRoom

    def _send_in_turn(self, articles: list[ReadArticle]) -> None:
        """Send once what was sent before has passed the pipeline; others wait meanwhile."""
        deadline = self._clock() + ROOM_SECONDS
        if not self._backfill.acquire(timeout=ROOM_SECONDS):
            raise NoRoom
        try:
            since = self._backfilled
            while self._load.measure(since=since).everywhere > self._settings.backfill_messages // 2:
                if self._clock() > deadline:
                    raise NoRoom
                self._sleep(POLL_SECONDS)
                since = self._clock()
            self._send(articles)
            self._backfilled = self._clock()
        finally:
            self._backfill.release()

    def _send(self, articles: list[ReadArticle]) -> None:
        if articles:
            self._producer.send_all(topics.RAW, [one.article for one in articles])


def _slices(items: Iterable[T], most: int) -> Iterator[list[T]]:
    some: list[T] = []
    for one in items:
        some.append(one)
        if len(some) == most:
            yield some
            some = []
    if some:
        yield some
