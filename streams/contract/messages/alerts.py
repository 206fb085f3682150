"""Alerts.candidates, and alerts with the states of their delivery."""

from typing import Annotated, Literal

from msgspec import Meta

from streams.contract.messages.articles import Filing, Source
from streams.contract.messages.base import Message, Moment, Value
from streams.contract.messages.stories import ArticleRef, Story, StoryUpdate
from streams.contract.messages.tracks import Track


class Candidate(Message, frozen=True, kw_only=True):
    """An update and a track that it concerns."""

    track: Track
    update: StoryUpdate
    why: str


class Answer(Value, frozen=True, kw_only=True):
    """The outcome of one attempt to deliver an alert: an HTTP status, or the error without one."""

    at: Moment
    code: int | None = None
    error: str | None = None


class Delivery(Value, frozen=True, kw_only=True):
    """The state of an alert's delivery. ``attempts`` only grows, so it orders the states of one alert."""

    status: Literal["pending", "delivered", "retrying", "failed", "recorded"]
    attempts: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    at: Moment | None = None
    code: int | None = None
    error: str | None = None
    next_at: Moment | None = None
    off: bool = False  # this answer (410) switched the receiver off
    answers: tuple[Answer, ...] = ()  # one for each attempt, the latest last; bounded


class Alert(Message, frozen=True, kw_only=True):
    """One alert, made once and written again with each state of its delivery. Never contains the webhook's secret."""

    id: str
    track: str
    track_name: str
    receiver: str  # receiver id, the key of its queue
    story: Story
    article: ArticleRef
    source: Source
    sources: int  # number of the story's sources, including this one
    condition: str
    reason: str  # a sentence for people
    filing: Filing
    received_at: Moment
    made_at: Moment
    url: str | None = None  # ``https://host/`` of the webhook; the whole URL in older messages
    delivery: Delivery = Delivery(status="pending")
