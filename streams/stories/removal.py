"""The update that tells a story without an article that was taken out of it or has moved to another one."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from streams.contract.messages import ArticleRef, Lane, Publisher, StoryUpdate, TaggedArticle, digest
from streams.stories import cluster, coverage
from streams.stories.cluster import Cluster
from streams.stories.publish import reference
from streams.stories.rows import AnyFiling, FiledRevision, FilingRow, FormerFiling


def after_removal(story: Cluster, gone: FilingRow, offset: int, at: datetime) -> StoryUpdate | None:
    """The story as its other articles tell it, with the latest of them; None when it has no other one."""
    if not story.rows:
        return None
    key, latest = max(story.rows.items(), key=lambda item: item[1].versions[-1].offset)
    return StoryUpdate(
        id=digest("update", story.id, str(offset)),
        kind="revised",
        story=story.snapshot(),
        article=_reference(key, latest, latest.versions[-1]),
        filing=latest.filing,
        coverage=coverage.unchanged(gone.coverage),
        version=offset,
        received_at=latest.fetched_at,
        filed_at=at,
    )


def after_move(
    stay: FormerFiling,
    others: Sequence[tuple[str, AnyFiling]],
    tagged: TaggedArticle,
    to: str,
    offset: int,
    at: datetime,
) -> StoryUpdate:
    """The story that an article left at ``offset`` for the story ``to``, as its ``others`` of then tell it.

    Without any the story has no article, and the update names the one in which its only one is now.
    """
    id_ = digest("update", stay.story, str(offset))
    said = coverage.unchanged(stay.coverage)
    if others:
        key, latest = max(others, key=lambda item: _version_at(item[1], offset).offset)
        story = cluster.at(stay.story, others, offset)
        article = _reference(key, latest, _version_at(latest, offset))
        return StoryUpdate(
            id=id_,
            kind="revised",
            story=story,
            article=article,
            filing=latest.filing,
            coverage=said,
            version=offset,
            received_at=latest.fetched_at,
            filed_at=at,
        )
    alone = cluster.at(stay.story, [(tagged.article.id, stay)], offset - 1)
    return StoryUpdate(
        id=id_,
        kind="revised",
        story=replace(alone, articles=0, sources=(), publishers=(), entities=(), source_count=0, publisher_count=0),
        article=reference(tagged),
        filing=stay.filing,
        coverage=said,
        version=offset,
        received_at=tagged.article.received_at or tagged.article.fetched_at,
        filed_at=at,
        moved_to=to,
    )


def _version_at(row: AnyFiling, offset: int) -> FiledRevision:
    """The latest version up to an offset."""
    return max((version for version in row.versions if version.offset <= offset), key=lambda one: one.offset)


def _reference(key: str, row: AnyFiling, version: FiledRevision) -> ArticleRef:
    """The article in one of its versions, as far as the row knows it."""
    return ArticleRef(
        id=key,
        title=version.title,
        kind=version.kind or row.kind,
        language=row.language,
        lane=Lane.LIVE,
        fetched_at=row.fetched_at,
        publisher=Publisher(id=row.publisher[0], name=row.publisher[1]) if row.publisher else None,
        relation=version.relation or row.relation,
    )
