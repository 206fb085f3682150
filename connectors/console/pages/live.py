"""What tells an open page that it has to be drawn again: the events of the log, for visitors with a session."""

from datetime import UTC, datetime

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from connectors.api.events.frames import Wanted
from connectors.api.problems import AnyRequest
from connectors.console.data import Data
from connectors.console.visitors import Visitors
from streams.contract.messages import Scope

PATH = "/live"
TYPES = frozenset({"filing", "story", "alert", "delivery"})


def live_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get(PATH, guards=[visitors.needs(Scope.READ)], media_type="text/event-stream")
    async def live(request: AnyRequest) -> Stream:
        """Server-Sent Events, of one story (``story``) or of some types (``type``)."""
        asked = request.query_params
        types = frozenset(asked.getall("type", [])) & TYPES
        wanted = Wanted(types=types, stories=frozenset(asked.getall("story", [])[:1]))
        frames = data.events.open(
            wanted,
            request.headers.get("last-event-id"),
            lambda: visitors.identify(request, datetime.now(UTC)) is not None,
        )
        return Stream(frames, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    return live
