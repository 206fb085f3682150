"""The messages that follow from filing an article: articles.filed, and the updates of the stories concerned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from streams.contract.messages import (
    COPIES,
    ArticleDetails,
    ArticleRef,
    Brought,
    Coverage,
    Edit,
    FiledArticle,
    Filing,
    Lane,
    Publisher,
    Refiling,
    Story,
    StoryCorrection,
    StoryCounts,
    StoryUpdate,
    TaggedArticle,
    clipped,
    digest,
)
from streams.stories import coverage
from streams.stories.cluster import Cluster, snapshot_at
from streams.stories.excerpt import first_sentences
from streams.stories.lineage import StoryRow
from streams.stories.rows import AnyFiling, FiledRevision, FilingRow, FormerFiling
from streams.stories.similarity.features import measured, searchable

MOST_ADDED, MOST_ADDED_CHARACTERS = 5, 500  # paragraphs of an edit, and characters of each, in an update
REVISED = "is a new revision of an article of this story"

AnyRow = FilingRow | StoryRow
UpdateKind = Literal["created", "joined", "revised"]


@dataclass(frozen=True)
class FilingResult:
    """What follows from one article. ``rows``: the rows to store by key, None for a row to remove.

    ``left``: the update of the story that the article left, if a revision of it was filed anew in another one.
    ``changes``, ``refiled``: updates and articles of what changed besides; ``corrections``: with their outcomes.
    """

    filed: FiledArticle | None
    update: StoryUpdate | None
    rows: Mapping[str, AnyRow | None] = field(default_factory=dict)
    outcome: str = "repeated"
    left: StoryUpdate | None = None
    changes: tuple[StoryUpdate, ...] = ()
    refiled: tuple[FiledArticle, ...] = ()
    corrections: tuple[StoryCorrection, ...] = ()

    @property
    def facts(self) -> tuple[Refiling, ...]:
        """The facts behind ``changes``, each once."""
        found = [one.refiled for one in self.changes if one.refiled is not None]
        return tuple(one for place, one in enumerate(found) if one not in found[:place])


@dataclass(frozen=True)
class Moved:
    """How an article was filed before it moved, and the update of the story that it left, if that still exists."""

    before: FormerFiling
    left: StoryUpdate | None


def answer(
    tagged: TaggedArticle,
    row: AnyFiling,
    story: Story,
    offset: int,
    at: datetime,
    rows: Mapping[str, AnyRow | None],
    moved: Moved | None = None,
) -> FilingResult:
    """Return the result of the event at ``offset``, one of the row's versions. A pure function of its arguments."""
    first = offset == row.versions[0].offset
    kind: UpdateKind = row.filing.decision if first else "revised"
    filing, verdict = (row.filing, row.coverage) if first else _revised(row)
    filed = document(tagged, filing, verdict, offset, brought(row), counts_of(story))
    update = _update(tagged, story, filing, verdict, kind, offset, at)
    if kind == "revised" and tagged.edit is not None:
        update = replace(update, edit=_shortened(tagged.edit))
    if moved is None:
        return FilingResult(filed, update, rows, kind)
    before = moved.before
    update = replace(
        update, emptied=before.emptied, counted_before=before.coverage.source == verdict.source and before.coverage.new
    )
    return FilingResult(filed, update, rows, "moved", moved.left)


def answer_again(
    tagged: TaggedArticle,
    row: FilingRow,
    story: Story,
    offset: int,
    at: datetime,
    rows: Mapping[str, AnyRow | None],
) -> FilingResult:
    """Return the result of an article that runs again: its document made anew, and an update without news."""
    filing, verdict = (row.filing, row.coverage) if tagged.edit is None else _revised(row)
    update = _update(tagged, story, filing, coverage.unchanged(verdict), "revised", offset, at)
    filed = document(tagged, filing, verdict, offset, brought(row), counts_of(story))
    return FilingResult(filed, update, rows, "again")


def _revised(row: AnyFiling) -> tuple[Filing, Coverage]:
    """Return filing and coverage as they are published for a later revision."""
    return replace(row.filing, reasons=(REVISED, *row.filing.reasons)), coverage.again(row.coverage)


def brought(row: AnyFiling) -> Brought | None:
    """Return the source that the article brought its story, whatever was edited since."""
    if not row.coverage.new or row.coverage.source is None:
        return None
    return Brought(source=row.coverage.source, at=row.versions[0].at)


def counts_of(story: Story) -> StoryCounts:
    """Return the counts of a story as a filing tells them."""
    return StoryCounts(articles=story.articles, sources=story.all_sources, publishers=story.all_publishers)


def document(
    tagged: TaggedArticle,
    filing: Filing,
    verdict: Coverage,
    offset: int,
    fact: Brought | None,
    counts: StoryCounts | None,
) -> FiledArticle:
    """Return the message for articles.filed: the whole article with its story."""
    return FiledArticle(
        article=tagged.article,
        copy=tagged.copy,
        first_seen=tagged.first_seen,
        filing=filing,
        coverage=verdict,
        version=offset,
        edit=tagged.edit,
        entities=tagged.entities,
        quotes=tagged.quotes,
        numbers=tagged.numbers,
        brought=fact,
        counts=counts,
    )


