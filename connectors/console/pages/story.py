"""A story: who has it of their own, who copied whom, since when, and what was said to whom."""

from http import HTTPStatus
from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_308_PERMANENT_REDIRECT

from connectors.api.problems import AnyRequest, ProblemError
from connectors.console.data import Data
from connectors.console.html import figure, page, zone_of
from connectors.console.pages.story_lanes import groups, outlet, picture
from connectors.console.picture.lanes import lanes
from connectors.console.visitors import Visitors
from connectors.views.library import Moved
from streams.contract.messages import Scope

MOST_NAMES = 24
MOST_GROUPS = 50  # articles with their copies on one page; ?all=1 shows the others too
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
        shown = newest_first if request.query_params.get("all") else newest_first[:MOST_GROUPS]
        return page(
            request,
            "story.html",
            story=found,
            picture=drawn,
            drawing=lanes(drawn.lanes, drawn.flags, drawn.label, zone_of(request)) if drawn else "",
            groups=shown,
            left_out=len(newest_first) - len(shown),
            names=sorted(found.entities, key=lambda one: -(one.articles or 0))[:MOST_NAMES],
            figures=[one for one in found.figures if len(one.publishers) > 1 and figure(one.figure)][:MOST_FIGURES],
            outlet=outlet,
        )

    return story
