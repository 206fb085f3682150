"""``/v1/tracks``: what is followed."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, PathParameter
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from connectors.api.access.guard import Access
from connectors.api.access.keys import allows
from connectors.api.problems import ProblemError
from connectors.api.read.answers import Answers
from connectors.api.read.parameters import Since, not_found, period
from connectors.api.write.commands import Commands
from connectors.api.write.shared import KeyRequest, by_key, write_options
from connectors.api.write.track_body import TrackBody, followed, track_of
from connectors.audit.writing import Edit
from connectors.tracks.trial import MOST_SERVED, try_out
from connectors.views.trials import TrialView, trial
from streams.contract.errors import UsageError
from streams.contract.messages import ApiKey, Moment, Scope, Track
from streams.runtime.settings import Settings

PATH = "/v1/tracks"
ONE = "/v1/tracks/{track_id:str}"
TRIED = timedelta(days=7)  # by a dry run

TrackId = Annotated[str, PathParameter(description="The whole id.", max_length=64)]


class TrackState(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What readers decide while a track runs; what is missing stays."""

    paused: bool | UnsetType = UNSET
    snoozed_until: Moment | UnsetType | None = UNSET


class SavedTrack(Struct, frozen=True, kw_only=True):
    """``track``: as `storywatch track show --json` has it; ``secret``: a new one of its webhook, shown this once."""

    track: dict[str, Any]
    secret: str | None = None


class TrackList(Struct, frozen=True, kw_only=True):
    """All tracks, the oldest first."""

    items: tuple[dict[str, Any], ...]


class Desk:
    """Carries changes of tracks out, in threads."""

    def __init__(self, settings: Settings, commands: Commands, answers: Answers) -> None:
        self._settings = settings
        self._commands = commands
        self._answers = answers

    async def list(self) -> TrackList:
        found = await self._answers.run(self._commands.tracks)
        return TrackList(items=tuple(self._commands.show_track(one) for one in found))

    async def show(self, track_id: str) -> SavedTrack:
        return await self._answers.run(lambda: self._shown(self._find(track_id)))

    async def add(self, body: TrackBody, key: ApiKey) -> SavedTrack:
        return await self._answers.run(lambda: self._add(body, key))

    async def change(self, track_id: str, body: TrackBody, key: ApiKey) -> SavedTrack:
        return await self._answers.run(lambda: self._change(track_id, body, key))

    async def set_state(self, track_id: str, state: TrackState, key: ApiKey) -> SavedTrack:
        given = {name: value for name, value in msgspec.structs.asdict(state).items() if value is not UNSET}

        def act() -> SavedTrack:
            before = self._find(track_id)
            after = replace(before, **given)
            self._write(Edit(before, after), key)
            return self._shown(after)

        return await self._answers.run(act)

    async def remove(self, track_id: str, key: ApiKey) -> None:
        await self._answers.run(lambda: self._write(Edit(self._find(track_id), None), key))

    async def try_out(self, body: TrackBody, since: str | None, key: ApiKey) -> TrialView:
        now = datetime.now(UTC)
        begin = period(since, None, now)[0] or now - TRIED
        if begin >= now:
            raise ProblemError(HTTPStatus.BAD_REQUEST, "since: this is not in the past")

        def run() -> TrialView:
            made, _ = self._made(body, key)
            return trial(try_out(self._settings, [made], begin, now, most_updates=MOST_SERVED), begin, now)

        return await self._answers.run(run)

    def _add(self, body: TrackBody, key: ApiKey) -> SavedTrack:
        made, secret = self._made(body, key)
        try:
            self._commands.check_track(made, self._commands.tracks())
        except UsageError as error:
            raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error
        self._write(Edit(None, made), key)
        return self._shown(made, secret)

    def _made(self, body: TrackBody, key: ApiKey) -> tuple[Track, str | None]:
        """The new track of a body, and its secret if that is a new one."""
        _check_access(body, key)
        try:
            body = followed(body, self._commands.followed)
        except UsageError as error:
            raise ProblemError(HTTPStatus.BAD_REQUEST, str(error)) from error
        return _track(body, None)

    def _change(self, track_id: str, body: TrackBody, key: ApiKey) -> SavedTrack:
        _check_access(body, key)
        if body.article is not None or body.text is not None:
            raise ProblemError(HTTPStatus.BAD_REQUEST, "article, text: what a track follows cannot be changed")
        before = self._find(track_id)
        after, secret = _track(body, before)
        if after.id != before.id:
            raise ProblemError(
                HTTPStatus.CONFLICT, "what a track follows cannot be changed: make another one, and remove this one"
            )
        self._write(Edit(before, after), key)
        return self._shown(after, secret)

    def _find(self, track_id: str) -> Track:
        for one in self._commands.tracks():
            if one.id == track_id:
                return one
        raise not_found("track")

    def _write(self, edit: Edit[Track], key: ApiKey) -> None:
        if edit.before != edit.after:
            self._commands.write_tracks([edit], by_key(key))

    def _shown(self, track: Track, secret: str | None = None) -> SavedTrack:
        return SavedTrack(track=self._commands.show_track(track), secret=secret)


