"""A stored article with its story and alerts -> its path through the pipeline, and the whole article."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import structs

from connectors.elastic import records as r
from connectors.elastic.read.queries import Search
from connectors.views import alerts, articles, stories
from connectors.views.base import View, exact, publisher_name

MOST_ALERTS = 50  # of one article, which fires each track at most once


@dataclass(frozen=True)
class ArticleTrace:
    """A stored article with its story and alerts."""

    found: r.ArticleRecord
    story: r.StoryRecord | None
    alerts: Sequence[r.AlertRecord]


@dataclass(frozen=True)
class StageTiming:
    """One stage's times. ``waited``: seconds since the article left the stage before; ``took``: seconds in the stage.
    None if not known."""

    stage: str
    times: r.StageTimes
    waited: float | None
    took: float | None


class Step(View, frozen=True, kw_only=True):
    """One stage: see `StageTiming`."""

    stage: str
    arrived: str | None
    left: str | None
    waited_seconds: float | None
    took_seconds: float | None
    version: str


class AnswerView(View, frozen=True, kw_only=True):
    at: datetime
    code: int | None
    error: str | None


class TracedDelivery(alerts.DeliveryView, frozen=True, kw_only=True):
    """``answers``: one for each attempt, the latest last."""

    answers: tuple[AnswerView, ...]


class TracedAlert(alerts.AlertView, frozen=True, kw_only=True):
    """``receiver``: the domain of the webhook; ``stages``: those of the alert."""

    receiver: str | None
    stages: tuple[Step, ...]
    delivery: TracedDelivery


class Origin(View, frozen=True, kw_only=True):
    """Where a value was found, and how sure it is, from 0 to 1. ``precision``: of a time, second or day."""

    precision: str | None = None
    source: str
    confidence: float


class TraceView(articles.StoryArticle, frozen=True, kw_only=True):
    """The path of an article. ``quotes`` and ``numbers`` are counts; ``story``: its id alone where it is gone."""

    arrival: str | None
    received: str | None
    filed: str | None
    seconds_to_file: float | None
    stages: tuple[Step, ...]
    published_by: Origin | None
    publisher_by: Origin | None
    words: int | None
    entities_found: int
    quotes: int
    numbers: int
    similarity: float | None
    revision_id: str | None
    story: stories.StoryView | str
    alerts: tuple[TracedAlert, ...]


class Mention(View, frozen=True, kw_only=True):
    """A name in an article. ``offsets``: [start, end) in ``title + "\\n\\n" + body``."""

    key: str
    name: str
    type: str
    offsets: tuple[tuple[int, int], ...]


class CopyView(View, frozen=True, kw_only=True):
    """Another article with the same text, or the one that this copies. ``of``: the article that it copies."""

    id: str
    title: str
    publisher: str | None
    first_seen: datetime
    relation: str
    of: str | None
    similarity: float | None
    reason: str | None


class ArticlePage(TraceView, frozen=True, kw_only=True):
    """The whole article: its text, what was found in it, and where each field is from.

    ``revisions``: what each change did to the text, the latest last, of the latest 50 changes at most.
    """

    body: str
    summary: str | None
    section: str | None
    tags: tuple[str, ...]
    credits: tuple[str, ...]
    image: str | None
    links: tuple[str, ...]
    modified: datetime | None
    modified_by: Origin | None
    lane_reason: str | None
    names: tuple[Mention, ...]
    quoted: tuple[str, ...]
    figures: tuple[str, ...]
    copies: tuple[CopyView, ...]
    revisions: tuple[articles.Revision, ...]


def find_trace(queries: Search, what: str) -> ArticleTrace | None:
    """Find an article by URL, id or prefix of an id; None if it is not stored. Raises `UsageError`, `Unavailable`."""
    is_url = what.lower().startswith(("http://", "https://"))
    found = queries.article_by_url(what) if is_url else queries.article_by_prefix(what)
    return None if found is None else trace_of(queries, found)


def trace_of(queries: Search, found: r.ArticleRecord) -> ArticleTrace:
    """A stored article with its story and alerts. Raises `Unavailable`."""
    alerts_ = queries.alerts(MOST_ALERTS, article=found.article.id)
    return ArticleTrace(found, queries.story(found.story.id), alerts_[::-1])


def message_keys(trace: ArticleTrace) -> set[str]:
    """The ids and URLs that identify the article in messages."""
    article, url = trace.found.article, trace.found.url
    return {name for name in (article.id, article.arrival, url and url.full, url and url.original) if name}


def stage_timings(stages: r.Stages | None) -> list[StageTiming]:
    """The stages that an article passed, in order, with the seconds in and between them."""
    passed: list[StageTiming] = []
    left: datetime | None = None
    for stage in r.Stages.__struct_fields__ if stages else ():
        times: r.StageTimes | None = getattr(stages, stage)
        if times is None:
            continue
        took = (times.left - times.arrived).total_seconds() if times.left else None
        passed.append(StageTiming(stage, times, (times.arrived - left).total_seconds() if left else None, took))
        left = times.left
    return passed


def report(trace: ArticleTrace) -> TraceView:
    """The trace as a JSON object."""
    return TraceView(**_trace(trace))


def page(trace: ArticleTrace, others: Sequence[r.ArticleRecord]) -> ArticlePage:
    """The article's page. ``others``: articles with the same text, in the order in which they were first seen."""
    one = trace.found.article
    return ArticlePage(
        **_trace(trace),
        body=one.body,
        summary=one.summary,
        section=one.section,
        tags=one.tags,
        credits=one.credits,
        image=one.image,
        links=one.links,
        modified=one.modified,
        modified_by=_origin(one.modified_by),
        lane_reason=one.lane_reason,
        names=tuple(
            Mention(key=each.key, name=each.name, type=each.type, offsets=each.mentions)
            for each in trace.found.entities.details
        ),
        quoted=one.quotes,
        figures=one.numbers,
        copies=tuple(
            CopyView(
                id=other.article.id,
                title=other.article.title,
                publisher=publisher_name(other),
                first_seen=other.timestamp,
                relation=other.article.copy.relation,
                of=other.article.copy.of,
                similarity=other.article.copy.similarity,
                reason=other.article.copy.reason,
            )
            for other in others
            if other.article.id != one.id
        ),
        revisions=tuple(articles.revision(each) for each in one.revisions),
    )


