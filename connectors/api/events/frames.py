"""A record of the log -> an event, and its text in the stream."""

from dataclasses import dataclass
from typing import Literal, cast

import msgspec
import structlog

from connectors.elastic import records as r
from connectors.elastic.write.documents import alert_document, article_document, story_document
from connectors.views import alerts, articles, stories
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Undecodable
from streams.contract.messages import Alert, Deliverable, Delivery, FiledArticle, StoryUpdate

log = structlog.get_logger("storywatch.serve")

EventType = Literal["filing", "story", "alert", "delivery"]
TOPICS = (topics.FILED, topics.UPDATES, topics.ALERTS)


@dataclass(frozen=True)
class Event:
    """What happened to a story. ``data``: its view as JSON; ``track``: of an alert or a delivery."""

    type: EventType
    story: str
    track: str | None
    data: bytes

    def frame(self, place: str) -> bytes:
        return f"id: {place}\nevent: {self.type}\ndata: ".encode() + self.data + b"\n\n"


@dataclass(frozen=True)
class Wanted:
    """Which events a client gets: all that match everything that is set."""

    types: frozenset[str] = frozenset()
    stories: frozenset[str] = frozenset()
    tracks: frozenset[str] = frozenset()

    def has(self, event: Event) -> bool:
        return (
            (not self.types or event.type in self.types)
            and (not self.stories or event.story in self.stories)
            and (not self.tracks or event.track in self.tracks)
        )


def event(topic: str, value: bytes | None) -> Event | None:
    """The event that a record is; None if it is none, or cannot be read, which costs no other one."""
    try:
        if topic == topics.FILED.base:
            filed = decode(value, FiledArticle)
            if filed.refiled:
                return None  # without a text: the events of both stories say it
            article = articles.filed(cast("r.ArticleRecord", article_document(filed).source))
            return Event("filing", article.story, None, msgspec.json.encode(article))
        if topic == topics.UPDATES.base:
            update = decode(value, StoryUpdate)
            if update.is_about_tracks:
                return None
            story = stories.story(cast("r.StoryRecord", story_document(update).source))
            return Event("story", story.id, None, msgspec.json.encode(story))
        message = decode(value, Deliverable)
        if not isinstance(message, Alert):
            return None  # a notice about a source: of no story
        kind: EventType = "alert" if is_new(message.delivery) else "delivery"
        alert = alerts.alert(cast("r.AlertRecord", alert_document(message).source))
        return Event(kind, alert.story, alert.track, msgspec.json.encode(alert))
    except Undecodable as error:
        log.warning("an event cannot be read", topic=topic, reason=str(error))
        return None


def is_new(delivery: Delivery) -> bool:
    """Whether this is the state in which an alert is made."""
    if delivery.status == "pending":
        return delivery.attempts == 0 and not delivery.held_for  # else it was held, and is released
    return delivery.status in ("recorded", "held")


def comment(text: str, place: str | None = None) -> bytes:
    """A line that is no event. With ``place`` the client knows how far it is."""
    known = f"id: {place}\n" if place is not None else ""
    return f"{known}: {text}\n\n".encode()


def gap(missed: int, place: str) -> bytes:
    """An event that says that records were left out."""
    return f'id: {place}\nevent: gap\ndata: {{"missed":{missed}}}\n\n'.encode()
