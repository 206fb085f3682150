"""A stored alert -> its view, with the state of its delivery."""

from datetime import datetime

from connectors.elastic import records as r
from connectors.views.base import View


class DeliveryView(View, frozen=True, kw_only=True):
    status: str
    attempts: int
    at: datetime | None
    next_at: datetime | None
    code: int | None
    error: str | None


class AlertView(View, frozen=True, kw_only=True):
    """``sources``: how many the story had, this one included."""

    id: str
    made: datetime
    track: str
    track_name: str
    story: str
    story_title: str | None
    source: str
    sources: int
    article: str
    article_title: str
    article_url: str | None
    labels: tuple[str, ...]
    condition: str
    reason: str
    delivery: DeliveryView


def alert(found: r.AlertRecord) -> AlertView:
    return AlertView(
        id=found.alert.id,
        made=found.alert.made_at,
        track=found.track.id,
        track_name=found.track.name,
        story=found.story.id,
        story_title=found.story.title,
        source=found.alert.source.name,
        sources=found.alert.source_count,
        article=found.article.id,
        article_title=found.article.title,
        article_url=None if found.url is None else found.url.full,
        labels=found.article.labels,
        condition=found.alert.condition,
        reason=found.alert.reason,
        delivery=delivery(found),
    )


def delivery(found: r.AlertRecord) -> DeliveryView:
    return DeliveryView(
        status=found.delivery.status,
        attempts=found.delivery.attempts,
        at=found.delivery.at,
        next_at=found.delivery.next_at,
        code=None if found.http is None else found.http.response.status_code,
        error=None if found.error is None else found.error.message,
    )
