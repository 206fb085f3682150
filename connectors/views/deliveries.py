"""A stored alert or notice -> its delivery with each attempt, as `storywatch deliveries` shows it."""

from datetime import datetime
from typing import Any

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
    """``host``: the domain of the receiver; ``attempts``: the latest last; ``held_for``: why it is or was held.

    ``health`` (silent, broken, recovered) is that of a watched source, and null for an alert. Of a notice about one,
    ``source`` and ``source_id`` name it, and what concerns a track, a story or an article is null.
    """

    alert: str
    made: datetime
    track: str | None = None
    track_name: str | None = None
    story: str | None = None
    story_title: str | None = None
    article: str | None = None
    article_title: str | None = None
    source: str
    source_id: str | None = None
    health: str | None = None
    since: datetime | None = None
    reason: str
    receiver: str | None
    receiver_id: str
    host: str | None
    status: str
    next_at: datetime | None
    held_for: str | None
    code: int | None
    error: str | None
    attempts: tuple[Attempt, ...]


def delivery(found: r.AlertRecord | r.NoticeRecord) -> Delivery:
    about: dict[str, Any]
    if isinstance(found, r.NoticeRecord):
        about = {
            "source": found.source.name,
            "source_id": found.source.id,
            "health": found.alert.health,
            "since": found.source.since,
            "reason": found.alert.why,
        }
    else:
        about = {
            "track": found.track.id,
            "track_name": found.track.name,
            "story": found.story.id,
            "story_title": found.story.title,
            "article": found.article.id,
            "article_title": found.article.title,
            "source": found.alert.source.name,
            "reason": found.alert.reason,
        }
    return Delivery(
        alert=found.alert.id,
        made=found.alert.made_at,
        receiver=found.receiver.name,
        receiver_id=found.receiver.id,
        host=found.receiver.domain,
        status=found.delivery.status,
        next_at=found.delivery.next_at,
        held_for=found.delivery.held_for or None,
        code=None if found.http is None else found.http.response.status_code,
        error=None if found.error is None else found.error.message,
        attempts=tuple(
            Attempt(at=one.at, code=one.code, error=one.error, ms=one.ms, excerpt=one.excerpt)
            for one in found.delivery.answers
        ),
        **about,
    )
