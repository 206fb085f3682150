"""A stored article -> the messages that it was made from, to run it again: the reverse of `write/documents.py`.

A document holds all that the messages said, except the rows of the stages.
"""

from datetime import datetime

from connectors.elastic import records as r
from connectors.elastic.document_part import copied
from streams.contract import messages as m
from streams.contract.trace import RECEIVE, Hop, Trace

_STAGES = (RECEIVE, "clean", "dedup", "tag", "story")  # in the order in which articles pass them
_NOT_RECORDED = m.Coverage(source=None, new=False, new_publisher=False, reason="")


def stored(found: r.ArticleRecord, run: str) -> m.Stored:
    """What is known of an article, for its second pass through the stages."""
    story = found.story
    return copied(
        m.Stored,
        found.article,
        story,
        run=run,
        revision=found.article.revision or "",
        first_seen=found.timestamp,
        copy=_copy(found.article),
        counts=_counts(story),
        filing=copied(m.Filing, story.filing, story=story.id),
        coverage=_NOT_RECORDED if story.coverage is None else copied(m.Coverage, story.coverage),
    )


def clean(found: r.ArticleRecord, run: str) -> m.CleanArticle:
    article, url = found.article, found.url
    return copied(
        m.CleanArticle,
        article,
        **{name: getattr(article, name) or "" for name in ("revision", "arrival", "origin")},
        **({} if article.body else {"body_source": "", "body_confidence": 0.0}),
        url=url.full if url else None,
        fetched_url=url.original if url else None,
        publisher=found.publisher,
        published=_timestamp(article.published, article.published_by),
        modified=_timestamp(article.modified, article.modified_by),
        stored=stored(found, run),
    )


def unique(found: r.ArticleRecord, run: str) -> m.UniqueArticle:
    return copied(
        m.UniqueArticle, found.article, article=clean(found, run), copy=_copy(found.article), first_seen=found.timestamp
    )


def tagged(found: r.ArticleRecord, run: str) -> m.TaggedArticle:
    return copied(m.TaggedArticle, unique(found, run), found.article, entities=found.entities.details)


def trace_before(stage: str, found: r.ArticleRecord) -> Trace:
    """The hops of an article before a stage: from there on it takes them again."""
    stages = found.article.stages or r.Stages()
    hops = [(name, getattr(stages, name)) for name in _STAGES[: _STAGES.index(stage)]]
    return tuple(Hop(name, times.arrived, times.left, times.version) for name, times in hops if times is not None)


def _copy(article: r.ArticleFields) -> m.CopyVerdict:
    return copied(m.CopyVerdict, article.copy, group=article.copy.group or article.id)


def _counts(story: r.StoryFields) -> m.StoryCounts | None:
    """Those of when the article was filed; None of a document by older code."""
    if story.articles is None or story.source_count is None or story.publisher_count is None:
        return None
    return m.StoryCounts(articles=story.articles, sources=story.source_count, publishers=story.publisher_count)


def _timestamp(value: datetime | None, by: r.DateOrigin | None) -> m.Timestamp | None:
    return None if value is None or by is None else copied(m.Timestamp, by, value=value)
