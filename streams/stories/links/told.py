"""Links -> the messages by which tracks come to follow linked stories."""

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from streams.contract.messages import (
    ArticleRef,
    Coverage,
    FiledArticle,
    Filing,
    Kind,
    Lane,
    Linked,
    Story,
    StoryLink,
    StoryUpdate,
    digest,
)
from streams.stories.publish import reference


def first_update(filed: FiledArticle, at: datetime) -> StoryUpdate:
    """Return the update of the story that an article created, as alerts tell it. ``at``: log time of the message."""
    article, source = filed.article, filed.coverage.source
    publisher = article.publisher
    story = Story(
        id=filed.filing.story,
        title=article.title,
        language=article.language,
        first_seen=filed.first_seen,
        last_seen=filed.first_seen,
        articles=1,
        sources=(source,) if source is not None and filed.coverage.new else (),
        publishers=(publisher.name,) if publisher is not None else (),
        source_count=int(source is not None and filed.coverage.new),
        publisher_count=int(publisher is not None),
    )
    return StoryUpdate(
        id=digest("update", story.id, article.id, article.revision),
        kind="created",
        story=story,
        article=reference(filed),
        filing=filed.filing,
        coverage=filed.coverage,
        version=filed.version,
        received_at=article.received_at or article.fetched_at,
        filed_at=at,
        names=tuple(entity.key for entity in filed.entities),
    )


def told(link: StoryLink, first: StoryUpdate | None) -> Iterator[StoryUpdate]:
    """Yield the message to each story of a link. ``first``: the update of the one that began the later, if known."""
    for story, other in (link.stories, link.stories[::-1]):
        begun = first is not None and first.story.id == other and link.state == "linked"
        update = first if begun and first is not None else _without_article(story, link)
        yield replace(
            update,
            id=digest("linked", link.id, story, str(link.version)),
            story=replace(update.story, id=story),
            linked=Linked(other=other, state=link.state),
        )


def _without_article(story: str, link: StoryLink) -> StoryUpdate:
    nothing = Story(
        id=story, title="", language="und", first_seen=link.at, last_seen=link.at, articles=0, sources=(), publishers=()
    )
    return StoryUpdate(
        id="",
        kind="revised",
        story=nothing,
        article=ArticleRef(id="", title="", kind=Kind.ARTICLE, language="und", lane=Lane.LIVE, fetched_at=link.at),
        filing=Filing(story=story, decision="joined", score=0.0, threshold=0.0, reasons=()),
        coverage=Coverage(source=None, new=False, new_publisher=False, reason=""),
        version=link.version,
        received_at=link.at,
        filed_at=link.at,
    )