def _update(
    tagged: TaggedArticle, story: Story, filing: Filing, verdict: Coverage, kind: UpdateKind, offset: int, at: datetime
) -> StoryUpdate:
    article = tagged.article
    return StoryUpdate(
        id=digest("update", story.id, article.id, article.revision),
        kind=kind,
        story=story,
        article=reference(tagged),
        filing=filing,
        coverage=verdict,
        version=offset,
        received_at=article.received_at or article.fetched_at,
        filed_at=at,
        terms=measured(tagged).terms,
        text=measured(tagged).text or searchable(article),
        names=tuple(entity.key for entity in tagged.entities),
        details=ArticleDetails(
            names=tuple(entity.name for entity in tagged.entities),
            section=article.section,
            tags=article.tags,
            authors=article.authors,
            credits=article.credits,
            words=article.words,
            modified=article.modified.value if article.modified else None,
            first_seen=tagged.first_seen,
            text_relation=tagged.copy.text_relation,
        ),
    )


def _shortened(edit: Edit) -> Edit:
    added = tuple(clipped(paragraph, MOST_ADDED_CHARACTERS) for paragraph in edit.added[:MOST_ADDED])
    return replace(edit, added=added)


def after_removal(story: Cluster, removed: str, gone: FilingRow, offset: int, at: datetime) -> StoryUpdate:
    """Return the update of a story from which the article ``removed`` was removed, with its latest other article.

    Without another one, the update has no article and no text.
    """
    left = ArticleRef(
        id=removed,
        title="",
        kind=gone.kind,
        language=gone.language,
        lane=Lane.LIVE,
        fetched_at=gone.fetched_at,
        publisher=Publisher(id=gone.publisher[0], name=gone.publisher[1]) if gone.publisher else None,
    )
    if not story.rows:
        empty = Story(
            id=gone.story,
            title="",
            language=gone.language,
            first_seen=gone.fetched_at,
            last_seen=gone.fetched_at,
            articles=0,
            sources=(),
            publishers=(),
        )
        filing = Filing(story=gone.story, decision=gone.filing.decision, score=0.0, threshold=0.0, reasons=())
        return StoryUpdate(
            id=digest("update", gone.story, str(offset)),
            kind="revised",
            story=empty,
            article=left,
            filing=filing,
            coverage=coverage.unchanged(gone.coverage),
            version=offset,
            received_at=gone.fetched_at,
            filed_at=at,
            left=left,
        )
    key, latest = max(story.rows.items(), key=lambda item: (item[1].versions[-1].offset, item[0]))
    update = _update_without(story.snapshot(), gone, (key, latest, latest.versions[-1]), offset, at)
    return replace(update, left=left)


def after_move(
    stay: FormerFiling,
    others: Sequence[tuple[str, AnyFiling]],
    tagged: TaggedArticle,
    to: str,
    offset: int,
    at: datetime,
    lineage: StoryRow | None = None,
) -> StoryUpdate:
    """Return the update of the story that an article left at ``offset`` for the story ``to``.

    ``others``: the articles that the story had then. Without any, the update has no articles and names the story that
    now holds its only one.
    """
    if others:
        key, latest = max(others, key=lambda item: _revision_at(item[1], offset).offset)
        story = snapshot_at(stay.story, others, offset, lineage)
        update = _update_without(story, stay, (key, latest, _revision_at(latest, offset)), offset, at)
        return replace(update, left=reference(tagged), left_to=to)
    alone = snapshot_at(stay.story, [(tagged.article.id, stay)], offset - 1)
    return StoryUpdate(
        id=digest("update", stay.story, str(offset)),
        kind="revised",
        story=replace(alone, articles=0, sources=(), publishers=(), entities=(), source_count=0, publisher_count=0),
        article=reference(tagged),
        filing=stay.filing,
        coverage=coverage.unchanged(stay.coverage),
        version=offset,
        received_at=tagged.article.received_at or tagged.article.fetched_at,
        filed_at=at,
        moved_to=to,
        left=reference(tagged),
        left_to=to,
    )


def _update_without(
    story: Story, gone: AnyFiling, latest: tuple[str, AnyFiling, FiledRevision], offset: int, at: datetime
) -> StoryUpdate:
    """Return the update of a story that lost ``gone``, with the ``latest`` of its other articles."""
    key, row, revision = latest
    article = ArticleRef(
        id=key,
        title=revision.title,
        kind=revision.kind or row.kind,
        language=row.language,
        lane=Lane.LIVE,
        fetched_at=row.fetched_at,
        publisher=Publisher(id=row.publisher[0], name=row.publisher[1]) if row.publisher else None,
        relation=revision.relation or row.relation,
    )
    return StoryUpdate(
        id=digest("update", story.id, str(offset)),
        kind="revised",
        story=story,
        article=article,
        filing=row.filing,
        coverage=coverage.unchanged(gone.coverage),
        version=offset,
        received_at=row.fetched_at,
        filed_at=at,
    )


def _revision_at(row: AnyFiling, offset: int) -> FiledRevision:
    """Return the latest revision up to ``offset``."""
    return max((version for version in row.versions if version.offset <= offset), key=lambda one: one.offset)


def reference(tagged: TaggedArticle | FiledArticle) -> ArticleRef:
    """Return what updates and alerts tell of an article."""
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
        labels=article.labels,
        excerpt=first_sentences(article.summary or "", article.body),
        first_seen=tagged.first_seen,
        copy_of=tagged.copy.of if tagged.copy.of_text in COPIES else None,
        copy_of_publisher=tagged.copy.of_publisher if tagged.copy.of_text in COPIES else None,
    )
