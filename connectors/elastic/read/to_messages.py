"""A stored document in, the messages that it was made from out: what an article runs again from.

The other direction of `documents.py`. A document holds all that the messages said, but for the rows of the stages.
"""

from datetime import datetime
from typing import Any

from connectors.elastic import records as r
from streams.contract import messages as m
from streams.contract.trace import RECEIVE, Hop, Trace

_STEPS = (RECEIVE, "clean", "dedup", "tag", "story")  # as articles take them


def stored(found: r.ArticleRecord, run: str) -> m.Stored:
    """What is known of an article, for its way through the stages once more."""
    article = found.article
    return m.Stored(
        run=run,
        id=article.id,
        language=article.language,
        revision=article.revision or "",
        first_seen=found.timestamp,
        copy=_copy(article),
        filing=_filing(found.story),
        coverage=_coverage(found.story.coverage),
        edit=_edit(article.edit),
        brought=_brought(found.story.brought),
    )


def clean(found: r.ArticleRecord, run: str) -> m.CleanArticle:
    article, url = found.article, found.url
    return m.CleanArticle(
        id=article.id,
        revision=article.revision or "",
        arrival=article.arrival or "",
        origin=article.origin or "",
        lane=m.Lane(article.lane),
        lane_reason=article.lane_reason or "",
        fetched_at=article.fetched_at,
        kind=m.Kind(article.kind),
        title=article.title,
        body=article.body,
        **_body_by(article),
        language=article.language,
        url=url.full if url else None,
        fetched_url=url.original if url else None,
        publisher=_publisher(found.publisher),
        authors=article.authors,
        published=_dated(article.published, article.published_by),
        modified=_dated(article.modified, article.modified_by),
        summary=article.summary,
        section=article.section,
        tags=article.tags,
        image=article.image,
        words=article.words or 0,
        credits=article.credits,
        links=article.links,
        received_at=article.received_at,
        stored=stored(found, run),
    )


def unique(found: r.ArticleRecord, run: str) -> m.UniqueArticle:
    article = clean(found, run)
    return m.UniqueArticle(
        article=article, copy=_copy(found.article), first_seen=found.timestamp, edit=_edit(found.article.edit)
    )


def tagged(found: r.ArticleRecord, run: str) -> m.TaggedArticle:
    one = unique(found, run)
    return m.TaggedArticle(
        article=one.article,
        copy=one.copy,
        first_seen=one.first_seen,
        edit=one.edit,
        entities=tuple(
            m.Entity(key=entity.key, name=entity.name, type=m.EntityType(entity.type), mentions=entity.mentions)
            for entity in found.entities.details
        ),
        quotes=found.article.quotes,
        numbers=found.article.numbers,
    )


def trace_before(stage: str, found: r.ArticleRecord) -> Trace:
    """The steps that an article took before a stage: from there on it takes them again."""
    stages = found.article.stages or r.Stages()
    steps = [(name, getattr(stages, name)) for name in _STEPS[: _STEPS.index(stage)]]
    return tuple(Hop(name, step.arrived, step.left, step.version) for name, step in steps if step is not None)


def _body_by(article: r.ArticleFields) -> dict[str, Any]:
    """How the body was found; of a document by older code, which does not say it, what a message has by default."""
    if not article.body:
        return {"body_source": "", "body_confidence": 0.0}
    if article.body_source is None or article.body_confidence is None:
        return {}
    return {"body_source": article.body_source, "body_confidence": article.body_confidence}


def _copy(article: r.ArticleFields) -> m.CopyVerdict:
    copy = article.copy
    return m.CopyVerdict(
        relation=m.Relation(copy.relation),
        group=copy.group or article.id,
        of=copy.of,
        of_publisher=copy.of_publisher,
        similarity=copy.similarity or 0.0,
        reason=copy.reason or "",
        text_relation=m.Relation(copy.text_relation) if copy.text_relation else None,
    )


def _edit(edit: r.EditFields | None) -> m.Edit | None:
    if edit is None:
        return None
    return m.Edit(number=edit.number, title_before=edit.title_before, added=edit.added, removed=edit.removed)


def _filing(story: r.StoryFields) -> m.Filing:
    filing = story.filing
    return m.Filing(
        story=story.id,
        decision="created" if filing.decision == "created" else "joined",
        score=filing.score,
        threshold=filing.threshold,
        reasons=filing.reasons,
        nearest=filing.nearest,
        shared_entities=filing.shared_entities,
        shared_terms=filing.shared_terms,
        gap_seconds=filing.gap_seconds,
        moved_from=filing.moved_from,
    )


def _coverage(part: r.CoverageFields | None) -> m.Coverage:
    if part is None:
        return m.Coverage(source=None, new=False, new_publisher=False, reason="")
    source = m.Source(key=part.source.key, name=part.source.name) if part.source else None
    return m.Coverage(source=source, new=part.new, new_publisher=part.new_publisher, reason=part.reason)


def _brought(part: r.BroughtFields | None) -> m.Brought | None:
    return None if part is None else m.Brought(source=m.Source(key=part.source.key, name=part.source.name), at=part.at)


def _publisher(part: r.PublisherFields | None) -> m.Publisher | None:
    if part is None:
        return None
    return m.Publisher(
        id=part.id,
        name=part.name,
        domain=part.domain,
        country=part.country,
        owner=part.owner,
        agency=part.agency,
        source=part.source,
        confidence=part.confidence,
    )


def _dated(value: datetime | None, by: r.Dating | None) -> m.Timestamp | None:
    if value is None or by is None:
        return None
    return m.Timestamp(
        value=value,
        precision="day" if by.precision == "day" else "second",
        source=by.source,
        confidence=by.confidence,
    )
