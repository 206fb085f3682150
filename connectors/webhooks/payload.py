"""An alert -> the JSON that its receiver gets: deterministic, with every field always present, without secrets.

`payload.schema.json` is the JSON Schema of `Event`, and of what is no alert. ``python -m connectors.webhooks.examples``
generates it, and the examples in `payload.examples.json`.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import asdict

from connectors.webhooks.notes import NoteEvent, SourceEvent
from streams.alerts.rules import kinds_of
from streams.contract.messages import Alert, EditKind, Kind, Lane, Relation

SCHEMA_FILE = Path(__file__).with_name("payload.schema.json")

VERSION = 2  # of the schema: raised when a field changes its meaning or goes; new fields do not raise it

S = TypeVar("S", bound=Struct)

EventType = Literal[
    "story.new_source",
    "story.sources_reached",
    "story.first",
    "story.growth",
    "story.silence_broken",
    "story.edited",
    "story.merged",
    "story.present",
    "alert.correction",
    "alert.summary",
]
# what the condition of an alert begins with, as `streams.alerts` writes it
_TYPES: dict[str, EventType] = {
    "sources >= ": "story.sources_reached",
    "first ": "story.first",
    "silence ": "story.silence_broken",
    "edit ": "story.edited",
    "merged": "story.merged",
    "present ": "story.present",
    "correction": "alert.correction",
    "summary": "alert.summary",
}

_OF_ALERT = ("id", "condition", "reason", "sources", "corrects", "not_mine_url")  # as they are there

Moment = Annotated[datetime, Meta(tz=True)]  # in RFC 3339, always UTC


class Named(Struct, frozen=True):
    id: str
    name: str


class AlertPart(Struct, frozen=True):
    id: Annotated[str, Meta(description="The same as the webhook-id header: one alert, however often it is sent.")]
    condition: str
    reason: Annotated[str, Meta(description="A sentence for people.")]
    sources: Annotated[int, Meta(description="How many sources the story had with this one.")]
    fired: Annotated[tuple[str, ...], Meta(description="Each condition that the article met.")]
    corrects: Annotated[tuple[str, ...], Meta(description="Ids of alerts that are not true any more.")]
    held_for: Annotated[str | None, Meta(description="Why it was held before it was sent: quiet hours and so on.")]
    late_by: Annotated[float | None, Meta(description="Seconds from the article's arrival, if unusually many.")]
    not_mine_url: Annotated[str | None, Meta(description="A page that takes it out of the track, for 30 days.")]


class SourcePart(Struct, frozen=True):
    key: Annotated[str, Meta(description="What counts as one source: an owner group, else a publisher.")]
    name: str


class StoryPart(Struct, frozen=True):
    id: str
    title: str
    url: Annotated[str | None, Meta(description="Its page in the console, where there is one.")]
    language: str
    first_seen: Moment
    last_seen: Moment
    articles: int
    sources: Annotated[tuple[SourcePart, ...], Meta(description="Independent ones, in order of appearance; bounded.")]
    publishers: Annotated[tuple[str, ...], Meta(description="Names of all, copies included; bounded.")]


class PublisherPart(Struct, frozen=True):
    id: str
    name: str
    domain: str | None
    country: Annotated[str | None, Meta(description="ISO 3166 alpha-2.")]
    owner: str | None
    agency: bool


class PublishedPart(Struct, frozen=True):
    value: Moment
    precision: Literal["second", "day"]
    source: Annotated[str, Meta(description="Where the time was found: jsonld, meta, url, feed and so on.")]
    confidence: Annotated[float, Meta(description="0 to 1.")]


class ArticlePart(Struct, frozen=True):
    id: str
    title: str
    url: str | None
    publisher: PublisherPart | None
    published: PublishedPart | None
    language: Annotated[str, Meta(description="ISO 639-1, or und when it cannot be told.")]
    kind: Kind
    relation: Annotated[Relation, Meta(description="To the articles seen before it.")]
    lane: Annotated[Lane, Meta(description="backfill: an old article, loaded later.")]
    labels: Annotated[tuple[str, ...], Meta(description="Of the watched source that it came from.")]
    fetched_at: Moment
    received_at: Moment
    first_seen: Annotated[Moment | None, Meta(description="When its address was seen for the first time.")]
    excerpt: Annotated[str | None, Meta(description="Its first two sentences.")]
    copy_of: Annotated[str | None, Meta(description="Id of the article whose text it carries.")]
    copy_of_publisher: str | None


class EditPart(Struct, frozen=True):
    """What the revision of an article changed."""

    number: Annotated[int, Meta(description="1 for the first change.")]
    kinds: tuple[EditKind, ...]
    title_before: Annotated[str | None, Meta(description="Set if the title changed.")]
    added: Annotated[tuple[str, ...], Meta(description="New paragraphs; bounded.")]
    removed: Annotated[int, Meta(description="Number of removed paragraphs.")]


class TimesPart(Struct, frozen=True):
    """When the article passed the stages."""

    received_at: Moment
    filed_at: Moment | None
    made_at: Moment
    seconds_to_file: float | None
    seconds_to_make: float


class SummedPart(Struct, frozen=True):
    """One of the alerts of a summary."""

    id: str
    made_at: Moment
    condition: str
    story: Named
    source: str
    title: str
    url: str | None
    not_mine_url: str | None


class SummaryPart(Struct, frozen=True):
    """The alerts that were held and are sent as one."""

    count: int
    alerts: Annotated[tuple[SummedPart, ...], Meta(description="The first of them.")]


class WhyPart(Struct, frozen=True):
    """Why the article was filed with this story."""

    decision: Literal["created", "joined"]
    score: float
    threshold: Annotated[float, Meta(description="The score from which an article joins a story.")]
    reasons: Annotated[tuple[str, ...], Meta(description="Sentences for people, the strongest first.")]
    nearest: Annotated[str | None, Meta(description="Id of the most similar article of the story.")]
    shared_entities: tuple[str, ...]
    shared_terms: tuple[str, ...]
    shared_quotes: Annotated[tuple[str, ...], Meta(description="Shortened.")]
    shared_figures: tuple[str, ...]
    gap_seconds: float | None


class Data(Struct, frozen=True):
    alert: AlertPart
    track: Named
    story: StoryPart
    source: Annotated[SourcePart, Meta(description="The source that made the alert fire.")]
    article: Annotated[ArticlePart, Meta(description="The article that made the alert fire.")]
    why: WhyPart
    edit: EditPart | None
    times: TimesPart
    summary: SummaryPart | None


class Event(Struct, frozen=True):
    """What Storywatch sends to a webhook."""

    type: EventType
    timestamp: Annotated[Moment, Meta(description="When the alert was made.")]
    data: Data
    version: Annotated[int, Meta(description="Of this schema.")] = VERSION


def payload(alert: Alert) -> bytes:
    """The JSON of one alert, in UTF-8."""
    return msgspec.json.encode(event_of(alert))


def event_of(alert: Alert) -> Event:
    """What an alert says, for other formats than this JSON."""
    return Event(
        type=event_type(alert),
        timestamp=alert.made_at,
        data=Data(
            alert=_part(
                {name: getattr(alert, name) for name in _OF_ALERT}
                | {"fired": alert.fired or (alert.condition,)}
                | {"held_for": alert.delivery.held_for or None, "late_by": alert.late_by or None},
                AlertPart,
            ),
            track=Named(id=alert.track, name=alert.track_name),
            story=_part(asdict(alert.story) | {"url": alert.story_url}, StoryPart),
            source=_part(alert.source, SourcePart),
            article=_part(
                asdict(alert.article) | {"received_at": alert.received_at, "excerpt": alert.article.excerpt or None},
                ArticlePart,
            ),
            why=_part(alert.filing, WhyPart),
            edit=_edit(alert),
            times=_times(alert),
            summary=_summary(alert),
        ),
    )


def event_type(alert: Alert) -> EventType:
    """The type of the event, by the alert's condition."""
    found = next((kind for beginning, kind in _TYPES.items() if alert.condition.startswith(beginning)), None)
    if found is not None:
        return found
    return "story.growth" if " sources within " in alert.condition else "story.new_source"


