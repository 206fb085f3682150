"""``GET /v1/events``."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from connectors.api.access.guard import Access
from connectors.api.access.key_book import KeyBook
from connectors.api.events.frames import EventType, Wanted
from connectors.api.events.stream import EventStream
from connectors.api.read import parameters as p
from connectors.api.read.route import read_route
from streams.contract.messages import ApiKey

MEDIA_TYPE = "text/event-stream"
PATH = "/v1/events"


def events_route(access: Access, keys: KeyBook, events: EventStream) -> HTTPRouteHandler:
    @read_route(access, PATH, "Follow what happens", "events", HTTPStatus.TOO_MANY_REQUESTS, media_type=MEDIA_TYPE)
    async def follow_events(
        request: Request[Any, ApiKey, Any],
        types: Annotated[
            list[EventType] | None,
            QueryParameter(name="type", max_items=p.MOST_VALUES, description="Only events of these types."),
        ] = None,
        stories: Annotated[
            list[str] | None,
            QueryParameter(name="story", max_items=p.MOST_VALUES, description="Only about stories with these ids."),
        ] = None,
        tracks: Annotated[
            list[str] | None,
            QueryParameter(
                name="track",
                max_items=p.MOST_VALUES,
                description="Only alerts and deliveries of tracks with these ids.",
            ),
        ] = None,
        last_event_id: Annotated[
            str | None,
            HeaderParameter(name="Last-Event-ID", description="The id of the last event that the client has."),
        ] = None,
    ) -> Stream:
        """Server-Sent Events: filing (an article), story (an update of one), alert, delivery (an attempt), gap.

        Each has the JSON of the thing as the other routes have it. With Last-Event-ID what was missed comes first.
        """
        wanted = Wanted(frozenset(types or ()), frozenset(stories or ()), frozenset(tracks or ()))
        key = request.auth
        frames = events.open(wanted, last_event_id, lambda: keys.has(key, datetime.now(UTC)))
        return Stream(frames, media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})

    return follow_events