def _trace(trace: ArticleTrace) -> dict[str, Any]:
    article, publisher = trace.found.article, trace.found.publisher
    return {
        **structs.asdict(articles.article(trace.found)),
        "arrival": article.arrival,
        "received": exact(article.received_at),
        "filed": exact(article.filed),
        "seconds_to_file": article.seconds_to_file,
        "stages": _steps(article.stages),
        "published_by": _origin(article.published_by),
        "publisher_by": publisher and Origin(source=publisher.source, confidence=publisher.confidence),
        "words": article.words,
        "entities_found": len(trace.found.entities.details),
        "quotes": len(article.quotes),
        "numbers": len(article.numbers),
        "similarity": article.copy.similarity,
        "revision_id": article.revision,
        "story": trace.found.story.id if trace.story is None else stories.story(trace.story),
        "alerts": tuple(_alert(one) for one in trace.alerts),
    }


def _origin(found: r.DateOrigin | None) -> Origin | None:
    if found is None:
        return None
    return Origin(precision=found.precision, source=found.source, confidence=found.confidence)


def _steps(stages: r.Stages | None) -> tuple[Step, ...]:
    return tuple(
        Step(
            stage=one.stage,
            arrived=exact(one.times.arrived),
            left=exact(one.times.left),
            waited_seconds=one.waited,
            took_seconds=one.took,
            version=one.times.version,
        )
        for one in stage_timings(stages)
    )


def _alert(found: r.AlertRecord) -> TracedAlert:
    answers = tuple(AnswerView(at=one.at, code=one.code, error=one.error) for one in found.delivery.answers)
    return TracedAlert(
        **{
            **structs.asdict(alerts.alert(found)),
            "receiver": found.receiver.domain,
            "stages": _steps(found.article.stages),
            "delivery": TracedDelivery(**structs.asdict(alerts.delivery(found)), answers=answers),
        }
    )
