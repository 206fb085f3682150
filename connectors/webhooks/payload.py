"""An alert -> the JSON that its receiver gets: the same bytes each time, every field always there, no secret.

`payload.schema.json` beside this file is the JSON Schema of `Event`, made by ``python -m connectors.webhooks.payload``.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from streams.contract.messages import Alert, ArticleRef, Kind, Lane, Publisher, Relation, Source, Story

SCHEMA_FILE = Path(__file__).with_name("payload.schema.json")

Moment = Annotated[datetime, Meta(tz=True)]  # in RFC 3339, always UTC


class Named(Struct, frozen=True):
    id: str
    name: str


class AlertPart(Struct, frozen=True):
    id: Annotated[str, Meta(description="The same as the webhook-id header: one alert, however often it is sent.")]
    condition: str
    reason: Annotated[str, Meta(description="A sentence for people.")]
    sources: Annotated[int, Meta(description="How many sources the story had with this one.")]


class SourcePart(Struct, frozen=True):
    key: Annotated[str, Meta(description="What counts as one source: an owner group, else a publisher.")]
    name: str


class StoryPart(Struct, frozen=True):
    id: str
    title: str
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
    fetched_at: Moment
    received_at: Moment


class WhyPart(Struct, frozen=True):
    """Why the article was filed with this story."""

    decision: Literal["created", "joined"]
    score: float
    threshold: Annotated[float, Meta(description="The score from which an article joins a story.")]
    reasons: Annotated[tuple[str, ...], Meta(description="Sentences for people, the strongest first.")]
    nearest: Annotated[str | None, Meta(description="Id of the most similar article of the story.")]
    shared_entities: tuple[str, ...]
    shared_terms: tuple[str, ...]
    gap_seconds: float | None


class Data(Struct, frozen=True):
    alert: AlertPart
    track: Named
    story: StoryPart
    source: Annotated[SourcePart, Meta(description="The source that made the alert fire.")]
    article: Annotated[ArticlePart, Meta(description="The article that made the alert fire.")]
    why: WhyPart


class Event(Struct, frozen=True):
    """What Storywatch sends to a webhook."""

    type: Literal["story.new_source", "story.sources_reached"]
    timestamp: Annotated[Moment, Meta(description="When the alert was made.")]
    data: Data


def payload(alert: Alert) -> bytes:
    """The JSON of one alert, in UTF-8."""
    filing = alert.filing
    event = Event(
        type="story.sources_reached" if _is_count(alert.condition) else "story.new_source",
        timestamp=alert.made_at,
        data=Data(
            alert=AlertPart(id=alert.id, condition=alert.condition, reason=alert.reason, sources=alert.sources),
            track=Named(id=alert.track, name=alert.track_name),
            story=_story(alert.story),
            source=_source(alert.source),
            article=_article(alert.article, alert.received_at),
            why=WhyPart(
                decision=filing.decision,
                score=filing.score,
                threshold=filing.threshold,
                reasons=filing.reasons,
                nearest=filing.nearest,
                shared_entities=filing.shared_entities,
                shared_terms=filing.shared_terms,
                gap_seconds=filing.gap_seconds,
            ),
        ),
    )
    return msgspec.json.encode(event)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what `payload` makes."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Event)}


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Write the schema file anew, after a change of `Event`."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(schema(), order="sorted")) + b"\n")


def _is_count(condition: str) -> bool:
    return condition.startswith("sources >=")  # as `streams.alerts.decide` writes it


def _story(story: Story) -> StoryPart:
    return StoryPart(
        id=story.id,
        title=story.title,
        language=story.language,
        first_seen=story.first_seen,
        last_seen=story.last_seen,
        articles=story.articles,
        sources=tuple(map(_source, story.sources)),
        publishers=story.publishers,
    )


def _source(source: Source) -> SourcePart:
    return SourcePart(key=source.key, name=source.name)


def _article(article: ArticleRef, received_at: datetime) -> ArticlePart:
    dated = article.published
    return ArticlePart(
        id=article.id,
        title=article.title,
        url=article.url,
        publisher=None if article.publisher is None else _publisher(article.publisher),
        published=None
        if dated is None
        else PublishedPart(
            value=dated.value, precision=dated.precision, source=dated.source, confidence=dated.confidence
        ),
        language=article.language,
        kind=article.kind,
        relation=article.relation,
        lane=article.lane,
        fetched_at=article.fetched_at,
        received_at=received_at,
    )


def _publisher(publisher: Publisher) -> PublisherPart:
    return PublisherPart(
        id=publisher.id,
        name=publisher.name,
        domain=publisher.domain,
        country=publisher.country,
        owner=publisher.owner,
        agency=publisher.agency,
    )


if __name__ == "__main__":
    write_schema()
