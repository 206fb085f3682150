"""The form of a track, new or present, with a dry run beside it: what it would have sent in the last days."""

import contextlib
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from msgspec.structs import replace

from connectors.api.problems import AnyRequest, ProblemError
from connectors.api.write.track_body import MOST_TEXT
from connectors.audit.writing import Edit
from connectors.console.data import Data
from connectors.console.forms import ManyForm, field_text, field_values
from connectors.console.html import page, zone_of
from connectors.console.pages.choices import text_of
from connectors.console.pages.read_back import wait_until_read
from connectors.console.pages.search import pointer
from connectors.console.picture.bars import alerts_a_day
from connectors.console.visitors import Visitors
from connectors.tracks.spec import NEW_SOURCE, TrackSpec, query_of, to_track
from connectors.tracks.trial import MOST_SERVED, Trial, told, try_out
from streams.alerts import validity
from streams.contract.errors import UsageError
from streams.contract.messages import Fires, Scope, Track
from streams.contract.validation import fault

TRIED = timedelta(days=7)
MOST_SENT = 20  # that are listed
FIRES = {"new_source": "each new independent source", "at_sources": "the source with the number"}
AS_IT_IS = "present"  # what a track fires on that this form cannot say
_FIELDS = (
    "story",
    "text",
    "query",
    "entity",
    "name",
    "fires",
    "number",
    "least",
    "quiet_start",
    "quiet_end",
    "per_hour",
)


@dataclass(frozen=True)
class _Filled:
    """What stands in the fields. ``track``: the present one, of which the form changes what it shows.

    ``of_text``: the story or the query was found for a text.
    """

    fields: Mapping[str, str]
    receivers: tuple[str, ...]
    track: Track | None = None
    of_text: bool = False


def track_form_routes(visitors: Visitors, known: Data) -> list[HTTPRouteHandler]:
    shared: dict[str, Any] = {"guards": [visitors.needs(Scope.DESK)], "sync_to_thread": True}

    @get("/tracks/new", **shared)
    def empty(request: AnyRequest) -> Response[bytes]:
        given = {name: text_of(request, name) or "" for name in _FIELDS}
        return _form(request, known, _Filled({**given, "fires": given["fires"] or "new_source"}, ()))

    @post("/tracks/new", status_code=HTTPStatus.OK, **shared)
    def add(request: AnyRequest, data: ManyForm) -> Response[Any]:
        return _answer(request, known, _filled(data, None), data)

    @get("/tracks/{track_id:str}/edit", **shared)
    def present(request: AnyRequest, track_id: FromPath[str]) -> Response[bytes]:
        return _form(request, known, _present(_find(known, track_id)))

    @post("/tracks/{track_id:str}/edit", status_code=HTTPStatus.OK, **shared)
    def change(request: AnyRequest, track_id: FromPath[str], data: ManyForm) -> Response[Any]:
        return _answer(request, known, _filled(data, _find(known, track_id)), data)

    return [empty, add, present, change]


def _answer(request: AnyRequest, known: Data, filled: _Filled, form: Mapping[str, Any]) -> Response[Any]:
    """Try the track out, or save it."""
    try:
        _check_receivers(known, filled)
        filled = _with_story(known, filled)
        made = _track(filled, str(zone_of(request)))
        if field_text(form, "action") == "try":
            now = datetime.now(UTC)
            trial = try_out(known.settings, [made], now - TRIED, now, most_updates=MOST_SERVED)
            return _form(request, known, filled, trial=trial)
        if filled.track is None:
            known.commands.check_track(made, known.tracked.all)
    except UsageError as error:
        return _form(request, known, filled, error=str(error), status=HTTPStatus.BAD_REQUEST)
    if made != filled.track:
        known.commands.write_tracks([Edit(filled.track, made)], request.auth.name)
        wait_until_read(lambda: known.tracked.find(made.id) is not filled.track)
    return Redirect(f"/tracks?new={made.id}", status_code=HTTP_303_SEE_OTHER)


def _find(known: Data, track_id: str) -> Track:
    found = known.tracked.find(track_id)
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no track {track_id[:64]}")
    return found


def _filled(form: Mapping[str, Any], track: Track | None) -> _Filled:
    fields = {name: field_text(form, name) for name in _FIELDS}
    if track is not None:  # what it follows stays
        fields |= _followed(track)
    return _Filled(fields, tuple(dict.fromkeys(field_values(form, "receiver"))), track)


def _followed(track: Track) -> dict[str, str]:
    return {"story": track.story or "", "text": "", "query": query_of(track), "entity": ", ".join(track.entities)}


def _present(track: Track) -> _Filled:
    """The fields of a track as it is."""
    firing, quiet = track.firing, track.quiet[0] if track.quiet else None
    numbers = firing.at_sources
    kind = "new_source" if firing == NEW_SOURCE else AS_IT_IS
    if len(numbers) == 1 and firing == Fires(at_sources=numbers):
        kind = "at_sources"
    least = track.conditions.least_sources
    fields = {
        **_followed(track),
        "name": track.name,
        "fires": kind,
        "number": str(numbers[0]) if kind == "at_sources" else "",
        "least": str(least) if least else "",
        "quiet_start": quiet.start if quiet else "",
        "quiet_end": quiet.end if quiet else "",
        "per_hour": str(track.most_per_hour or ""),
    }
    return _Filled(fields, track.receivers, track)


