"""A story from which an article was taken out, in; the update that tells the story without it, out."""

from datetime import datetime

from streams.messages import ArticleRef, Lane, Publisher, StoryUpdate, digest
from streams.stories import coverage
from streams.stories.cluster import Cluster
from streams.stories.rows import ArticleRow


def after_removal(story: Cluster, gone: ArticleRow, offset: int, at: datetime) -> StoryUpdate | None:
    """The story as its other articles tell it, with the latest of them; None when it has no other one."""
    if not story.rows:
        return None
    key, latest = max(story.rows.items(), key=lambda item: item[1].versions[-1].offset)
    return StoryUpdate(
        id=digest("update", story.id, str(offset)),
        kind="revised",
        story=story.snapshot(),
        article=_reference(key, latest),
        filing=latest.filing,
        coverage=coverage.unchanged(gone.coverage),
        version=offset,
        received_at=latest.fetched_at,
        filed_at=at,
    )


def _reference(key: str, row: ArticleRow) -> ArticleRef:
    """As far as the row knows the article."""
    return ArticleRef(
        id=key,
        title=row.headline,
        kind=row.kind,
        language=row.language,
        lane=Lane.LIVE,
        fetched_at=row.fetched_at,
        publisher=Publisher(id=row.publisher[0], name=row.publisher[1]) if row.publisher else None,
        relation=row.relation,
    )
