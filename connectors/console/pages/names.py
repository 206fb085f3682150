"""Names: which stories a person, an organisation or a place is in, over time, and which names are with it."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup

from connectors.api.problems import AnyRequest, ProblemError
from connectors.console.data import Data
from connectors.console.html import page, zone_of
from connectors.console.pages.choices import text_of
from connectors.console.pages.row_marks import marks_of
from connectors.console.picture.bars import bars
from connectors.console.picture.strip import axis, fitted, strip
from connectors.console.visitors import Visitors
from connectors.views.choices import ArticleChoice, StoryChoice
from connectors.views.entities import EntityPage
from streams.contract.messages import EntityType, Scope

ROWS = 20
DAYS = 28  # of which articles are counted
MOST_NAMES = 60  # of a type
TYPES = {
    EntityType.PERSON: "People",
    EntityType.ORGANISATION: "Organisations",
    EntityType.PLACE: "Places",
    EntityType.GROUP: "Groups",
}


def names_routes(visitors: Visitors, data: Data) -> list[HTTPRouteHandler]:
    @get("/names", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def names(request: AnyRequest) -> Response[bytes]:
        found = data.library.entities_by_type(tuple(TYPES), limit=MOST_NAMES)
        return page(request, "names.html", by_type={TYPES[kind]: items for kind, items in found.items() if items})

    @get("/name", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def name_page(request: AnyRequest) -> Response[bytes]:
        """Of a key such as ``person:jane doe``, or of a name as it is typed."""
        name = text_of(request, "name")
        if name is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "give a name: /names lists them")
        now = datetime.now(UTC)
        key = data.library.entity_key(name) or name
        entity = data.library.entity(key, since=None, until=None) if ":" in key else None
        # of a key the page has the latest stories already, without a search for those of all its articles
        choice = StoryChoice(
            having=ArticleChoice(entity=name if entity is None else None),
            ids=None if entity is None else tuple(one.id for one in entity.timeline),
        )
        found = data.library.stories(
            choice, "time", limit=ROWS, after=text_of(request, "after"), tracks=data.tracked.by_story, now=now
        )
        marks = marks_of(data.index, [one.id for one in found.items], None)
        time = fitted(mark.at for row in marks.values() for mark in row)
        return page(
            request,
            "name.html",
            now=now,
            name=key,
            words=entity.name if entity else name,
            entity=entity,
            days=_days(entity, now),
            rows=[
                (one, strip(marks[one.id], time, f"{one.source_count or 0} independent sources")) for one in found.items
            ],
            axis=axis(time, zone_of(request)),
            next=found.next,
        )

    return [names, name_page]


def _days(entity: EntityPage | None, now: datetime) -> Markup | None:
    """Articles on each of the last days (UTC); None where there were none."""
    counts = {one.day: one.articles for one in entity.days} if entity else {}
    latest = [counts.get((now - timedelta(days=ago)).date(), 0) for ago in reversed(range(DAYS))]
    return bars(latest, f"{sum(latest)} articles in {DAYS} days, {latest[-1]} today") if any(latest) else None
