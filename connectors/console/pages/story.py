"""A story: who has it of their own, who copied whom, since when, and what was said to whom."""

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
from connectors.console.pages.story_lanes import FigureRow, copy_trees, figure_rows, groups, outlet, picture
from connectors.console.picture.lanes import lanes
from connectors.console.picture.strip import scale, strip
from connectors.console.visitors import Visitors
from connectors.views.library import Moved
from connectors.views.story_page import StoryPage
from streams.contract.errors import Rejected
from streams.contract.messages import Scope

MOST_NAMES = 24
MOST_GROUPS = 30  # articles with their copies on one page: 50 kB
MOST_FIGURES = 8


def story_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get("/stories/{story_id:str}", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def story(request: AnyRequest, story_id: FromPath[str]) -> Response[Any]:
        found = data.library.story(story_id, tracks=data.tracked.by_story)
        if found is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no story {story_id[:64]}")
        if isinstance(found, Moved):
            return Redirect(f"/stories/{found.to}", status_code=HTTP_308_PERMANENT_REDIRECT)
        drawn = picture(found)
        newest_first = groups(found.timeline)[::-1]
        begin = _place(request, len(newest_first))
        shown = newest_first[begin : begin + MOST_GROUPS]
        return page(
            request,
            "story.html",
            story=found,
            picture=drawn,
            drawing=lanes(drawn.lanes, drawn.flags, drawn.label, zone_of(request)) if drawn else "",
            groups=shown,
            begin=begin,
            end=begin + len(shown),
            left_out=len(newest_first) - begin - len(shown),
            names=sorted(found.entities, key=lambda one: -(one.articles or 0))[:MOST_NAMES],
            figures=_figures(found),
            copies=copy_trees(found),
            near=data.library.near(found),
            history=history(found, data.corrected.of_stories([found.id, *found.absorbed])),
            notice=notice(request, data.corrected),
            kibana=_in_kibana(data.settings.kibana_url, found.id),
            outlet=outlet,
        )

    return story


def _place(request: AnyRequest, number: int) -> int:
    """How many articles stand on the pages before. Raises `Rejected`."""
    text = text_of(request, "after") or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise Rejected("after is a number of articles")
    return min(int(text), max(0, number - 1))


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
