"""The routes of the console, and what stands around every page: the login, static files and pages of errors."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

import structlog
from litestar import Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from connectors.api.problems import AnyRequest, ProblemError, of_framework
from connectors.console.data import Data
from connectors.console.forms import Form
from connectors.console.html import STATIC, page, static_file
from connectors.console.pages.article import article_route
from connectors.console.pages.deliveries import deliveries_routes
from connectors.console.pages.desk import desk_route
from connectors.console.pages.export import export_route
from connectors.console.pages.live import live_route, note_place
from connectors.console.pages.names import names_routes
from connectors.console.pages.not_mine import not_mine_routes
from connectors.console.pages.raw_page import raw_page_route
from connectors.console.pages.search import search_route
from connectors.console.pages.sources import sources_route
from connectors.console.pages.story import story_route
from connectors.console.pages.story_corrections import correction_forms
from connectors.console.pages.system import system_routes
from connectors.console.pages.track_form import track_form_routes
from connectors.console.pages.tracks import tracks_routes
from connectors.console.visitors import COOKIE, LIFETIME, LoginNeeded, Visitors, safe_next
from connectors.elastic.read.clauses import InvalidRequest
from streams.contract.errors import FatalError, Rejected, Unavailable, UsageError
from streams.runtime.metrics import report_unexpected

log = structlog.get_logger("storywatch.serve")

_YEAR = 31_536_000


def console_router(visitors: Visitors, data: Data) -> Router:
    """All routes of the console. They are not in the OpenAPI document, which is for programs."""
    return Router(
        path="/",
        route_handlers=[
            desk_route(visitors, data),
            search_route(visitors, data),
            story_route(visitors, data),
            correction_forms(visitors, data),
            article_route(visitors, data),
            raw_page_route(visitors, data),
            live_route(visitors, data),
            export_route(visitors, data),
            sources_route(visitors, data),
            *deliveries_routes(visitors, data),
            *tracks_routes(visitors, data),
            *track_form_routes(visitors, data),
            *names_routes(visitors, data),
            *system_routes(visitors, data),
            *not_mine_routes(data),
            *_login_routes(visitors),
            _static_route(),
        ],
        before_request=note_place(data.events),
        include_in_schema=False,
        exception_handlers={
            LoginNeeded: _to_login,
            ProblemError: _problem_page,
            HTTPException: _framework_page,
            Rejected: _rejected_page,
            InvalidRequest: _rejected_page,
            UsageError: _not_ready_page,
            FatalError: _not_ready_page,
            Unavailable: _away_page,
            Exception: _unexpected_page,
        },
    )


def _login_routes(visitors: Visitors) -> list[HTTPRouteHandler]:
    @get("/login", sync_to_thread=False)
    def show(request: AnyRequest, next_: Annotated[str, QueryParameter(name="next")] = "/") -> Response[bytes]:
        return page(request, "login.html", next=safe_next(next_), wrong=False)

    @post("/login", status_code=HTTP_303_SEE_OTHER, sync_to_thread=False)
    def enter(request: AnyRequest, data: Form) -> Response[Any]:
        visitors.check_origin(request)
        next_ = safe_next(data.get("next", "/"))
        session = visitors.begin(data.get("key", ""), datetime.now(UTC))
        if session is None:
            return page(request, "login.html", status=HTTPStatus.FORBIDDEN, next=next_, wrong=True)
        cookie = Cookie(
            COOKIE,
            value=session,
            max_age=int(LIFETIME.total_seconds()),
            httponly=True,
            secure=visitors.secure,
            samesite="lax",  # a link in a message leads to a page without another login
        )
        return Redirect(next_, status_code=HTTP_303_SEE_OTHER, cookies=[cookie])

    @post("/logout", status_code=HTTP_303_SEE_OTHER, sync_to_thread=False)
    def leave(request: AnyRequest) -> Redirect:
        visitors.check_origin(request)
        answer = Redirect("/login", status_code=HTTP_303_SEE_OTHER)
        answer.delete_cookie(COOKIE)
        return answer

    return [show, enter, leave]


def _static_route() -> HTTPRouteHandler:
    @get("/static/{digest:str}/{name:str}", sync_to_thread=False)
    def static(digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
        """A file of the console, for ever under the address with its digest."""
        if name not in STATIC or static_file(name)[1] != digest:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such file")
        return Response(
            static_file(name)[0],
            media_type=f"{STATIC[name]}; charset=utf-8",
            headers={"Cache-Control": f"public, max-age={_YEAR}, immutable"},
        )

    return static


def _to_login(_request: AnyRequest, error: LoginNeeded) -> Redirect:
    return Redirect(f"/login?{urlencode({'next': error.next})}", status_code=HTTP_303_SEE_OTHER)


def _error_page(
    request: AnyRequest, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None
) -> Response[bytes]:
    answer = page(request, "error.html", status=status, title=status.phrase, detail=detail)
    answer.headers.update(headers or {})
    return answer


def _problem_page(request: AnyRequest, error: ProblemError) -> Response[bytes]:
    return _error_page(request, error.status, error.detail, error.headers)


def _framework_page(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected_page(request, error)
    return _error_page(request, status, error.detail if status is not HTTPStatus.NOT_FOUND else "there is no such page")


def not_found(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """For an address without a route: a page for browsers, a problem for programs."""
    if "text/html" in request.headers.get("accept", ""):
        return _error_page(request, HTTPStatus.NOT_FOUND, "there is no such page")
    return of_framework(request, error)


def _rejected_page(request: AnyRequest, error: Exception) -> Response[bytes]:
    return _error_page(request, HTTPStatus.BAD_REQUEST, str(error))


def _not_ready_page(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Something is missing on the server. The error says what, and names addresses of servers: it is for the log."""
    log.warning("a page cannot be made", reason=str(error))
    detail = (
        "Storywatch cannot read its data. On its host `storywatch status` says why, and `storywatch init` sets it up."
    )
    return _error_page(request, HTTPStatus.SERVICE_UNAVAILABLE, detail)


def _away_page(request: AnyRequest, _error: Exception) -> Response[bytes]:
    """A page is asked for again by itself, a change is not: it may have been made."""
    template = "away.html" if request.method == "GET" else "unconfirmed.html"
    answer = page(request, template, status=HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["Retry-After"] = "5"
    return answer


def _unexpected_page(request: AnyRequest, error: Exception) -> Response[bytes]:
    report_unexpected("page", error)
    request_id = request.scope["state"]["request_id"]
    return _error_page(
        request, HTTPStatus.INTERNAL_SERVER_ERROR, f"an unexpected error; its id in the log is {request_id}"
    )
