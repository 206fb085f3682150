"""Error answers as problem details (RFC 9457), made from our exceptions and those of the framework."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import QueryParameter

from connectors.elastic.read.clauses import InvalidRequest
from streams.contract.errors import FatalError, Rejected, TooLarge, Unavailable, UsageError
from streams.contract.validation import choices, fault
from streams.runtime.metrics import report_unexpected

log = structlog.get_logger("storywatch.serve")

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5  # a server that is away comes back after seconds, or after much longer

# what the framework says with the name of the status alone
_DETAILS = {
    HTTPStatus.NOT_FOUND: "there is nothing at this address: /v1/openapi.json describes all addresses",
    HTTPStatus.METHOD_NOT_ALLOWED: "this address does not take this method: Allow names those that it takes",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the body is larger than this address takes",
}

AnyRequest = Request[Any, Any, Any]


class ItemProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong with one item of a request. ``line``: of a batch, from 1; ``field``: None for all of the item."""

    line: int
    detail: str
    field: str | None = None


class AcceptedItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item that Kafka has confirmed. ``arrival``: its id; ``ignored``: what of it was not understood."""

    line: int
    arrival: str
    ignored: tuple[str, ...] = ()


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of an error answer: RFC 9457 with extensions. ``type`` is always ``about:blank``."""

    title: str
    status: int
    detail: str
    request_id: str
    errors: tuple[ItemProblem, ...] = ()
    accepted: tuple[AcceptedItem, ...] = ()


class ProblemError(Exception):
    """An error answer. ``detail``: one sentence for the client; ``more``: further fields of the `Problem`."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def unavailable(detail: str, **more: Any) -> ProblemError:
    """503, with the time after which to try again."""
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": str(RETRY_SECONDS)}, **more)


def busy(detail: str, retry_seconds: int, **more: Any) -> ProblemError:
    """429, with the time after which to try again."""
    return ProblemError(HTTPStatus.TOO_MANY_REQUESTS, detail, headers={"Retry-After": str(retry_seconds)}, **more)


def answer(request: AnyRequest, error: ProblemError) -> Response[Problem]:
    problem = Problem(
        title=error.status.phrase,
        status=error.status.value,
        detail=error.detail,
        request_id=request.scope["state"]["request_id"],
        **error.more,
    )
    return Response(problem, status_code=error.status.value, headers=error.headers, media_type=MEDIA_TYPE)


def of_framework(request: AnyRequest, error: HTTPException) -> Response[Problem]:
    status = HTTPStatus(error.status_code)
    detail = error.detail if error.detail != status.phrase else ""
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        detail = "; ".join(_mistake(request, str(one.get("key")), str(one.get("message"))) for one in error.extra)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        detail = "an unexpected error"
    detail = detail or _DETAILS.get(status, status.phrase)
    return answer(request, ProblemError(status, detail, headers=error.headers or {}))


def _mistake(request: AnyRequest, key: str, message: str) -> str:
    """What is wrong with a parameter or with the body, which the framework calls ``data``."""
    if key == "data":
        return "the body is empty: a JSON object was expected" if message == "'data'" else f"the body: {fault(message)}"
    found = fault(message)
    known = [] if found.wanted else _choices(request, key)
    return f"{key}: {found.reason}" + (f": give one of {', '.join(known)}" if known else "")


def _choices(request: AnyRequest, name: str) -> list[str]:
    """The values that a parameter of the route may have, if they are a few."""
    for one in request.scope["route_handler"].parsed_fn_signature.parameters.values():
        if isinstance(one.kwarg_definition, QueryParameter) and one.kwarg_definition.name == name:
            return choices(one.annotation)
    return []


def _rejected(request: AnyRequest, error: Rejected) -> Response[Problem]:
    too_large = isinstance(error, TooLarge)
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.BAD_REQUEST
    return answer(request, ProblemError(status, str(error)))


def _invalid(request: AnyRequest, error: InvalidRequest) -> Response[Problem]:
    return answer(request, ProblemError(HTTPStatus.BAD_REQUEST, str(error)))


def _server_away(request: AnyRequest, error: Exception) -> Response[Problem]:
    # the text of the error names addresses of servers: it is for the log
    log.warning("a server is away", reason=str(error))
    return answer(request, unavailable("a server behind this API does not answer; nothing is wrong with the request"))


def _unexpected(request: AnyRequest, error: Exception) -> Response[Problem]:
    report_unexpected("request", error)
    return answer(request, ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error"))


HANDLERS: dict[int | type[Exception], Any] = {
    ProblemError: answer,
    HTTPException: of_framework,
    Rejected: _rejected,
    InvalidRequest: _invalid,
    Unavailable: _server_away,
    FatalError: _server_away,
    UsageError: _server_away,
    Exception: _unexpected,
}
