"""What tells an open page that it has to be drawn again: the events of the log, for visitors with a session."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from connectors.api.events.frames import Wanted
from connectors.api.events.stream import EventStream
from connectors.api.problems import AnyRequest
from connectors.console.data import Data
from connectors.console.visitors import Visitors
from streams.contract.messages import Scope

PATH = "/live"
TYPES = frozenset({"filing", "story", "alert", "delivery"})


def note_place(events: EventStream) -> Callable[[AnyRequest], Awaitable[None]]:
    """What notes, before a page reads anything, where the log is."""

    async def note(request: AnyRequest) -> None:
        request.scope["state"]["place"] = events.settled

    return note


def live_address(request: AnyRequest) -> Callable[..., str]:
    """A function that gives the address of the events of a page, which begin where the log was before it was made."""
    place = request.scope["state"].get("place")

    def live(types: Sequence[str] = (), story: str = "") -> str:
        query = [("type", one) for one in types]
        query += [("story", story)] if story else []
        query += [("after", place)] if place else []
        return PATH + (f"?{urlencode(query)}" if query else "")

    return live


def live_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get(PATH, guards=[visitors.needs(Scope.READ)], media_type="text/event-stream")
    async def live(request: AnyRequest) -> Stream:
        """Server-Sent Events, of one story (``story``) or of some types (``type``).

        ``after`` is the id with which the page was made; the one of a browser that connects again comes in a header.
        """
        asked = request.query_params
        types = frozenset(asked.getall("type", [])) & TYPES
        wanted = Wanted(types=types, stories=frozenset(asked.getall("story", [])[:1]))
        frames = data.events.open(
            wanted,
            request.headers.get("last-event-id") or asked.get("after"),
            lambda: visitors.identify(request, datetime.now(UTC)) is not None,
        )
        return Stream(frames, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    return live
