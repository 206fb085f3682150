"""Arrivals in; on Kafka's topic and counted when the broker has confirmed them, out."""

from collections import deque
from typing import Any

from connectors.cli import output
from connectors.files import Refused
from connectors.kafka.producer import Producer
from streams import topics
from streams.errors import Rejected, Unavailable
from streams.messages import RawArticle

MOST_WAITING = 200  # sends under way: enough to hide the broker's answer time, few to be unsure of when it goes away


class Sending:
    """Sends without waiting for each, confirms in order. ``accepted`` holds only what the broker has."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._waiting: deque[tuple[RawArticle, Any]] = deque()
        self.accepted: list[tuple[str, str]] = []  # origin, arrival id
        self.refused: list[Refused] = []

    def refuse(self, origin: str, reason: str) -> None:
        self.refused.append(Refused(origin, reason))
        output.problem(f"refused {origin}: {reason}")

    def send(self, article: RawArticle) -> None:
        """Raises `Unavailable` when Kafka has gone away."""
        try:
            self._waiting.append((article, self._producer.start(topics.RAW, article)))
        except Rejected as error:
            self.refuse(article.origin, str(error))
        except Unavailable as error:
            raise self._lost(error) from error
        while len(self._waiting) >= MOST_WAITING or (self._waiting and self._waiting[0][1].is_done):
            self._confirm_oldest()

    def finish(self) -> None:
        """Until the broker has everything. Raises `Unavailable` when it does not take it."""
        while self._waiting:
            self._confirm_oldest()

    def _confirm_oldest(self) -> None:
        article, future = self._waiting[0]
        try:
            self._producer.confirm(future)
        except Unavailable as error:
            raise self._lost(error) from error
        self._waiting.popleft()
        self._accept(article)

    def _accept(self, article: RawArticle) -> None:
        self.accepted.append((article.origin, article.id))

    def _lost(self, error: Unavailable) -> Unavailable:
        """The error with what is sure: which of those under way the broker still took."""
        for article, future in self._waiting:
            if future.succeeded():
                self._accept(article)
        self._waiting.clear()
        return Unavailable(f"{str(error).rstrip('.')}. Taken in before that: {len(self.accepted)}")

    def summary(self) -> str:
        return f"{len(self.accepted)} accepted, {len(self.refused)} refused"

    def report(self) -> dict[str, Any]:
        """The outcome for programs."""
        return {
            "accepted": len(self.accepted),
            "refused": [{"origin": one.origin, "reason": one.reason} for one in self.refused],
            "articles": [{"origin": origin, "arrival": arrival} for origin, arrival in self.accepted],
        }
