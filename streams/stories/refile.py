"""The messages of articles that become part of another story without a new text."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from streams.contract.messages import (
    ArticleRef,
    CleanArticle,
    CopyVerdict,
    FiledArticle,
    Filing,
    Lane,
    Publisher,
    Refiling,
    Source,
    Story,
    StoryUpdate,
    digest,
)
from streams.stories import coverage
from streams.stories.cluster import Cluster
from streams.stories.publish import brought, counts_of
from streams.stories.rows import FilingRow

MOST_NAMED = 1_000  # ids of articles in one fact


@dataclass(frozen=True)
class RefiledStory:
    """What a refiling changed. ``moved``: the rows before and after, by article id; ``source`` may be empty now."""

    fact: Refiling
    source: Cluster
    target: Cluster
    moved: dict[str, tuple[FilingRow, FilingRow]]


def updates(done: RefiledStory, offset: int, at: datetime) -> list[StoryUpdate]:
    """Return the updates of both stories: of a merge one each, else one each for every article that moved."""
    if done.fact.fact == "story.merged":
        return [_redirect(done, offset, at), _latest(done.target, done.fact, offset, at)]
    found: list[StoryUpdate] = []
    for key, (before, after) in done.moved.items():
        told = replace(done.fact, articles=(key,), arrived=before.versions[0].at)
        left = _latest(done.source, told, offset, at, of=key)
        found += [
            replace(
                left,
                coverage=coverage.unchanged(before.coverage),
                left=_reference(key, before),
                left_to=done.target.id,
            ),
            _entered(done, told, key, before, after, offset, at),
        ]
    return found


def articles(done: RefiledStory, offset: int) -> list[FiledArticle]:
    """Return for each article the message that changes the story of its document."""
    story = done.target.snapshot()
    return [
        FiledArticle(
            article=_empty(key, after),
            copy=CopyVerdict(relation=after.relation, group=after.group),
            first_seen=after.first_seen or after.fetched_at,
            filing=after.filing,
            coverage=after.coverage,
            version=offset,
            brought=brought(after),
            counts=counts_of(story),
            refiled=True,
        )
        for key, (_, after) in done.moved.items()
    ]


def latest_update(story: Cluster, offset: int, at: datetime) -> StoryUpdate:
    """Return the update of a story about which only a title or its history is new."""
    return _latest(story, None, offset, at)


def _latest(story: Cluster, fact: Refiling | None, offset: int, at: datetime, of: str = "") -> StoryUpdate:
    """Return the update of a story with its latest article, which is no news."""
    key, row = max(story.rows.items(), key=lambda item: (item[1].versions[-1].offset, item[1].versions[-1].at, item[0]))
    return StoryUpdate(
        id=digest("update", story.id, str(offset), of),
        kind="revised",
        story=story.snapshot(),
        article=_reference(key, row),
        filing=row.filing,
        coverage=coverage.unchanged(row.coverage),
        version=offset,
        received_at=row.fetched_at,
        filed_at=at,
        refiled=fact,
    )


def _redirect(done: RefiledStory, offset: int, at: datetime) -> StoryUpdate:
    """Return the last update of a story that became part of another one."""
    fact, (key, (before, _)) = done.fact, list(done.moved.items())[-1]
    last = done.target.snapshot()
    story = Story(
        id=fact.from_,
        title=before.headline,
        language=before.language,
        first_seen=min(old.fetched_at for old, _ in done.moved.values()),
        last_seen=max(old.fetched_at for old, _ in done.moved.values()),
        articles=0,
        sources=(),
        publishers=(),
        history=last.history[-1:],
    )
    return StoryUpdate(
        id=digest("update", fact.from_, str(offset), ""),
        kind="revised",
        story=story,
        article=_reference(key, before),
        filing=before.filing,
        coverage=coverage.unchanged(before.coverage),
        version=offset,
        received_at=before.fetched_at,
        filed_at=at,
        moved_to=fact.into,
        refiled=fact,
    )


def _entered(
    done: RefiledStory, fact: Refiling, key: str, before: FilingRow, after: FilingRow, offset: int, at: datetime
) -> StoryUpdate:
    return StoryUpdate(
        id=digest("update", done.target.id, str(offset), key),
        kind="joined",
        story=done.target.snapshot(),
        article=_reference(key, after),
        filing=after.filing,
        coverage=after.coverage,
        version=offset,
        received_at=after.fetched_at,
        filed_at=at,
        names=tuple(named.key for named in after.entities),
        counted_before=before.coverage.new and _source(before) == _source(after),
        refiled=fact,
    )


def refiled(row: FilingRow, story: str, why: str, *, creates: bool) -> Filing:
    """Return the filing of an article that is part of another story now."""
    return replace(
        row.filing,
        story=story,
        decision="created" if creates else "joined",
        reasons=(why, *row.filing.reasons)[:_MOST_REASONS],
        moved_from=row.story,
    )


_MOST_REASONS = 10


def _source(row: FilingRow) -> Source | None:
    return row.coverage.source


def _reference(key: str, row: FilingRow) -> ArticleRef:
    return ArticleRef(
        id=key,
        title=row.headline,
        kind=row.kind,
        language=row.language,
        lane=Lane.LIVE,
        fetched_at=row.fetched_at,
        publisher=_publisher(row),
        relation=row.relation,
        first_seen=row.first_seen,
    )


def _publisher(row: FilingRow) -> Publisher | None:
    return Publisher(id=row.publisher[0], name=row.publisher[1]) if row.publisher else None


def _empty(key: str, row: FilingRow) -> CleanArticle:
    """Return the article without its text, which no row has."""
    return CleanArticle(
        id=key,
        revision=row.versions[-1].revision,
        arrival="",
        origin="",
        lane=Lane.LIVE,
        fetched_at=row.fetched_at,
        kind=row.kind,
        title=row.headline,
        body="",
        language=row.language,
        publisher=_publisher(row),
    )
