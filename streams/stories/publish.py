"""The messages for articles.filed and stories.updates, of an article, its row and its story's snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from streams.contract.messages import (
    ArticleRef,
    Brought,
    Coverage,
    FiledArticle,
    Filing,
    Story,
    StoryUpdate,
    TaggedArticle,
    digest,
)
from streams.stories import coverage
from streams.stories.rows import AnyFiling, FilingRow, FormerFiling
from streams.stories.similarity.features import measured, searchable

REVISED = "is a new revision of an article of this story"

Happened = Literal["created", "joined", "revised"]


@dataclass(frozen=True)
class FilingResult:
    """What follows from one article. ``rows``: what to store by key, None for rows to remove.

    ``left``: what is said of the story that the article left, when a revision of it was judged anew.
    """

    filed: FiledArticle | None
    update: StoryUpdate | None
    rows: Mapping[str, FilingRow | None] = field(default_factory=dict)
    outcome: str = "repeated"
    left: StoryUpdate | None = None


@dataclass(frozen=True)
class Moved:
    """How an article was filed before it moved, and what is said of the story that it left, if that is still there."""

    before: FormerFiling
    left: StoryUpdate | None


def answer(
    tagged: TaggedArticle,
    row: AnyFiling,
    story: Story,
    offset: int,
    at: datetime,
    rows: Mapping[str, FilingRow | None],
    moved: Moved | None = None,
) -> FilingResult:
    """What is said of the event at ``offset``, one of the row's versions. Depends on nothing but its arguments."""
    first = offset == row.versions[0].offset
    kind: Happened = row.filing.decision if first else "revised"
    filing = row.filing
    said = row.coverage
    if not first:
        filing = replace(filing, reasons=(REVISED, *filing.reasons))
        said = coverage.again(said)
    filed = document(tagged, filing, said, offset, brought(row))
    update = _update(tagged, story, filing, said, kind, offset, at)
    if moved is None:
        return FilingResult(filed, update, rows, kind)
    before = moved.before
    update = replace(
        update, emptied=before.emptied, counted_before=before.coverage.source == said.source and before.coverage.new
    )
    return FilingResult(filed, update, rows, "moved", moved.left)


def brought(row: AnyFiling) -> Brought | None:
    """Which source the article brought its story, whatever was edited since."""
    if not row.coverage.new or row.coverage.source is None:
        return None
    return Brought(source=row.coverage.source, at=row.versions[0].at)


def answer_again(
    tagged: TaggedArticle,
    row: FilingRow,
    story: Story,
    offset: int,
    at: datetime,
    rows: Mapping[str, FilingRow | None],
) -> FilingResult:
    """What is said of an article that ran again: its own document made anew, and an update that is news to nobody."""
    filing, said = row.filing, row.coverage
    if tagged.edit is not None:
        filing, said = replace(filing, reasons=(REVISED, *filing.reasons)), coverage.again(said)
    update = _update(tagged, story, filing, coverage.unchanged(said), "revised", offset, at)
    return FilingResult(document(tagged, filing, said, offset, brought(row)), update, rows, "again")


def document(tagged: TaggedArticle, filing: Filing, said: Coverage, offset: int, fact: Brought | None) -> FiledArticle:
    """The whole article with its story."""
    return FiledArticle(
        article=tagged.article,
        copy=tagged.copy,
        first_seen=tagged.first_seen,
        filing=filing,
        coverage=said,
        version=offset,
        edit=tagged.edit,
        entities=tagged.entities,
        quotes=tagged.quotes,
        numbers=tagged.numbers,
        brought=fact,
    )


def _update(
    tagged: TaggedArticle, story: Story, filing: Filing, said: Coverage, kind: Happened, offset: int, at: datetime
) -> StoryUpdate:
    article = tagged.article
    return StoryUpdate(
        id=digest("update", story.id, article.id, article.revision),
        kind=kind,
        story=story,
        article=reference(tagged),
        filing=filing,
        coverage=said,
        version=offset,
        received_at=article.received_at or article.fetched_at,
        filed_at=at,
        terms=measured(tagged).terms,
        text=measured(tagged).text or searchable(article),
        names=tuple(entity.key for entity in tagged.entities),
    )


def reference(tagged: TaggedArticle) -> ArticleRef:
    """The article in short."""
    article = tagged.article
    return ArticleRef(
        id=article.id,
        title=article.title,
        kind=article.kind,
        language=article.language,
        lane=article.lane,
        fetched_at=article.fetched_at,
        url=article.url,
        publisher=article.publisher,
        published=article.published,
        relation=tagged.copy.relation,
    )