def _check_access(body: TrackBody, key: ApiKey) -> None:
    if body.webhook is not None and body.webhook.allow_private and not allows(key, Scope.ADMIN):
        raise ProblemError(HTTPStatus.FORBIDDEN, "webhook.allow_private needs an API key with the scope admin")


def _track(body: TrackBody, before: Track | None) -> tuple[Track, str | None]:
    try:
        return track_of(body, datetime.now(UTC), before)
    except UsageError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, str(error)) from error


def track_routes(access: Access, settings: Settings, commands: Commands, answers: Answers) -> list[HTTPRouteHandler]:
    desk = Desk(settings, commands, answers)
    shared = write_options(access, "tracks")

    @get(PATH, summary="List tracks", **shared)
    async def list_tracks() -> TrackList:
        """All tracks with their webhooks, but without secrets."""
        return await desk.list()

    @get(ONE, summary="Show a track", **shared)
    async def show_track(track_id: TrackId) -> SavedTrack:
        """Without its secret."""
        return await desk.show(track_id)

    @post(PATH, summary="Add a track", **shared)
    async def add_track(
        request: KeyRequest, data: Annotated[TrackBody, Body(description="The track.")]
    ) -> Response[SavedTrack]:
        """Give what it follows as one of ``story``, ``query`` with ``entities``, ``article`` and ``text``.

        409 if another track does the same already.
        """
        made = await desk.add(data, request.auth)
        return Response(made, headers={"Location": f"{PATH}/{made.track['id']}"})

    @post(f"{PATH}/dry-run", summary="Try a track out", status_code=HTTPStatus.OK.value, **shared)
    async def try_out_track(
        request: KeyRequest, data: Annotated[TrackBody, Body(description="The track.")], since: Since = None
    ) -> TrialView:
        """What it would have sent from ``since`` on, by default in the last 7 days. Nothing is stored or sent.

        At most 30,000 updates of stories are read; ``cut`` says so.
        """
        return await desk.try_out(data, since, request.auth)

    @put(ONE, summary="Change a track", **shared)
    async def change_track(
        request: KeyRequest, track_id: TrackId, data: Annotated[TrackBody, Body(description="All of the track.")]
    ) -> SavedTrack:
        """Replaces all fields but what the track follows, which stays. What it fired before does not fire again."""
        return await desk.change(track_id, data, request.auth)

    @patch(ONE, summary="Pause or snooze a track", **shared)
    async def set_state(
        request: KeyRequest, track_id: TrackId, data: Annotated[TrackState, Body(description="The new state.")]
    ) -> SavedTrack:
        """A paused track does not fire; one that is snoozed holds its alerts until that time."""
        return await desk.set_state(track_id, data, request.auth)

    @delete(ONE, summary="Remove a track", **shared)
    async def remove_track(request: KeyRequest, track_id: TrackId) -> None:
        """Its alerts stay; those not delivered yet are abandoned."""
        await desk.remove(track_id, request.auth)

    return [list_tracks, show_track, add_track, try_out_track, change_track, set_state, remove_track]
