"""A story's document and those of its articles -> the story's document as these articles alone make it."""

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from connectors.elastic import records as r
from connectors.elastic.document_part import copied
from connectors.elastic.write.documents import entities_fields
from streams.stories.cluster import MOST_LISTED_ENTITIES

# what a story's document holds of its latest article, besides the relation
_SHORT = ("id", "kind", "lane", "title", "language", "fetched_at", "published", "published_by", "received_at", "filed")


def rebuild_story(story: r.StoryRecord, articles: Sequence[r.ArticleRecord]) -> r.StoryRecord:
    """``articles``: all of the story, in the order in which they were first seen, at least one."""
    latest = articles[-1]
    brought = (one.story.brought_source for one in articles)
    sources = {source.key: source.name for source in brought if source is not None}
    publishers = dict.fromkeys(one.publisher.name for one in articles if one.publisher is not None)
    last_seen = max(one.article.fetched_at for one in articles)
    short = {name: getattr(latest.article, name) for name in _SHORT}
    return replace(
        story,
        timestamp=last_seen,
        story=replace(
            story.story,
            title=next((one.article.title for one in articles if one.article.title), ""),
            first_seen=min(one.article.fetched_at for one in articles),
            last_seen=last_seen,
            articles=len(articles),
            source_count=len(sources),
            sources=tuple(sources.values()),
            source_keys=tuple(sources),
            publishers=tuple(publishers),
            filing=latest.story.filing,
            coverage=latest.story.coverage,
        ),
        article=r.ArticleFields(**short, copy=r.CopyFields(relation=latest.article.copy.relation)),
        entities=_counted(articles),
        publisher=latest.publisher,
        url=latest.url,
    )


def _counted(articles: Sequence[r.ArticleRecord]) -> r.EntitiesFields:
    """The entities that most articles name, each with their number and as its first article names it."""
    details = {one.key: one for article in articles for one in reversed(article.entities.details)}
    count = Counter(one.key for article in articles for one in article.entities.details)
    return entities_fields(
        copied(r.EntityFields, details[key], mentions=(), articles=number)
        for key, number in count.most_common(MOST_LISTED_ENTITIES)
    )
