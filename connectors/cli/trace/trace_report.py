"""A stored article with its story and alerts -> its path through the pipeline, as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.cli.common import renderers
from connectors.cli.common.options import is_url
from connectors.elastic import records as r
from connectors.elastic.read.queries import Search

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


def find_trace(queries: Search, what: str) -> ArticleTrace | None:
    """Find an article by URL, id or prefix of an id; None if it is not stored. Raises `UsageError`, `Unavailable`."""
    found = queries.article_by_url(what) if is_url(what) else queries.article_by_prefix(what)
    if found is None:
        return None
    alerts = queries.alerts(MOST_ALERTS, article=found.article.id)
    return ArticleTrace(found, queries.story(found.story.id), alerts[::-1])


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


def exact(moment: datetime | None) -> str | None:
    """The time to the millisecond: ``2026-01-12T10:00:00.123Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def report(trace: ArticleTrace) -> dict[str, Any]:
    """The trace as a JSON object."""
    article, publisher = trace.found.article, trace.found.publisher
    return {
        **renderers.article(trace.found),
        "arrival": article.arrival,
        "received": exact(article.received_at),
        "filed": exact(article.filed),
        "seconds_to_file": article.seconds_to_file,
        "stages": [_step(one) for one in stage_timings(article.stages)],
        "published_by": article.published_by,
        "publisher_by": None if publisher is None else {"source": publisher.source, "confidence": publisher.confidence},
        "words": article.words,
        "entities_found": len(trace.found.entities.details),
        "quotes": len(article.quotes),
        "numbers": len(article.numbers),
        "similarity": article.copy.similarity,
        "edit": article.edit,
        "revision_id": article.revision,
        "story": trace.found.story.id if trace.story is None else renderers.story(trace.story),
        "alerts": [_alert(one) for one in trace.alerts],
    }


def _step(step: StageTiming) -> dict[str, Any]:
    times = step.times
    return {
        "stage": step.stage,
        "arrived": exact(times.arrived),
        "left": exact(times.left),
        "waited_seconds": step.waited,
        "took_seconds": step.took,
        "version": times.version,
    }


def _alert(found: r.AlertRecord) -> dict[str, Any]:
    alert = renderers.alert(found)
    return {
        **alert,
        "receiver": found.receiver.domain,
        "stages": [_step(one) for one in stage_timings(found.article.stages)],
        "delivery": {**alert["delivery"], "answers": found.delivery.answers},
    }
