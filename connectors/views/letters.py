"""A stored dead letter -> its view."""

from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.elastic import records as r
from connectors.elastic.read import clauses as q
from connectors.views.base import View


class Resolved(View, frozen=True, kw_only=True):
    """Who sent the letter again, with success, or dropped it, and why."""

    at: datetime
    by: str | None
    reason: str | None


class LetterView(View, frozen=True, kw_only=True):
    """A message that a stage refused, with its place in Kafka. ``article``: what it is about, as far as known."""

    id: str
    time: datetime
    stage: str | None
    error: str | None
    reason: str | None
    source: str | None
    origin: str | None
    article: str | None
    url: str | None
    topic: str | None
    partition: int | None
    offset: int | None
    key: str | None
    size: int | None
    state: str
    attempts: int
    resolved: Resolved | None


class LetterList(View, frozen=True, kw_only=True):
    """A part of a list. ``next``: the cursor of the part after it; null at the end."""

    items: tuple[LetterView, ...]
    next: str | None


@dataclass(frozen=True)
class LetterChoice:
    """``source``: the publisher's id; ``error``: its type; ``resolved``: those that passed or were dropped."""

    stage: str | None = None
    source: str | None = None
    error: str | None = None
    resolved: bool = False
    since: datetime | None = None
    until: datetime | None = None

    def filters(self) -> list[q.Query]:
        fields = {"letter.stage": self.stage, "publisher.id": self.source, "error.type": self.error}
        return [
            *q.between(self.since, self.until),
            {"term": {"letter.open": not self.resolved}},
            {"exists": {"field": "letter.stage"}},  # of others only what became of them is known
            *(q.term(field, value) for field, value in fields.items() if value is not None),
        ]


def letter(found: r.LetterRecord) -> LetterView:
    one, resolution, kafka = found.letter, found.resolution, found.kafka
    return LetterView(
        id=one.id,
        time=(one.refused or found.timestamp).astimezone(UTC),
        stage=one.stage,
        error=None if found.error is None else found.error.type,
        reason=None if found.error is None else found.error.message,
        source=None if found.publisher is None else found.publisher.id,
        origin=None if found.article is None else found.article.origin,
        article=None if found.article is None else found.article.id,
        url=None if found.url is None else found.url.full,
        topic=None if kafka is None else kafka.topic,
        partition=None if kafka is None else kafka.partition,
        offset=None if kafka is None else kafka.offset,
        key=None if kafka is None else kafka.key,
        size=one.bytes,
        state=one.state,
        attempts=one.attempts,
        resolved=None
        if resolution is None or one.open
        else Resolved(at=resolution.at, by=resolution.by, reason=resolution.reason),
    )
