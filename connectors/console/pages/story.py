"""A story: who has it of their own, who copied whom, since when, and what was said to whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_308_PERMANENT_REDIRECT
from markupsafe import Markup

from connectors.api.problems import AnyRequest, ProblemError
from connectors.console.data import Data
from connectors.console.html import page, zone_of
from connectors.console.pages.choices import text_of
from connectors.console.pages.story_corrections import history, notice
from connectors.console.pages.story_lanes import (
    ArticleGroup,
    FigureRow,
    copy_trees,
    figure_rows,
    groups,
    groups_of_part,
    is_whole,
    outlet,
    picture,
    source_numbers,
)
from connectors.console.pages.story_outlets import outlet_rows
from connectors.console.picture.lanes import lanes
from connectors.console.picture.strip import scale, strip
from connectors.console.text_diff import shown_revision
from connectors.console.visitors import Visitors
from connectors.views.library import Moved
from connectors.views.story_page import StoryPage
from streams.contract.errors import Rejected
from streams.contract.messages import Scope

MOST_NAMES = 24
MOST_GROUPS = 30  # articles with their copies on one page: 50 kB
MOST_FIGURES = 8
MOST_CHANGED_CHARACTERS = 600  # of the latest revision of an article


def story_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get("/stories/{story_id:str}", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def story(request: AnyRequest, story_id: FromPath[str]) -> Response[Any]:
        found = data.library.story(story_id, tracks=data.tracked.by_story)
        if found is None and data.corrected.moved_into(story_id):
            return page(request, "coming.html", status=HTTPStatus.ACCEPTED)
        if found is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no story {story_id[:64]}")
        if isinstance(found, Moved):
            return Redirect(f"/stories/{found.to}", status_code=HTTP_308_PERMANENT_REDIRECT)
        drawn, trees = picture(found), copy_trees(found)
        sources = source_numbers(found)
        shown = _articles(data, found, _place(request), sources)
        return page(
            request,
            "story.html",
            story=found,
            picture=drawn,
            drawing=lanes(drawn.lanes, drawn.flags, drawn.label, zone_of(request)) if drawn else "",
            groups=shown.groups,
            changes={
                one.article: shown_revision(one.change, one.title, MOST_CHANGED_CHARACTERS)
                for one in found.edits
                if one.change is not None
            },
            begin=shown.begin,
            end=shown.begin + len(shown.groups),
            left_out=shown.total - shown.begin - len(shown.groups),
            more_copies=found.totals.copies - sum(node.below for node in trees),
            names=sorted(found.entities, key=lambda one: -(one.articles or 0))[:MOST_NAMES],
            figures=_figures(found),
            copies=trees,
            outlets=outlet_rows(found, sources),
            near=data.library.near(found),
            history=history(found, data.corrected.of_stories([found.id, *found.absorbed])),
            notice=notice(request, data.corrected),
            kibana=_in_kibana(data.settings.kibana_url, found.id),
            outlet=outlet,
        )

    return story


@dataclass(frozen=True)
class _Articles:
    """A part of the list of articles, after ``begin`` others, of ``total``."""

    groups: list[ArticleGroup]
    begin: int
    total: int


def _place(request: AnyRequest) -> int:
    """How many articles stand on the pages before. Raises `Rejected`."""
    text = text_of(request, "after") or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise Rejected("after is a number of articles")
    return int(text)


def _articles(data: Data, story: StoryPage, begin: int, sources: Mapping[str, int]) -> _Articles:
    """Of a small story from what was read of it; of a large one they are read a part at a time."""
    if not is_whole(story):
        part = data.library.originals(story.id, begin, MOST_GROUPS)
        return _Articles(groups_of_part(part, sources), part.begin, part.total)
    newest_first = groups(story.timeline, sources)[::-1]
    begin = min(begin, max(0, len(newest_first) - 1))
    return _Articles(newest_first[begin : begin + MOST_GROUPS], begin, len(newest_first))


def _figures(story: StoryPage) -> list[tuple[FigureRow, Markup]]:
    """Figures with their drawings, which share the time of the story."""
    if not story.timeline:
        return []
    time = scale(story.timeline[0].appeared, story.timeline[-1].appeared)
    rows = figure_rows(story, MOST_FIGURES)
    return [(row, strip(row.marks, time, f"{row.figure}: {len(row.outlets)} outlets by time")) for row in rows]


def _in_kibana(address: str | None, story: str) -> str | None:
    """The address of the story's articles in Kibana's Discover."""
    if address is None:
        return None
    query = f"(query:(language:kuery,query:'story.id:\"{story}\"'))"
    return f"{address.rstrip('/')}/app/discover#/?_a={quote(query)}"
