"""What all routes that change something need: who asks, and the errors in their description."""

from http import HTTPStatus
from typing import Any

from litestar import Request

from connectors.api.access.guard import Access
from connectors.api.openapi import READ_ERRORS, SECURITY, problem_responses
from connectors.api.parameters import refuse_unknown
from streams.contract.messages import ApiKey, Scope

WRITE_ERRORS = (
    *READ_ERRORS,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)

KeyRequest = Request[Any, ApiKey, Any]


def by_key(key: ApiKey) -> str:
    """Who asks, for the audit log."""
    return f"API key {key.name}"


def write_options(access: Access, tag: str, scope: Scope = Scope.DESK, **more: Any) -> dict[str, Any]:
    """What the routes of one kind share: the group in the description, who may use them, and their errors."""
    return {
        "tags": [tag],
        "guards": [access.needs(scope), refuse_unknown],
        "security": [{SECURITY: [scope.value]}],
        "responses": problem_responses(*WRITE_ERRORS),
        **more,
    }
