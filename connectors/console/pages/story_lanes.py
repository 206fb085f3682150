"""A story's page -> its lanes, and its articles with their copies below them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.console.picture.lanes import Flag, Lane, LaneMark
from connectors.console.picture.marks import MarkKind
from connectors.views.articles import StoryArticle
from connectors.views.story_page import StoryPage
from streams.contract.messages import COPIES

MOST_LANES = 40  # a screen or two; outlets that are left out are counted
MOST_MARKS = 60  # articles of one lane, the earliest
NO_PUBLISHER = "no publisher"


@dataclass(frozen=True)
class Picture:
    """``label``: the picture in words; ``left_out``: outlets without a lane."""

    lanes: tuple[Lane, ...]
    flags: tuple[Flag, ...]
    left_out: int
    label: str


@dataclass
class ArticleGroup:
    """An article that copies none of its story, and its copies in the order of appearance.

    ``source``: the number of the independent source that it brought, from 1.
    """

    article: StoryArticle
    source: int | None = None
    copies: list[StoryArticle] = field(default_factory=list)


def outlet(article: StoryArticle) -> str:
    return article.publisher or NO_PUBLISHER


def is_copy(article: StoryArticle) -> bool:
    return article.relation in COPIES


def picture(story: StoryPage) -> Picture | None:
    """None for a story without articles."""
    if not story.timeline:
        return None
    of_outlet: dict[str, list[StoryArticle]] = {}
    for one in story.timeline:
        of_outlet.setdefault(outlet(one), []).append(one)
    own_first = sorted(of_outlet, key=lambda name: all(map(is_copy, of_outlet[name])))  # by time otherwise
    shown = set(own_first[:MOST_LANES])
    order = [name for name in of_outlet if name in shown]
    lane_of = {name: place for place, name in enumerate(order)}
    outlet_of = {one.id: outlet(one) for one in story.timeline}
    edited = {one.article: one.at for one in story.edits}
    lanes = [
        Lane(
            name,
            tuple(
                mark
                for one in of_outlet[name][:MOST_MARKS]
                for mark in _marks(one, lane_of.get(outlet_of.get(one.copy_of or "", "")), edited)
            ),
        )
        for name in order
    ]
    appeared = {one.id: one.appeared for one in story.timeline}
    # an alert stands where its article does, also where it was made later: of old articles, or held back
    flags = [
        Flag(appeared.get(one.article, one.made), str(one.sources), f"alert of {one.track_name}: {one.reason}")
        for one in story.alerts
    ]
    copies = sum(map(is_copy, story.timeline))
    label = (
        f"{len(of_outlet)} outlets by time: {len(story.timeline) - copies} reports of their own, {copies} copies, "
        f"{len(story.edits)} edits, {len(story.alerts)} alerts"
    )
    return Picture(tuple(lanes), tuple(flags), len(of_outlet) - len(lanes), label)


def _marks(article: StoryArticle, origin: int | None, edited: dict[str, datetime | None]) -> list[LaneMark]:
    href = f"/articles/{article.id}"
    copied = is_copy(article)
    kind = MarkKind.COPY if copied else MarkKind.OWN
    marks = [LaneMark(article.appeared, kind, article.title, href, origin if copied else None)]
    at = edited.get(article.id)
    if article.edit is not None and at is not None:
        marks.append(LaneMark(max(at, article.appeared), MarkKind.EDIT, f"edit {article.edit.number}", href))
    return marks


def groups(timeline: Sequence[StoryArticle]) -> list[ArticleGroup]:
    """The articles in their order, each copy with its original if the story has that."""
    number = {one.id: place for place, one in enumerate((one for one in timeline if one.new_source), 1)}
    originals = {one.id for one in timeline if not is_copy(one)}
    found: dict[str, ArticleGroup] = {}
    copies = []
    for one in timeline:
        if is_copy(one) and one.copy_of in originals:
            copies.append(one)
        else:
            found[one.id] = ArticleGroup(one, number.get(one.id))
    for one in copies:
        found[one.copy_of or ""].copies.append(one)
    return list(found.values())
