"""Tracks: what is followed, how often it fires, where alerts go; and a form for a new one."""

from datetime import UTC, datetime

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from connectors.api.problems import AnyRequest
from connectors.console.data import Data
from connectors.console.html import page
from connectors.console.pages.day_counts import counts_a_day
from connectors.console.picture.bars import DAYS, bars
from connectors.console.visitors import Visitors
from connectors.elastic.names import Family
from streams.alerts import query as language
from streams.contract.messages import Scope
from streams.contract.urls import host_of

MOST = 500  # tracks on the page, the latest


def tracks_routes(visitors: Visitors, data: Data) -> list[HTTPRouteHandler]:
    @get("/tracks", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def tracks(request: AnyRequest) -> Response[bytes]:
        now = datetime.now(UTC)
        found = sorted(data.tracked.all, key=lambda track: (track.created_at, track.id), reverse=True)
        ids = [track.id for track in found[:MOST]]
        counts = counts_a_day(data.index, Family.ALERTS, "track.id", ids, DAYS, now)
        return page(
            request,
            "tracks.html",
            now=now,
            rows=[(track, bars(counts[track.id])) for track in found[:MOST]],
            total=len(found),
            described=language.described,
            host_of=host_of,
            days=DAYS,
        )

    return [tracks]
