"""``GET /v1/entities`` and ``/v1/entities/{key}``."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter

from connectors.api.access.guard import Access
from connectors.api.problems import AnyRequest
from connectors.api.read import parameters as p
from connectors.api.read.answers import Answers
from connectors.api.read.route import read_route
from connectors.views.entities import EntityList, EntityPage
from connectors.views.library import Library
from streams.contract.messages import EntityType

MOST_CHARACTERS = 300


def entities_route(access: Access, library: Library, answers: Answers) -> HTTPRouteHandler:
    @read_route(access, "/v1/entities", "List names", "entities")
    async def list_entities(
        request: AnyRequest,
        kind: Annotated[EntityType | None, QueryParameter(name="type", description="Only names of this type.")] = None,
        since: p.Since = "24h",
        until: p.Until = None,
        limit: p.Limit = 20,
    ) -> Response[EntityList]:
        """The names in most articles that were first seen in the period: the last day, unless since is given."""
        from_, to = p.period(since, until, datetime.now(UTC))
        return await answers.answer(request, lambda: library.entities(kind, since=from_, until=to, limit=limit))

    return list_entities


def entity_route(access: Access, library: Library, answers: Answers) -> HTTPRouteHandler:
    @read_route(access, "/v1/entities/{key:str}", "Show a name", "entities", HTTPStatus.NOT_FOUND)
    async def show_entity(
        request: AnyRequest,
        key: Annotated[str, PathParameter(description="Its key, such as person:jane doe.", max_length=MOST_CHARACTERS)],
        since: p.Since = None,
        until: p.Until = None,
    ) -> Response[EntityPage]:
        """Articles and stories with the name by day, its latest stories, and the names in most of the same articles."""
        from_, to = p.period(since, until, datetime.now(UTC))

        def ask() -> Any:
            found = library.entity(key, since=from_, until=to)
            if found is None:
                raise p.not_found("name in the articles of this period")
            return found

        return await answers.answer(request, ask)

    return show_entity
