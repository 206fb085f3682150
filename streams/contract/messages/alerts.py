"""Candidates of alerts, and what is sent to receivers with the states of its delivery: alerts, notices of sources."""

from typing import Annotated, Literal

from msgspec import Meta

from streams.contract.messages.articles import Edit, Filing, Source
from streams.contract.messages.base import Message, Moment, Value
from streams.contract.messages.stories import ArticleRef, Story, StoryUpdate
from streams.contract.messages.tracks import Track


class Candidate(Message, frozen=True, kw_only=True):
    """An update and a track that it concerns; without an update, the request to look at what the track holds.

    ``present``: the update is the state of a story at the moment at which the track was made, for its first message.
    ``through``: the story that the track follows, if it follows that of the update as one that is linked with it.
    ``ended``: why the track sends nothing any more ("the track was removed"); what it holds ends with it.
    """

    track: Track
    update: StoryUpdate | None = None
    why: str
    present: bool = False
    through: str = ""
    ended: str = ""


class Answer(Value, frozen=True, kw_only=True):
    """The outcome of one attempt to deliver an alert: an HTTP status, or the error without one."""

    at: Moment
    code: int | None = None
    error: str | None = None
    ms: int | None = None  # how long the attempt took
    excerpt: str | None = None  # the beginning of the answer, without secrets


class Delivery(Value, frozen=True, kw_only=True):
    """The state of an alert's delivery. ``attempts`` only grows, so it orders the states of one alert."""

    status: Literal["pending", "delivered", "retrying", "failed", "recorded", "held", "summed", "cancelled"]
    attempts: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    at: Moment | None = None
    code: int | None = None
    error: str | None = None
    next_at: Moment | None = None  # of the next attempt; of a held alert, until when it is held
    held_for: str = ""  # why it is or was held: "quiet hours", "digest" ...
    off: bool = False  # this answer (410) switched the receiver off
    paused_at: Moment | None = None  # when a failure of this alert paused the receiver
    base: int = 0  # attempts before it was asked for again by hand, that request included
    answers: tuple[Answer, ...] = ()  # one for each attempt, the latest last; bounded


class SummedAlert(Value, frozen=True, kw_only=True):
    """One of the alerts that a summary stands for."""

    id: str
    made_at: Moment
    condition: str
    story: str  # id
    story_title: str
    source: str  # name
    title: str  # of the article
    url: str | None = None
    article: str = ""  # id
    not_mine_url: str | None = None  # as that of `Alert`


class Deliverable(Message, frozen=True, kw_only=True):
    """What is sent to a receiver: made once, and written again with each state of its delivery.

    Never contains the receiver's secret. Read as this type, a message becomes an `Alert` or a `SourceNotice`.
    """

    id: str
    track: str = ""  # id; "" where no track made it
    receiver: str  # receiver id, the key of its queue
    receiver_name: str = ""  # of a `NamedReceiver`; "": the track's own webhook
    made_at: Moment
    url: str | None = None  # ``https://host/`` of the webhook; the whole URL in older messages
    delivery: Delivery = Delivery(status="pending")


class SourceNotice(Deliverable, frozen=True, kw_only=True, tag_field="notice", tag="source"):
    """That a source needs a look, or none any more, for the receiver that the source names."""

    source: str  # id
    source_name: str
    source_url: str  # as it may be shown
    health: Literal["silent", "broken", "recovered"]
    since: Moment  # when the silence or the failures began; of "recovered", those that ended
    why: str  # in one line


class Alert(Deliverable, frozen=True, kw_only=True):
    """One alert of a track.

    ``condition`` is the first of ``fired``, or "correction", "summary" or "present sources".
    """

    track: str
    track_name: str
    story: Story
    article: ArticleRef
    source: Source
    sources: int  # number of the story's sources, including this one
    condition: str
    reason: str  # a sentence for people
    filing: Filing
    received_at: Moment
    story_url: str | None = None  # the story's page in the console
    not_mine_url: str | None = None  # to take it out of the track; set when it is sent, and never stored
    filed_at: Moment | None = None  # when the article was filed; None in messages of older code, as are the next ones
    fired: tuple[str, ...] = ()  # each condition that one article met
    corrects: tuple[str, ...] = ()  # ids of alerts that are not true any more
    edit: Edit | None = None  # what the article changed, shortened
    late_by: float = 0.0  # seconds from the arrival of the article, if that is unusually long
    summed: int = 0  # number of alerts that this one is the summary of
    summary: tuple[SummedAlert, ...] = ()  # the first of them
