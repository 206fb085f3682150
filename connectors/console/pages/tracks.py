"""Tracks: what is followed, how often it fires, where alerts go; and a form for a new one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
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
from connectors.console.forms import Form
from connectors.console.html import page
from connectors.console.pages.day_counts import counts_a_day
from connectors.console.pages.read_back import wait_until_read
from connectors.console.picture.bars import DAYS, alerts_a_day
from connectors.console.visitors import Visitors
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.tracks.holding import state
from streams.alerts import query as language
from streams.contract.messages import Scope, Track
from streams.contract.urls import host_of

SNOOZES = {"1": "1 hour", "8": "8 hours", "24": "a day", "168": "a week"}  # hours -> words
MOST = 500  # tracks on the page, the latest


def tracks_routes(visitors: Visitors, known: Data) -> list[HTTPRouteHandler]:
    @get("/tracks", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def tracks(request: AnyRequest) -> Response[bytes]:
        now = datetime.now(UTC)
        found = sorted(known.tracked.all, key=lambda track: (track.created_at, track.id), reverse=True)
        ids = [track.id for track in found[:MOST]]
        counts = counts_a_day(known.index, Family.ALERTS, "track.id", ids, DAYS, now)
        return page(
            request,
            "tracks.html",
            now=now,
            rows=[(track, alerts_a_day(counts[track.id])) for track in found[:MOST]],
            titles=_titles(known, [track.story for track in found[:MOST] if track.story]),
            snoozes=SNOOZES,
            total=len(found),
            fired=sum(map(sum, counts.values())),
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
    def change(request: AnyRequest, track_id: FromPath[str], action: FromPath[str], data: Form) -> Redirect:
        """Pause, resume, snooze, wake or remove a track."""
        found = known.tracked.find(track_id)
        if found is None or action not in ("pause", "resume", "snooze", "wake", "remove"):
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no track {track_id[:64]}")
        known.commands.write_tracks([Edit(found, _changed(found, action, data))], request.auth.name)
        wait_until_read(lambda: known.tracked.find(track_id) is not found)
        return Redirect("/tracks", status_code=HTTP_303_SEE_OTHER)

    return [tracks, change]


def _changed(track: Track, action: str, form: Mapping[str, str]) -> Track | None:
    """The track afterwards; None if it is removed."""
    if action == "remove":
        return None
    if action in ("snooze", "wake"):
        hours = form.get("hours", "")
        if action == "snooze" and hours not in SNOOZES:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"hours is one of {', '.join(SNOOZES)}")
        until = datetime.now(UTC) + timedelta(hours=int(hours)) if action == "snooze" else None
        return replace(track, snoozed_until=until)
    return replace(track, paused=action == "pause")


def _titles(data: Data, stories: Sequence[str]) -> dict[str, str]:
    """Story -> its title, of those that are stored."""
    if not stories:
        return {}
    hits = data.index.hits(
        Family.STORIES, q.any_of({"terms": {"story.id": list(stories)}}), size=MOST, _source=["story.id", "story.title"]
    )
    found = [hit["_source"]["story"] for hit in hits]
    return {one["id"]: one["title"] for one in found if one.get("title")}
