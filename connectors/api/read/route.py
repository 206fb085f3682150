"""What all routes have that only read: method, scope, and the errors in their description."""

from http import HTTPStatus

from litestar import get
from litestar.openapi import ResponseSpec

from connectors.api.access.guard import Access
from connectors.api.openapi import READ_ERRORS, SECURITY, problem_responses
from connectors.api.parameters import refuse_unknown
from streams.contract.messages import Scope


def read_route(
    access: Access,
    path: str,
    summary: str,
    tag: str,
    *errors: HTTPStatus,
    media_type: str = "application/json",
    responses: dict[int, ResponseSpec] | None = None,
) -> get:
    """The decorator of a route for keys with the scope read. ``errors``: further ones that it may answer."""
    return get(
        path,
        summary=summary,
        tags=[tag],
        guards=[access.needs(Scope.READ), refuse_unknown],
        security=[{SECURITY: [Scope.READ.value]}],
        media_type=media_type,
        responses={**problem_responses(*READ_ERRORS, *errors), **(responses or {})},
    )
