"""What happens to every request, whatever answers it: an id, a line in the log, metrics, and headers of the answer."""

import re
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from litestar.enums import ScopeType

from connectors.api.routes.websub import PATH as WEBSUB_PATH
from connectors.tracks.feedback_links import PATH as FEEDBACK_PATH
from streams.runtime import metrics

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("storywatch.serve")

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
NO_ROUTE = "none"
# paths with a token, which is a secret: it is not logged, whatever is asked there
WITH_TOKEN = tuple(path.partition("{")[0] for path in (WEBSUB_PATH, FEEDBACK_PATH))
# an answer belongs to the holder of a key, and is never what its bytes look like to a browser
_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]


def _shown_path(path: bytes) -> str:
    """The path, without its token where it has one."""
    text = path.decode(errors="replace")
    return next((f"{start}{{token}}" for start in WITH_TOKEN if text.startswith(start)), text)


class RequestLog:
    """An ASGI application around another one.

    The id of a request is that of its ``X-Request-ID``, or a new one; it is in the log, in the answer's header and in
    problems. Paths are logged without their query, and keys by their ids.
    """

    def __init__(self, app: "ASGIApp", end_streams: Callable[[], None]) -> None:
        """``end_streams``: ends the answers that have no end of their own, before the server stops."""
        self._app = app
        self.end_streams = end_streams

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = given.decode() if _ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def send_with_headers(message: "Message") -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                own = [(b"x-request-id", request_id.encode()), *_HEADERS]
                message["headers"] = [*message["headers"], *(one for one in own if one[0] not in present)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            route = str(scope.get("path_template") or NO_ROUTE)
            metrics.HTTP_REQUESTS.labels(route, scope["method"] if route != NO_ROUTE else "", str(status)).inc()
            metrics.HTTP_SECONDS.labels(route).observe(seconds)
            log.info(
                "request",
                method=scope["method"],
                path=_shown_path(scope["raw_path"]),
                status=status,
                milliseconds=round(1000 * seconds, 1),
                key=scope["state"].get("key"),
                request=request_id,
            )
