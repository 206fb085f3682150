"""The desk: what moves now, the story that grows most first, all rows with the same scale of time."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from connectors.api.problems import AnyRequest
from connectors.console.data import Data
from connectors.console.html import page, zone_of
from connectors.console.pages.choices import one_of, text_of
from connectors.console.pages.row_marks import marks_of
from connectors.console.picture.strip import axis, fitted, scale, strip
from connectors.console.visitors import Visitors
from connectors.views.choices import ArticleChoice, StoryChoice
from connectors.views.library import StorySort
from connectors.views.stories import MovingStory
from streams.contract.messages import Scope

ROWS = 30
LEAST_SOURCES = 2  # a story of one source is hidden at first
Period = Literal["6h", "24h", "7d", "all"]
PERIODS: dict[Period, tuple[str, timedelta | None]] = {
    "6h": ("last 6 h", timedelta(hours=6)),
    "24h": ("24 h", timedelta(hours=24)),
    "7d": ("7 d", timedelta(days=7)),
    "all": ("all", None),
}
SORTS: dict[StorySort, str] = {"growth": "growth", "sources": "sources", "time": "newest"}


def desk_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get("/", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def desk(request: AnyRequest) -> Response[bytes]:
        now = datetime.now(UTC)
        period = one_of(request, "period", PERIODS, "24h")
        sort: StorySort = one_of(request, "sort", SORTS, "growth" if PERIODS[period][1] else "time")
        since = now - length if (length := PERIODS[period][1]) else None
        everything = bool(text_of(request, "single"))
        tracks = data.tracked.by_story
        tracked = bool(text_of(request, "tracked"))
        choice = StoryChoice(
            having=ArticleChoice(
                query=text_of(request, "q"),
                countries=tuple(filter(None, [text_of(request, "country")])),
                sections=tuple(filter(None, [text_of(request, "section")])),
            ),
            languages=tuple(filter(None, [text_of(request, "language")])),
            least_sources=None if everything else LEAST_SOURCES,
            since=since,
            ids=tuple(tracks or ()) if tracked else None,
        )
        found = data.library.stories(choice, sort, limit=ROWS, after=text_of(request, "after"), tracks=tracks, now=now)
        marks = marks_of(data.index, [one.id for one in found.items], since)
        time = scale(since, now) if since else fitted(mark.at for row in marks.values() for mark in row)
        rows = [(one, strip(marks[one.id], time, _label(one))) for one in found.items]
        return page(
            request,
            "desk.html",
            now=now,
            rows=rows,
            next=found.next,
            axis=axis(time, zone_of(request)),
            periods={key: words for key, (words, _) in PERIODS.items()},
            period=period,
            sorts=SORTS,
            sort=sort,
            everything=everything,
            tracked=tracked,
            query=text_of(request, "q") or "",
            languages=sorted({one.language for one in found.items if one.language}),
            countries=sorted({country for one in found.items for country in one.countries}),
            filters=[(name, value) for name in ("language", "country", "section") if (value := text_of(request, name))],
        )

    return desk


def _label(story: MovingStory) -> str:
    return (
        f"{story.source_count or 0} independent sources, {story.articles or 0} articles; "
        f"{story.growth.articles} articles in the last day"
    )
