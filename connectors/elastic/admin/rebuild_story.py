"""A story's document and those of its articles in; the story's document as these articles tell it, out."""

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from connectors.elastic import records as r
from connectors.elastic.write.parts import entities_part
from streams.stories.cluster import MOST_LISTED_ENTITIES


def rebuild_story(story: r.StoryRecord, articles: Sequence[r.ArticleRecord]) -> r.StoryRecord:
    """``articles``: all of the story, in the order in which they were first seen, at least one."""
    first, latest = articles[0], articles[-1]
    brought = (one.story.brought_source for one in articles)
    sources = {source.key: source.name for source in brought if source is not None}
    publishers = dict.fromkeys(one.publisher.name for one in articles if one.publisher is not None)
    part = replace(
        story.story,
        title=next((one.article.title for one in articles if one.article.title), ""),
        first_seen=min(one.article.fetched_at for one in articles),
        last_seen=max(one.article.fetched_at for one in articles),
        articles=len(articles),
        source_count=len(sources),
        sources=tuple(sources.values()),
        source_keys=tuple(sources),
        publishers=tuple(publishers),
        filing=latest.story.filing,
        coverage=latest.story.coverage,
    )
    return replace(
        story,
        timestamp=part.last_seen or first.timestamp,
        story=part,
        article=_short(latest.article),
        entities=_counted(articles),
        publisher=latest.publisher,
        url=latest.url,
    )


def _short(article: r.ArticleFields) -> r.ArticleFields:
    return r.ArticleFields(
        id=article.id,
        kind=article.kind,
        lane=article.lane,
        title=article.title,
        language=article.language,
        fetched_at=article.fetched_at,
        published=article.published,
        published_by=article.published_by,
        copy=r.CopyFields(relation=article.copy.relation),
        received_at=article.received_at,
        filed=article.filed,
    )


def _counted(articles: Sequence[r.ArticleRecord]) -> r.EntitiesFields:
    details = {one.key: one for article in articles for one in reversed(article.entities.details)}
    count = Counter(one.key for article in articles for one in article.entities.details)
    return entities_part(
        r.EntityFields(key=key, name=details[key].name, type=details[key].type, articles=number)
        for key, number in count.most_common(MOST_LISTED_ENTITIES)
    )