def _form(
    request: AnyRequest,
    data: Data,
    filled: _Filled,
    *,
    trial: Trial | None = None,
    error: str = "",
    status: int = HTTPStatus.OK,
) -> Response[bytes]:
    given, track = filled.fields, filled.track
    story = None
    if given["story"]:
        with contextlib.suppress(UsageError):
            story = data.library.search.story(given["story"])
    now = datetime.now(UTC)
    outcome = trial.run.outcomes[0] if trial is not None else None
    days = outcome.days(now - TRIED, now) if outcome is not None else []
    names = [one.name for one in data.receivers.all]
    return page(
        request,
        "track_form.html",
        status=status,
        now=now,
        given=given,
        track=track,
        story=story.story if story is not None else None,
        fires={**FIRES, **({AS_IT_IS: "what it fires on now"} if given["fires"] == AS_IT_IS else {})},
        receivers={name: name in filled.receivers for name in dict.fromkeys([*names, *filled.receivers])},
        error=error,
        pointer=pointer(error) if error.startswith("query") else "",
        outcome=outcome,
        cut=trial.cut if trial is not None else None,
        told=told,
        drawing=alerts_a_day([number for _, number in days]) if days else "",
        most_sent=MOST_SENT,
        most_text=MOST_TEXT,
        of_text=filled.of_text,
    )


def _with_story(data: Data, filled: _Filled) -> _Filled:
    """The fields with the story or the query that a text leads to, in its place."""
    given = filled.fields
    if not given["text"] or filled.track is not None:
        return filled
    if given["story"] or given["query"] or given["entity"]:
        raise UsageError("text: give a text, or a query and a name")
    if len(given["text"]) > MOST_TEXT:
        raise UsageError(f"text: {len(given['text']):,} characters, over the limit of {MOST_TEXT:,}")
    found = data.commands.followed.by_text(given["text"])
    name = given["name"] or found.title
    fields = {**given, "text": "", "story": found.story or "", "query": found.query, "name": name}
    return dataclasses.replace(filled, fields=fields, of_text=True)


def _track(filled: _Filled, zone: str) -> Track:
    """The track that a form describes. Raises `UsageError` with the field first."""
    given, track = filled.fields, filled.track
    fields = {
        "name": given["name"] or given["query"] or given["entity"] or f"story {given['story'][:12]}",
        "fires": {"at_sources": [_number(given, "number")]} if given["fires"] == "at_sources" else {"new_source": True},
        "conditions": {"least_sources": _number(given, "least") if given["least"] else 0},
        "time_zone": zone,
        "quiet": [{"start": given["quiet_start"], "end": given["quiet_end"]}] if given["quiet_start"] else [],
        "receivers": filled.receivers,
        "most_per_hour": _number(given, "per_hour") if given["per_hour"] else None,
    }
    if track is None:
        followed = {
            "story": given["story"] or None,
            "query": given["query"],
            "entities": [given["entity"]] if given["entity"] else [],
        }
        return to_track(_spec({**fields, **followed}), datetime.now(UTC))
    return _changed(track, _spec(fields), as_it_is=given["fires"] == AS_IT_IS)


def _spec(fields: Mapping[str, Any]) -> TrackSpec:
    try:
        return msgspec.convert(fields, TrackSpec)
    except msgspec.ValidationError as error:
        raise UsageError(str(fault(error))) from error


def _changed(track: Track, spec: TrackSpec, *, as_it_is: bool) -> Track:
    """The present track with what the form shows: of several quiet times the first, of its conditions one."""
    changed = replace(
        track,
        name=spec.name,
        fires=track.fires if as_it_is or spec.fires == track.firing else spec.fires,
        conditions=replace(track.conditions, least_sources=spec.conditions.least_sources),
        quiet=(*spec.quiet, *track.quiet[1:]),
        time_zone=track.time_zone if track.quiet or track.digest else spec.time_zone,
        receivers=spec.receivers,
        most_per_hour=spec.most_per_hour,
    )
    validity.check(changed)
    return changed


def _check_receivers(data: Data, filled: _Filled) -> None:
    """Raise `UsageError` for a name that no receiver has, unless the track names it already."""
    known = {one.name for one in data.receivers.all} | set(filled.track.receivers if filled.track else ())
    for name in filled.receivers:
        if name not in known:
            raise UsageError(f"receiver: there is no receiver {name[:64]}")


def _number(given: Mapping[str, str], name: str) -> int:
    if not (given[name].isascii() and given[name].isdecimal() and len(given[name]) < 6):
        raise UsageError(f"{name}: {given[name][:20]!r} is not a number")
    return int(given[name])
