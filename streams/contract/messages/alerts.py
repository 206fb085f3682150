"""Tracks, alerts.candidates, and alerts with the states of their delivery."""

from typing import Annotated, Literal

from msgspec import Meta

from streams.contract.messages.articles import Filing, Source
from streams.contract.messages.base import Message, Moment, Value
from streams.contract.messages.stories import ArticleRef, Story, StoryUpdate


class Webhook(Value, frozen=True, kw_only=True):
    """The webhook to which a track's alerts are sent.

    Only a `Track` message contains the whole URL and the secret, encrypted in ``sealed`` if a key is set. Elsewhere
    ``url`` is ``https://host/``, ``secret`` is empty, and ``receiver`` identifies the receiver.
    """

    url: str
    secret: str = ""  # whsec_..., base64 as in Standard Webhooks; empty outside of `Track`
    allow_private: bool = False
    channel: str = ""  # of an installed package (`streams.contract.plugins`); "": the JSON of docs/webhooks.md
    receiver: str = ""  # digest of the whole URL; "" where ``url`` is the whole URL
    sealed: str = ""  # URL and secret, encrypted by `connectors.webhooks.sealing`; "" where they are in clear
    resumed_at: Moment | None = None  # when the receiver was last switched on again by hand


class Track(Message, frozen=True, kw_only=True):
    """What a user follows: a story, or every story with an article that matches a query.

    A track fires once for each new source (``at_sources`` None), or once when a story has ``at_sources`` sources.
    """

    id: str
    name: str
    created_at: Moment
    story: str | None = None
    query: str = ""  # in the language of `streams.alerts.query`
    words: tuple[
        str, ...
    ] = ()  # of tracks by older versions: "+" and a query, or folded words, all of which must occur
    entities: tuple[str, ...] = ()  # all must be named by the article
    at_sources: int | None = None
    independent: bool = True  # counts copies of one text and sister sites once
    backfill: bool = False
    webhook: Webhook | None = None


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
