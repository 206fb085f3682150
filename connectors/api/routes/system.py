"""``GET /v1/sources`` and ``/v1/status``."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from connectors.api.access.guard import Access
from connectors.api.problems import AnyRequest
from connectors.api.read import parameters as p
from connectors.api.read.answers import Answers
from connectors.api.read.route import read_route
from connectors.api.read.watched import Watched
from connectors.views.sources import SourceList
from connectors.views.status import StatusView

Labels = Annotated[
    list[str] | None, QueryParameter(name="label", max_items=p.MOST_VALUES, description="With one of these labels.")
]
Healths = Annotated[
    list[str] | None,
    QueryParameter(name="health", max_items=p.MOST_VALUES, description="Such as silent or broken; several: any."),
]


def sources_route(access: Access, watched: Watched, answers: Answers) -> HTTPRouteHandler:
    @read_route(access, "/v1/sources", "List watched sources", "sources")
    async def list_sources(request: AnyRequest, label: Labels = None, health: Healths = None) -> Response[SourceList]:
        """All sources with their health, those that need a look first."""

        def ask() -> SourceList:
            found = watched.assess(datetime.now(UTC))
            labelled = [one for one in found if not label or not set(label).isdisjoint(one.source.labels)]
            return SourceList(
                items=tuple(one.report() for one in labelled if not health or one.health in health),
                health=dict(Counter(one.health for one in labelled)),
            )

        return await answers.answer(request, ask)

    return list_sources


def status_route(access: Access, status: Callable[[], StatusView], answers: Answers) -> HTTPRouteHandler:
    @read_route(access, "/v1/status", "Show the status", "operations")
    async def show_status(request: AnyRequest) -> Response[StatusView]:
        """What `storywatch status` shows on the host of this server. 200, whatever is missing: see `ok`."""
        return await answers.answer(request, status)

    return show_status
