"""Names: which stories a person, an organisation or a place is in, over time, and which names are with it."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from connectors.api.problems import AnyRequest, ProblemError
from connectors.console.data import Data
from connectors.console.html import page, zone_of
from connectors.console.pages.choices import text_of
from connectors.console.pages.row_marks import marks_of
from connectors.console.picture.strip import axis, fitted, strip
from connectors.console.visitors import Visitors
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.views.choices import ArticleChoice, StoryChoice
from streams.contract.messages import Scope

ROWS = 20
MOST_NAMES = 60  # of a type
MOST_BESIDE = 10
TYPES = ("persons", "organisations", "places", "groups")
_PUBLISHERS = {"terms": {"field": "publisher.name", "size": 12}}


def names_routes(visitors: Visitors, data: Data) -> list[HTTPRouteHandler]:
    @get("/names", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def names(request: AnyRequest) -> Response[bytes]:
        typed = text_of(request, "q")
        chosen = q.all_of([q.names_entity(typed)] if typed else [])
        counts = data.index.aggregate(Family.ARTICLES, chosen, _by_type(MOST_NAMES))
        return page(request, "names.html", by_type=_told(counts), q=typed or "")

    @get("/name", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def name_page(request: AnyRequest) -> Response[bytes]:
        name = text_of(request, "name")
        if name is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "give a name: /names lists them")
        now = datetime.now(UTC)
        choice = StoryChoice(having=ArticleChoice(entity=name))
        found = data.library.stories(
            choice, "time", limit=ROWS, after=text_of(request, "after"), tracks=data.tracked.by_story, now=now
        )
        marks = marks_of(data.index, [one.id for one in found.items], None)
        time = fitted(mark.at for row in marks.values() for mark in row)
        counts = data.index.aggregate(
            Family.ARTICLES, q.names_entity(name), {**_by_type(MOST_BESIDE), "publishers": _PUBLISHERS}
        )
        beside = [(other, number) for group in _told(counts).values() for other, number in group]
        kind, _, words = name.partition(":")
        return page(
            request,
            "name.html",
            now=now,
            name=name,
            words=words or name,
            kind=kind if words else "",
            rows=[
                (one, strip(marks[one.id], time, f"{one.source_count or 0} independent sources")) for one in found.items
            ],
            axis=axis(time, zone_of(request)),
            next=found.next,
            beside=sorted(beside, key=lambda pair: -pair[1]),
            publishers=[(one["key"], one["doc_count"]) for one in counts.get("publishers", {}).get("buckets", [])],
        )

    return [names, name_page]


def _by_type(most: int) -> dict[str, Any]:
    return {kind: {"terms": {"field": f"entities.{kind}", "size": most}} for kind in TYPES}


def _told(counts: dict[str, Any]) -> dict[str, list[tuple[str, int]]]:
    """Type -> the names of it with their numbers of articles; without types that have none."""
    found = {
        kind: [(one["key"], one["doc_count"]) for one in counts.get(kind, {}).get("buckets", [])] for kind in TYPES
    }
    return {kind: names for kind, names in found.items() if names}