def _edit(alert: Alert) -> EditPart | None:
    if alert.edit is None:
        return None
    kinds = kinds_of(alert.edit, has_text=bool(alert.article.excerpt))
    return _part(asdict(alert.edit) | {"kinds": kinds}, EditPart)


def _times(alert: Alert) -> TimesPart:
    filed = alert.filed_at
    return TimesPart(
        received_at=alert.received_at,
        filed_at=filed,
        made_at=alert.made_at,
        seconds_to_file=None if filed is None else (filed - alert.received_at).total_seconds(),
        seconds_to_make=(alert.made_at - alert.received_at).total_seconds(),
    )


def _summary(alert: Alert) -> SummaryPart | None:
    if not alert.summed:
        return None
    listed = tuple(
        SummedPart(
            id=one.id,
            made_at=one.made_at,
            condition=one.condition,
            story=Named(id=one.story, name=one.story_title),
            source=one.source,
            title=one.title,
            url=one.url,
            not_mine_url=one.not_mine_url,
        )
        for one in alert.summary
    )
    return SummaryPart(count=alert.summed, alerts=listed)


def _part(value: object, part: type[S]) -> S:
    """The fields of ``part``, by the same names from ``value`` and the values in it."""
    return msgspec.convert(value, part, from_attributes=True)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of everything that a webhook gets."""
    bodies, found = msgspec.json.schema_components([Event, NoteEvent, SourceEvent], ref_template="#/$defs/{name}")
    title = f"Storywatch webhook, version {VERSION}"
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": title, "anyOf": list(bodies), "$defs": found}


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Update the schema file after a change of `Event`."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(schema(), order="sorted")) + b"\n")
