"""The desk: what moves now, the story that grows most first, all rows with the same scale of time."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from connectors.api.problems import AnyRequest
from connectors.console.data import Data
from connectors.console.html import page, zone_of
from connectors.console.pages.choices import one_of, text_of
from connectors.console.pages.row_marks import marks_of
from connectors.console.pages.search import pointer, query_error
from connectors.console.picture.strip import axis, fitted, scale, strip
from connectors.console.visitors import Visitors
from connectors.views.choices import ArticleChoice, StoryChoice
from connectors.views.library import StoryList, StorySort
from connectors.views.stories import MovingStory
from streams.contract.messages import Scope

ROWS = 30
LEAST_SOURCES = 2  # a story of one source is hidden at first
MOST_SUGGESTED = 30  # sections
# the parameters of the form, with their labels, and those that it passes on
FILTERS = {"q": "matching", "section": "section", "language": "language", "country": "country"}
KEPT = ("sort", "period", "tracked", "single")
Period = Literal["6h", "24h", "7d", "all"]
PERIODS: dict[Period, tuple[str, timedelta | None]] = {
    "6h": ("last 6 h", timedelta(hours=6)),
    "24h": ("24 h", timedelta(hours=24)),
    "7d": ("7 d", timedelta(days=7)),
    "all": ("all", None),
}
SORTS: dict[StorySort, str] = {"growth": "growth", "sources": "sources", "time": "newest"}


@dataclass(frozen=True)
class _Asked:
    """What a reader chose. ``since``: None for all times; ``error``: what is wrong with the query, if anything is."""

    period: Period
    since: datetime | None
    sort: StorySort
    everything: bool
    tracked: bool
    filters: dict[str, str]
    error: str | None


def desk_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get("/", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def desk(request: AnyRequest) -> Response[bytes]:
        now = datetime.now(UTC)
        asked = _asked(request, now)
        found = _found(data, asked, text_of(request, "after"), now)
        marks = marks_of(data.index, [one.id for one in found.items], asked.since)
        time = scale(asked.since, now) if asked.since else fitted(mark.at for row in marks.values() for mark in row)
        return page(
            request,
            "desk.html",
            now=now,
            asked=asked,
            rows=[(one, strip(marks[one.id], time, _label(one))) for one in found.items],
            next=found.next,
            axis=axis(time, zone_of(request)),
            periods={key: words for key, (words, _) in PERIODS.items()},
            sorts=SORTS,
            pointer=pointer(asked.error),
            labels=FILTERS,
            suggested={
                "section": _most_common(one.sections for one in found.items),
                "language": sorted({one.language for one in found.items if one.language}),
                "country": sorted({country for one in found.items for country in one.countries}),
            },
            kept={name: value for name in KEPT if (value := text_of(request, name))},
        )

    return desk


def _asked(request: AnyRequest, now: datetime) -> _Asked:
    period = one_of(request, "period", PERIODS, "24h")
    length = PERIODS[period][1]
    filters = {name: text_of(request, name) or "" for name in FILTERS}
    return _Asked(
        period=period,
        since=now - length if length else None,
        sort=one_of(request, "sort", SORTS, "growth" if length else "time"),
        everything=bool(text_of(request, "single")),
        tracked=bool(text_of(request, "tracked")),
        filters=filters,
        error=query_error(filters["q"]) if filters["q"] else None,
    )


def _found(data: Data, asked: _Asked, after: str | None, now: datetime) -> StoryList:
    if asked.error:
        return StoryList(items=(), next=None)

    def chosen(name: str) -> tuple[str, ...]:
        return tuple(filter(None, [asked.filters[name]]))

    tracks = data.tracked.by_story
    choice = StoryChoice(
        having=ArticleChoice(query=asked.filters["q"] or None, countries=chosen("country"), sections=chosen("section")),
        languages=chosen("language"),
        least_sources=None if asked.everything else LEAST_SOURCES,
        since=asked.since,
        ids=tuple(tracks or ()) if asked.tracked else None,
    )
    return data.library.stories(choice, asked.sort, limit=ROWS, after=after, tracks=tracks, now=now)


def _most_common(counts: Iterable[Mapping[str, int]]) -> list[str]:
    """The sections of most articles, which are suggested."""
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return [name for name, _ in total.most_common(MOST_SUGGESTED)]


def _label(story: MovingStory) -> str:
    return (
        f"{story.source_count or 0} independent sources, {story.articles or 0} articles; "
        f"{story.growth.articles} articles in the last day"
    )
