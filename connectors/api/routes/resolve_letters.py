"""``POST /v1/deadletters/{id}/replay`` and ``.../drop``."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, PathParameter
from msgspec import Meta, Struct

from connectors.api.access.guard import Access
from connectors.api.problems import ProblemError
from connectors.api.read.answers import Answers
from connectors.api.read.parameters import not_found
from connectors.api.write.commands import Commands
from connectors.api.write.shared import KeyRequest, by_key, write_options
from streams.contract.deadletter import DeadLetter
from streams.contract.errors import UsageError
from streams.contract.messages import Scope

LetterId = Annotated[str, PathParameter(description="The whole id.", max_length=200)]


class Reason(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a letter is dropped, for the record."""

    because: Annotated[str, Meta(min_length=1, max_length=1_000, pattern=r"\S")]


class Resolution(Struct, frozen=True, kw_only=True):
    """What became of a letter: sent to its stage again, or dropped from the list."""

    id: str
    state: str


def letter_routes(access: Access, commands: Commands, answers: Answers) -> list[HTTPRouteHandler]:
    shared = write_options(access, "operations", scope=Scope.ADMIN, status_code=HTTPStatus.OK.value)

    async def resolve(letter_id: str, state: str, act: Callable[[DeadLetter], None]) -> Resolution:
        def run() -> Resolution:
            letter = next((one for one in commands.letters() if one.id == letter_id), None)
            if letter is None:
                raise not_found("dead letter")
            if not letter.is_open:
                raise ProblemError(HTTPStatus.CONFLICT, f"this dead letter is not in the list: it was {letter.state}")
            try:
                act(letter)
            except UsageError as error:
                raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error
            return Resolution(id=letter.id, state=state)

        return await answers.run(run)

    @post("/v1/deadletters/{letter_id:str}/replay", summary="Send a dead letter to its stage again", **shared)
    async def replay(request: KeyRequest, letter_id: LetterId) -> Resolution:
        """After the cause is fixed. It leaves the list if it passes; a worker has to run."""
        by = by_key(request.auth)
        return await resolve(letter_id, "sent", lambda letter: commands.replay([letter], by))

    @post("/v1/deadletters/{letter_id:str}/drop", summary="Drop a dead letter", **shared)
    async def drop(
        request: KeyRequest, letter_id: LetterId, data: Annotated[Reason, Body(description="The reason.")]
    ) -> Resolution:
        """Removes it from the list, recording who did it, when and why."""
        by = by_key(request.auth)
        return await resolve(letter_id, "dropped", lambda letter: commands.drop([letter], data.because, by))

    return [replay, drop]
