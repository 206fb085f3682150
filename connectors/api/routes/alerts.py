"""``GET /v1/alerts`` and ``/v1/deadletters``."""

from datetime import UTC, datetime
from typing import Annotated

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from connectors.api.access.guard import Access
from connectors.api.problems import AnyRequest
from connectors.api.read import parameters as p
from connectors.api.read.answers import Answers
from connectors.api.read.route import read_route
from connectors.views.choices import AlertChoice
from connectors.views.letters import LetterChoice, LetterList
from connectors.views.library import AlertList, Library

MOST_CHARACTERS = 300


def alerts_route(access: Access, library: Library, answers: Answers) -> HTTPRouteHandler:
    @read_route(access, "/v1/alerts", "List alerts", "alerts")
    async def list_alerts(
        request: AnyRequest,
        track: p.Track = None,
        story: p.Story = None,
        receiver: p.Receiver = None,
        status: p.Status = None,
        since: p.Since = None,
        until: p.Until = None,
        limit: p.Limit = 20,
        cursor: p.Cursor = None,
    ) -> Response[AlertList]:
        """The latest first, each with the state of its delivery. since and until are about when it was made."""
        from_, to = p.period(since, until, datetime.now(UTC))
        choice = AlertChoice(track=track, story=story, receiver=receiver, status=status, since=from_, until=to)
        return await answers.answer(request, lambda: library.alerts(choice, limit=limit, after=cursor))

    return list_alerts


def letters_route(access: Access, library: Library, answers: Answers) -> HTTPRouteHandler:
    @read_route(access, "/v1/deadletters", "List dead letters", "operations")
    async def list_letters(
        request: AnyRequest,
        stage: Annotated[str | None, QueryParameter(name="stage", max_length=MOST_CHARACTERS)] = None,
        source: Annotated[
            str | None, QueryParameter(name="source", max_length=MOST_CHARACTERS, description="A publisher's id.")
        ] = None,
        error: Annotated[
            str | None, QueryParameter(name="error", max_length=MOST_CHARACTERS, description="Such as Poison.")
        ] = None,
        resolved: Annotated[
            bool, QueryParameter(name="resolved", description="Those that passed or were dropped, with who and why.")
        ] = False,
        since: p.Since = None,
        until: p.Until = None,
        limit: p.Limit = 20,
        cursor: p.Cursor = None,
    ) -> Response[LetterList]:
        """Messages that a stage refused, the one that was refused last first, as far as they are stored."""
        from_, to = p.period(since, until, datetime.now(UTC))
        choice = LetterChoice(stage=stage, source=source, error=error, resolved=resolved, since=from_, until=to)
        return await answers.answer(request, lambda: library.letters(choice, limit=limit, after=cursor))

    return list_letters
