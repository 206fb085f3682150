"""The form of a new track, with a dry run beside it: what it would have sent in the last days."""

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from connectors.api.problems import AnyRequest
from connectors.audit.writing import Edit
from connectors.console.data import Data
from connectors.console.html import page, zone_of
from connectors.console.pages.choices import text_of
from connectors.console.pages.search import pointer
from connectors.console.picture.bars import bars
from connectors.console.visitors import Form, Visitors
from connectors.tracks.spec import TrackSpec, to_track
from connectors.tracks.trial import Trial, told, try_out
from streams.contract.errors import UsageError
from streams.contract.messages import Scope, Track

TRIED = timedelta(days=7)
MOST_UPDATES = 30_000  # that a dry run reads: some ten seconds
MOST_SENT = 20  # that are listed
FIRES = {"new_source": "each new independent source", "at_sources": "the source with the number"}
_FIELDS = (
    "story",
    "query",
    "entity",
    "name",
    "fires",
    "number",
    "least",
    "quiet_start",
    "quiet_end",
    "per_hour",
    "receiver",
)


def track_form_routes(visitors: Visitors, known: Data) -> list[HTTPRouteHandler]:
    guards = [visitors.needs(Scope.DESK)]

    @get("/tracks/new", guards=guards, sync_to_thread=True)
    def empty(request: AnyRequest) -> Response[bytes]:
        given = {name: text_of(request, name) or "" for name in _FIELDS}
        return _form(request, known, {**given, "fires": given["fires"] or "new_source"})

    @post("/tracks/new", guards=guards, status_code=HTTPStatus.OK, sync_to_thread=True)
    def filled(request: AnyRequest, data: Form) -> Response[Any]:
        given = {name: data.get(name, "").strip() for name in _FIELDS}
        try:
            _check_receiver(known, given["receiver"])
            made = _track(given, str(zone_of(request)))
            if data.get("action") == "try":
                now = datetime.now(UTC)
                trial = try_out(known.settings, [made], now - TRIED, now, most_updates=MOST_UPDATES)
                return _form(request, known, given, trial=trial)
            known.commands.check_track(made, known.tracked.all)
        except UsageError as error:
            return _form(request, known, given, error=str(error), status=HTTPStatus.BAD_REQUEST)
        known.commands.write_tracks([Edit(None, made)], request.auth.name)
        return Redirect(f"/tracks?new={made.id}", status_code=HTTP_303_SEE_OTHER)

    return [empty, filled]


def _form(
    request: AnyRequest,
    data: Data,
    given: Mapping[str, str],
    *,
    trial: Trial | None = None,
    error: str = "",
    status: int = HTTPStatus.OK,
) -> Response[bytes]:
    story = None
    if given["story"]:
        with contextlib.suppress(UsageError):
            story = data.library.search.story(given["story"])
    now = datetime.now(UTC)
    outcome = trial.run.outcomes[0] if trial is not None else None
    days = outcome.days(now - TRIED, now) if outcome is not None else []
    return page(
        request,
        "track_form.html",
        status=status,
        now=now,
        given=given,
        story=story.story if story is not None else None,
        fires=FIRES,
        receivers=[one.name for one in data.receivers.all],
        error=error,
        pointer=pointer(error) if error.startswith("query") else "",
        outcome=outcome,
        cut=trial.cut if trial is not None else None,
        told=told,
        days=days,
        drawing=bars([number for _, number in days]) if days else "",
        most_sent=MOST_SENT,
    )


def _track(given: Mapping[str, str], zone: str) -> Track:
    """The track that a form describes. Raises `UsageError` with the field first."""
    fires = {"at_sources": [_number(given, "number")]} if given["fires"] == "at_sources" else {"new_source": True}
    least = _number(given, "least") if given["least"] else 0
    quiet = [{"start": given["quiet_start"], "end": given["quiet_end"]}] if given["quiet_start"] else []
    fields = {
        "name": given["name"] or given["query"] or given["entity"] or f"story {given['story'][:12]}",
        "story": given["story"] or None,
        "query": given["query"],
        "entities": [given["entity"]] if given["entity"] else [],
        "fires": fires,
        "conditions": {"least_sources": least},
        "time_zone": zone,
        "quiet": quiet,
        "receivers": [given["receiver"]] if given["receiver"] else [],
        "most_per_hour": _number(given, "per_hour") if given["per_hour"] else None,
    }
    try:
        spec = msgspec.convert(fields, TrackSpec)
    except msgspec.ValidationError as error:
        raise UsageError(str(error)) from error
    return to_track(spec, datetime.now(UTC))


def _check_receiver(data: Data, name: str) -> None:
    """Raise `UsageError` for a name that no receiver has."""
    if name and all(one.name != name for one in data.receivers.all):
        raise UsageError(f"receiver: there is no receiver {name[:64]}")


def _number(given: Mapping[str, str], name: str) -> int:
    if not (given[name].isascii() and given[name].isdecimal() and len(given[name]) < 6):
        raise UsageError(f"{name}: {given[name][:20]!r} is not a number")
    return int(given[name])
