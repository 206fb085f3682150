"""A stored alert -> its delivery with each attempt, as `storywatch deliveries` shows it."""

from datetime import datetime

from connectors.elastic import records as r
from connectors.views.base import View


class Attempt(View, frozen=True, kw_only=True):
    """``ms``: how long it took. ``excerpt``: the beginning of the answer."""

    at: datetime
    code: int | None
    error: str | None
    ms: int | None
    excerpt: str | None


class Delivery(View, frozen=True, kw_only=True):
    """``host``: the domain of the receiver; ``attempts``: the latest last."""

    alert: str
    made: datetime
    track: str
    track_name: str
    story: str
    story_title: str | None
    article: str
    article_title: str
    source: str
    reason: str
    receiver: str | None
    receiver_id: str
    host: str | None
    status: str
    next_at: datetime | None
    error: str | None
    attempts: tuple[Attempt, ...]


def delivery(found: r.AlertRecord) -> Delivery:
    return Delivery(
        alert=found.alert.id,
        made=found.alert.made_at,
        track=found.track.id,
        track_name=found.track.name,
        story=found.story.id,
        story_title=found.story.title,
        article=found.article.id,
        article_title=found.article.title,
        source=found.alert.source.name,
        reason=found.alert.reason,
        receiver=found.receiver.name,
        receiver_id=found.receiver.id,
        host=found.receiver.domain,
        status=found.delivery.status,
        next_at=found.delivery.next_at,
        error=None if found.error is None else found.error.message,
        attempts=tuple(
            Attempt(at=one.at, code=one.code, error=one.error, ms=one.ms, excerpt=one.excerpt)
            for one in found.delivery.answers
        ),
    )
