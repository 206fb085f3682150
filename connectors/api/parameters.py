"""A guard for routes: a query parameter that the route does not have is refused, and a second value of one."""

from http import HTTPStatus
from typing import get_origin

from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from connectors.api.access.guard import Connection
from connectors.api.problems import ProblemError
from streams.contract.validation import core_type

MOST_SHOWN = 50  # characters


async def refuse_unknown(connection: Connection, handler: BaseRouteHandler) -> None:
    """Raise `ProblemError` for a parameter that the route does not have, since a misspelt filter would choose
    everything, and for a second value where there is one, since only the last would count."""
    signature = handler.parsed_fn_signature.parameters.values()
    known = {one.kwarg_definition.name: one for one in signature if isinstance(one.kwarg_definition, QueryParameter)}
    for name in connection.query_params:
        if name not in known:
            choice = ", ".join(sorted(map(str, known))) or "there is none"
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"there is no parameter {name[:MOST_SHOWN]!r} here: {choice}")
        if get_origin(core_type(known[name].annotation)) is not list and len(connection.query_params.getall(name)) > 1:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: give it once")
