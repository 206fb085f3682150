"""A stored article -> its view in search results, in a story, and in events."""

from datetime import datetime
from typing import Any, Literal

from connectors.elastic import records as r
from connectors.elastic.read.queries import MARK_END, MARK_START, ArticleHit, appeared, appeared_on_day
from connectors.views.base import View, publisher_name


class EditView(View, frozen=True, kw_only=True):
    """The latest change of an article. ``added``: new paragraphs; ``removed``: number of removed ones."""

    number: int
    title_before: str | None
    added: tuple[str, ...]
    removed: int


class Hunk(View, frozen=True, kw_only=True):
    """Paragraphs that were replaced. ``after``: how many unchanged ones follow the hunk before, or begin the text."""

    after: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


class Revision(View, frozen=True, kw_only=True):
    """What a change of an article made of the text before it. ``at``: when the changed text was fetched.

    ``left_out``: paragraphs of the change that are not stored, since it is too long.
    """

    number: int
    at: datetime
    title_before: str | None
    hunks: tuple[Hunk, ...]
    left_out: int


class ShortArticle(View, frozen=True, kw_only=True):
    """``appeared``: when it was published, as far as known, else when it was first seen.

    ``precision``: of that time. Of a day without a time it is the midnight, in UTC; a copy of a text that appeared
    later on that day has the time of that text.
    """

    id: str
    title: str
    publisher: str | None
    url: str | None
    language: str
    published: datetime | None
    first_seen: datetime
    appeared: datetime
    precision: Literal["second", "day"]
    origin: str | None
    labels: tuple[str, ...]
    body_source: str | None
    body_confidence: float | None


class StoryArticle(ShortArticle, frozen=True, kw_only=True):
    """An article of a story, with the reasons why it belongs to it.

    ``labels``: those of its source; ``revision``: the number of the latest edit; ``text_relation``: how the text
    relates to earlier ones, also where ``relation`` says that it is a revision.
    """

    kind: str
    lane: str
    authors: tuple[str, ...]
    labels: tuple[str, ...]
    entities: tuple[str, ...]
    relation: str
    text_relation: str
    copy_of: str | None
    copy_of_publisher: str | None
    copy_reason: str | None
    revision: int | None
    edit: EditView | None
    new_source: bool
    source: str | None
    source_reason: str | None
    decision: str
    score: float
    threshold: float
    reasons: tuple[str, ...]
    nearest: str | None


class FiledArticleView(StoryArticle, frozen=True, kw_only=True):
    """An article with the id of its story."""

    story: str


class Hit(ShortArticle, frozen=True, kw_only=True):
    """An article that a search has found. ``storywatch``: the mark by which `ingest` knows that it lacks the text."""

    storywatch: str = "hit"
    story: str
    score: float
    fragments: tuple[str, ...]


def article(found: r.ArticleRecord) -> StoryArticle:
    return StoryArticle(**_of_story(found))


def filed(found: r.ArticleRecord) -> FiledArticleView:
    return FiledArticleView(**_of_story(found), story=found.story.id)


def hit(found: ArticleHit, *, marked: bool = False) -> Hit:
    """``marked``: with the highlighting marks in the fragments."""
    return Hit(
        **_short(found.article),
        story=found.article.story.id,
        score=round(found.score, 3),
        fragments=found.fragments if marked else tuple(unmarked(fragment) for fragment in found.fragments),
    )


def edit(found: r.EditFields | None) -> EditView | None:
    if found is None:
        return None
    return EditView(
        number=found.number, title_before=found.title_before, added=tuple(found.added), removed=found.removed
    )


def revision(found: r.RevisionFields) -> Revision:
    return Revision(
        number=found.number,
        at=found.fetched_at,
        title_before=found.title_before,
        hunks=tuple(Hunk(after=one.after, removed=one.removed, added=one.added) for one in found.hunks),
        left_out=found.left_out,
    )


def unmarked(text: str) -> str:
    """The text without the highlighting marks."""
    return text.replace(MARK_START, "").replace(MARK_END, "")


def _of_story(found: r.ArticleRecord) -> dict[str, Any]:
    one, filing, coverage = found.article, found.story.filing, found.story.coverage
    return {
        **_short(found),
        "kind": one.kind,
        "lane": one.lane,
        "authors": one.authors,
        "labels": one.labels,
        "entities": found.entities.keys,
        "relation": one.copy.relation,
        "text_relation": one.copy.text_relation or one.copy.relation,
        "copy_of": one.copy.of,
        "copy_of_publisher": one.copy.of_publisher,
        "copy_reason": one.copy.reason,
        "revision": None if one.edit is None else one.edit.number,
        "edit": edit(one.edit),
        "new_source": found.story.brought_source is not None,
        "source": None if coverage is None or coverage.source is None else coverage.source.name,
        "source_reason": None if coverage is None else coverage.reason,
        "decision": filing.decision,
        "score": filing.score,
        "threshold": filing.threshold,
        "reasons": filing.reasons,
        "nearest": filing.nearest,
    }


def _short(found: r.ArticleRecord) -> dict[str, Any]:
    one = found.article
    return {
        "id": one.id,
        "title": one.title,
        "publisher": publisher_name(found),
        "url": None if found.url is None else found.url.full,
        "language": one.language,
        "published": one.published,
        "first_seen": found.timestamp,
        "appeared": appeared(found),
        "precision": "day" if appeared_on_day(found) else "second",
        "origin": one.origin,
        "labels": one.labels,
        "body_source": one.body_source,
        "body_confidence": one.body_confidence,
    }
