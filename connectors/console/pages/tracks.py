"""Tracks: what is followed, how often it fires, where alerts go; and a form for a new one."""

from datetime import UTC, datetime
from http import HTTPStatus

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from msgspec.structs import replace

from connectors.api.problems import AnyRequest, ProblemError
from connectors.audit.writing import Edit
from connectors.console.data import Data
from connectors.console.html import page
from connectors.console.pages.day_counts import counts_a_day
from connectors.console.picture.bars import DAYS, bars
from connectors.console.visitors import Visitors
from connectors.elastic.names import Family
from connectors.tracks.holding import state
from streams.alerts import query as language
from streams.contract.messages import Scope
from streams.contract.urls import host_of

ACTIONS = ("pause", "resume", "remove")
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
            state=state,
            days=DAYS,
        )

    @post(
        "/tracks/{track_id:str}/{action:str}",
        status_code=HTTP_303_SEE_OTHER,
        guards=[visitors.needs(Scope.DESK)],
        sync_to_thread=True,
    )
    def change(request: AnyRequest, track_id: FromPath[str], action: FromPath[str]) -> Redirect:
        """Pause, resume or remove a track."""
        found = next((one for one in data.tracked.all if one.id == track_id), None)
        if found is None or action not in ACTIONS:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no track {track_id[:64]}")
        after = None if action == "remove" else replace(found, paused=action == "pause")
        data.commands.write_tracks([Edit(found, after)], request.auth.name)
        return Redirect("/tracks", status_code=HTTP_303_SEE_OTHER)

    return [tracks, change]
