"""Takes the articles of one request in: waits for room in the pipeline, and has Kafka confirm them."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.api.problems import AcceptedItem, ItemProblem
from connectors.api.push.articles import ReadArticle
from connectors.kafka.backpressure import Backpressure
from connectors.kafka.load import PipelineLoad
from connectors.kafka.shared_producer import SharedProducer
from streams.contract import topics
from streams.contract.messages import Lane
from streams.runtime import metrics
from streams.runtime.settings import Settings

LIVE_SLICE = 100  # articles that are sent before the first of them is confirmed
ROOM_SECONDS = 10.0  # how long a request waits for room for old articles

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
        self._backpressure = Backpressure(settings, lambda line: None, load=load, clock=clock, sleep=sleep)
        self._backfill = threading.Lock()

    def take(self, items: Iterable[ReadArticle | ItemProblem], lane: Lane, taken: Taken) -> None:
        """Send the articles among ``items``; ``taken`` is exact also when this raises.

        Raises `NoRoom` while too much waits in the pipeline, `Unavailable` when Kafka does not answer.
        """
        backfill = lane is Lane.BACKFILL
        for some in _slices(items, self._backpressure.batch_size if backfill else LIVE_SLICE):
            articles = [one for one in some if isinstance(one, ReadArticle)]
            if not backfill:
                self._check_room()
                self._send(articles)
            elif articles:
                self._send_in_turn(articles)
            taken.errors += [one for one in some if isinstance(one, ItemProblem)]
            taken.accepted += [
                AcceptedItem(line=one.line, arrival=one.article.id, ignored=one.ignored) for one in articles
            ]
            metrics.PUSHED.labels("accepted").inc(len(articles))
            metrics.PUSHED.labels("refused").inc(len(some) - len(articles))

    def _check_room(self) -> None:
        if self._load.waiting_for_alerts() > self._settings.push_waiting_messages:
            raise NoRoom

    def _send_in_turn(self, articles: list[ReadArticle]) -> None:
        """Send once few enough of those sent before are still in the pipeline; others wait meanwhile."""
        if not self._backfill.acquire(timeout=ROOM_SECONDS):
            raise NoRoom
        try:
            if not self._backpressure.wait(len(articles), seconds=ROOM_SECONDS):
                raise NoRoom
            self._send(articles)
        finally:
            self._backfill.release()

    def _send(self, articles: list[ReadArticle]) -> None:
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
