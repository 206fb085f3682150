"""A story's page -> its lanes, and its articles with their copies below them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.console.html import figure
from connectors.console.picture.lanes import Flag, Lane, LaneMark, TieStart
from connectors.console.picture.marks import Mark, MarkKind
from connectors.elastic.read.story_articles import BROUGHT_SOURCES, OriginalsPart
from connectors.views.articles import StoryArticle, article
from connectors.views.story_page import StoryPage
from streams.contract.messages import COPIES, clipped

MOST_LANES = 40  # a screen or two; outlets that are left out are counted
MOST_MARKS = 200  # articles of all lanes: 60 kB; of each lane the first and the latest are drawn
LEAST_MARKS = 4  # of a lane
MOST_MARK_TITLE = 100  # characters
MOST_COPIES = 60  # of all trees of a story
NO_PUBLISHER = "no publisher"


@dataclass(frozen=True)
class Picture:
    """``label``: the picture in words; ``left_out``: outlets without a lane; ``not_drawn``: articles without a mark."""

    lanes: tuple[Lane, ...]
    flags: tuple[Flag, ...]
    left_out: int
    not_drawn: int
    label: str


@dataclass
class ArticleGroup:
    """An article that copies none of its story, and its copies in the order of appearance.

    ``source``: the number of the independent source that it brought, from 1; ``copied``: how many copies it has, of
    which the first are in ``copies``.
    """

    article: StoryArticle
    source: int | None = None
    copies: list[StoryArticle] = field(default_factory=list)
    copied: int = 0


def outlet(article: StoryArticle) -> str:
    return article.publisher or NO_PUBLISHER


def is_copy(article: StoryArticle) -> bool:
    return article.text_relation in COPIES


def picture(story: StoryPage) -> Picture | None:
    """None for a story without articles."""
    if not story.timeline:
        return None
    of_outlet: dict[str, list[StoryArticle]] = {}
    for one in story.timeline:
        of_outlet.setdefault(outlet(one), []).append(one)
    own_first = sorted(of_outlet, key=lambda name: all(map(is_copy, of_outlet[name])))  # by time otherwise
    shown = set(own_first[:MOST_LANES])
    lanes = _lanes(story, {name: found for name, found in of_outlet.items() if name in shown})
    totals, drawn = story.totals, {mark.href for lane in lanes for mark in lane.marks}
    label = (
        f"{totals.outlets} outlets by time: {totals.articles - totals.copies} reports of their own, "
        f"{totals.copies} copies, {totals.edits} edits, {len(story.alerts)} alerts"
    )
    return Picture(
        lanes=lanes,
        flags=_flags(story),
        left_out=max(totals.outlets, len(of_outlet)) - len(lanes),
        not_drawn=max(0, totals.articles - len(drawn)),
        label=label,
    )


def _lanes(story: StoryPage, shown: Mapping[str, Sequence[StoryArticle]]) -> tuple[Lane, ...]:
    lane_of = {name: place for place, name in enumerate(shown)}
    starts = {one.id: TieStart(lane_of[outlet(one)], one.appeared) for one in story.timeline if outlet(one) in lane_of}
    edited = {one.article: one.at for one in story.edits}
    most = max(LEAST_MARKS, MOST_MARKS // len(shown))
    return tuple(
        Lane(
            name,
            tuple(
                mark
                for one in _first_and_latest(found, most)
                for mark in _marks(one, starts.get(one.copy_of or ""), edited)
            ),
        )
        for name, found in shown.items()
    )


def _flags(story: StoryPage) -> tuple[Flag, ...]:
    """An alert stands where its article does, also where it was made later: of old articles, or held back."""
    appeared = {one.id: one.appeared for one in story.timeline}
    return tuple(
        Flag(appeared.get(one.article, one.made), str(one.sources), f"alert of {one.track_name}: {one.reason}")
        for one in story.alerts
    )


def _first_and_latest(found: Sequence[StoryArticle], most: int) -> Sequence[StoryArticle]:
    return found if len(found) <= most else [*found[: most // 2], *found[-(most - most // 2) :]]


def _marks(article: StoryArticle, origin: TieStart | None, edited: dict[str, datetime | None]) -> list[LaneMark]:
    href = f"/articles/{article.id}"
    copied = is_copy(article)
    kind = MarkKind.COPY if copied else MarkKind.OWN
    marks = [
        LaneMark(article.appeared, kind, clipped(article.title, MOST_MARK_TITLE), href, origin if copied else None)
    ]
    at = edited.get(article.id)
    if article.edit is not None and at is not None:
        marks.append(LaneMark(max(at, article.appeared), MarkKind.EDIT, f"edit {article.edit.number}", href))
    return marks


@dataclass
class CopyNode:
    """A text and its copies, each with its own. ``id``: None for an original that is not in the story.

    ``precision``: of the time.
    """

    outlet: str
    id: str | None
    appeared: datetime | None = None
    precision: str = "second"
    similarity: float | None = None
    copies: list["CopyNode"] = field(default_factory=list)

    @property
    def below(self) -> int:
        """The number of its copies and of theirs."""
        return sum(1 + one.below for one in self.copies)


def copy_trees(story: StoryPage) -> list[CopyNode]:
    """Who copied whom: a tree for each original with copies, of at most `MOST_COPIES` copies in all."""
    known = {one.id: one for one in story.timeline}
    trees, left = [], MOST_COPIES
    for group in sorted(story.copies, key=lambda group: -len(group.copies)):
        original = known.get(group.original)
        root = CopyNode(
            outlet=group.publisher or NO_PUBLISHER,
            id=None if original is None else original.id,
            appeared=None if original is None else original.appeared,
            precision="second" if original is None else original.precision,
        )
        shown = group.copies[:left]
        nodes = {
            one.article: CopyNode(one.publisher or NO_PUBLISHER, one.article, one.at, one.precision, one.similarity)
            for one in shown
        }
        for one in shown:
            parent = nodes.get(one.of, root) if one.of not in _above(one.article, nodes) else root
            parent.copies.append(nodes[one.article])
        left -= len(shown)
        if root.copies:
            trees.append(root)
    return trees


def _above(article: str, nodes: dict[str, CopyNode]) -> set[str | None]:
    """The article and all copies below it: none of them can be what it copies."""
    found: set[str | None] = set()
    waiting = [nodes[article]]
    while waiting:
        node = waiting.pop()
        found.add(node.id)
        waiting += node.copies
    return found


@dataclass(frozen=True)
class FigureRow:
    """A figure, when each outlet first had it, and which outlets with reports of their own do not have it."""

    figure: str
    marks: tuple[Mark, ...]
    outlets: tuple[str, ...]
    without: tuple[str, ...]


def figure_rows(story: StoryPage, most: int) -> list[FigureRow]:
    """The figures that several outlets have, those first that an outlet with a report of its own does not have."""
    known = {one.id: one for one in story.timeline}
    reporting = dict.fromkeys(outlet(one) for one in story.timeline if not is_copy(one) and one.publisher)
    rows = []
    for one in story.figures:
        first = {outlet(known[id_]): known[id_] for id_ in reversed(one.articles) if id_ in known}
        if len(one.publishers) < 2 or not figure(one.figure):
            continue
        marks = tuple(Mark(each.appeared, MarkKind.COPY if is_copy(each) else MarkKind.OWN) for each in first.values())
        # in an article that is not in the timeline it may be all the same
        without = tuple(name for name in reporting if name not in first) if is_whole(story) else ()
        rows.append(FigureRow(figure(one.figure), marks, tuple(reversed(first)), without))
    return sorted(rows, key=lambda row: not row.without)[:most]


def source_numbers(story: StoryPage) -> dict[str, int]:
    """Article -> the number of the independent source that it brought, from 1, in order of arrival."""
    brought = sorted((one for one in story.timeline if one.new_source), key=lambda one: one.first_seen)
    known = brought if is_whole(story) else brought[:BROUGHT_SOURCES]
    return {one.id: place for place, one in enumerate(known, 1)}


def is_whole(story: StoryPage) -> bool:
    """Whether the timeline has every article."""
    return len(story.timeline) >= story.totals.articles


def groups(timeline: Sequence[StoryArticle], sources: Mapping[str, int]) -> list[ArticleGroup]:
    """The articles in their order, each copy with its original if that is one of them."""
    originals = {one.id for one in timeline if not is_copy(one)}
    found: dict[str, ArticleGroup] = {}
    copies = []
    for one in timeline:
        if is_copy(one) and one.copy_of in originals:
            copies.append(one)
        else:
            found[one.id] = ArticleGroup(one, sources.get(one.id))
    for one in copies:
        group = found[one.copy_of or ""]
        group.copies.append(one)
        group.copied += 1
    return list(found.values())


def groups_of_part(part: OriginalsPart, sources: Mapping[str, int]) -> list[ArticleGroup]:
    """As `groups`, of articles that were read with their copies."""
    found = {one.article.id: ArticleGroup(article(one), sources.get(one.article.id)) for one in part.articles}
    for one in part.copies:
        found[one.article.copy.of or ""].copies.append(article(one))
    for id_, number in part.copied.items():
        found[id_].copied = number
    return list(found.values())
