"""Arrivals in; on Kafka's topic and counted when the broker has confirmed them, out."""

from collections import deque
from collections.abc import Callable, Iterable
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

    def take(self, found: Iterable[RawArticle | Refused], told: Callable[[str], None] = lambda summary: None) -> None:
        """Send all there is; ``told`` hears how far it has come.

        Raises `Unavailable` when Kafka goes away; ``accepted`` is right also then, and after Ctrl-C.
        """
        try:
            for one in found:
                if isinstance(one, Refused):
                    self._refuse(one)
                else:
                    self._send(one)
                told(self.summary())
            while self._waiting:
                self._confirm_oldest()
        except Unavailable as error:
            self._settle()
            raise Unavailable(f"{str(error).rstrip('.')}. Taken in before that: {len(self.accepted)}") from error
        except KeyboardInterrupt:
            self._settle()
            raise

    def _refuse(self, refused: Refused) -> None:
        self.refused.append(refused)
        output.problem(f"refused {refused.origin}: {refused.reason}")

    def _send(self, article: RawArticle) -> None:
        try:
            self._waiting.append((article, self._producer.start(topics.RAW, article)))
        except Rejected as error:
            self._refuse(Refused(article.origin, str(error)))
        while self._waiting and (len(self._waiting) >= MOST_WAITING or self._waiting[0][1].is_done):
            self._confirm_oldest()

    def _confirm_oldest(self) -> None:
        article, future = self._waiting[0]
        self._producer.confirm(future)
        self._waiting.popleft()
        self._accept(article)

    def _settle(self) -> None:
        """Of what was under way, count what the broker has taken."""
        for article, future in self._waiting:
            if future.succeeded():
                self._accept(article)
        self._waiting.clear()

    def _accept(self, article: RawArticle) -> None:
        self.accepted.append((article.origin, article.id))

    def summary(self) -> str:
        return f"{len(self.accepted)} accepted, {len(self.refused)} refused"

    def report(self) -> dict[str, Any]:
        """The outcome for programs."""
        return {
            "accepted": len(self.accepted),
            "refused": [{"origin": one.origin, "reason": one.reason} for one in self.refused],
            "articles": [{"origin": origin, "arrival": arrival} for origin, arrival in self.accepted],
        }
