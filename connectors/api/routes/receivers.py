"""``/v1/receivers``: where alerts go, how each receiver is, and testing, pausing and resuming it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, TypeVar

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter
from msgspec import Struct
from msgspec.structs import asdict

from connectors.api.access.guard import Access
from connectors.api.problems import AnyRequest
from connectors.api.read.answers import Answers
from connectors.api.read.parameters import not_found
from connectors.api.read.route import read_route
from connectors.api.write.commands import ReceiverCommands
from connectors.api.write.shared import KeyRequest, by_key, write_options
from connectors.views import receivers as views
from connectors.views.library import Library
from connectors.views.receivers import ReceiverView
from streams.contract.messages import NamedReceiver

PATH = "/v1/receivers"
ONE = "/v1/receivers/{name:str}"

Name = Annotated[str, PathParameter(description="The receiver's name.", max_length=63)]
T = TypeVar("T")


class ReceiverList(Struct, frozen=True, kw_only=True):
    """All receivers, by name."""

    items: tuple[ReceiverView, ...]


class ReceiverPage(ReceiverView, frozen=True, kw_only=True):
    """A receiver, with the ids of the tracks that send to it."""

    tracks: tuple[str, ...]


class Tested(Struct, frozen=True, kw_only=True):
    """What became of a test. ``outcome``: ``delivered`` if it was accepted; ``excerpt``: of the answer."""

    receiver: str
    outcome: str
    code: int | None
    error: str | None
    ms: int | None
    excerpt: str | None


def receiver_routes(
    access: Access, commands: ReceiverCommands, library: Library, answers: Answers
) -> list[HTTPRouteHandler]:
    shared = write_options(access, "receivers", status_code=HTTPStatus.OK.value)

    def shown(found: NamedReceiver) -> ReceiverView:
        return views.view(found, views.states(library.search, [found]).get(found.name))

    async def act(name: str, change: Callable[[], T]) -> T:
        def run() -> T:
            _find(commands, name)
            return change()

        return await answers.run(run)

    @read_route(access, PATH, "List receivers", "receivers")
    async def list_receivers(request: AnyRequest) -> Response[ReceiverList]:
        """All receivers and how they are, without secrets and paths of addresses."""

        def ask() -> ReceiverList:
            found = commands.all()
            states = views.states(library.search, found)
            return ReceiverList(items=tuple(views.view(one, states.get(one.name)) for one in found))

        return await answers.answer(request, ask)

    @read_route(access, ONE, "Show a receiver", "receivers", HTTPStatus.NOT_FOUND)
    async def show_receiver(request: AnyRequest, name: Name) -> Response[ReceiverPage]:
        """With the tracks that send to it."""

        def ask() -> ReceiverPage:
            found = _find(commands, name)
            return ReceiverPage(**asdict(shown(found)), tracks=tuple(one.id for one in commands.users(name)))

        return await answers.answer(request, ask)

    @post(f"{ONE}/test", summary="Send a test to a receiver", **shared)
    async def test_receiver(
        request: KeyRequest,
        name: Name,
        alert: Annotated[
            bool, QueryParameter(name="alert", description="Send an invented alert instead of one sentence.")
        ] = False,
    ) -> Tested:
        """From this server. 200 whatever it answers: see `outcome`."""
        by = by_key(request.auth)
        made = await act(name, lambda: commands.test(name, alert, by))
        return Tested(
            receiver=name, outcome=made.outcome, code=made.code, error=made.error, ms=made.ms, excerpt=made.excerpt
        )

    @post(f"{ONE}/pause", summary="Pause a receiver", **shared)
    async def pause_receiver(request: KeyRequest, name: Name) -> ReceiverView:
        """Its alerts wait until it is resumed. None of them is lost."""
        by = by_key(request.auth)
        return await act(name, lambda: shown(commands.pause(name, by)))

    @post(f"{ONE}/resume", summary="Resume a receiver", **shared)
    async def resume_receiver(request: KeyRequest, name: Name) -> ReceiverView:
        """After a pause, while it keeps failing, or when it was switched off. What waits goes out, the oldest first."""
        by = by_key(request.auth)
        return await act(name, lambda: shown(commands.resume(name, by)))

    return [list_receivers, show_receiver, test_receiver, pause_receiver, resume_receiver]


def _find(commands: ReceiverCommands, name: str) -> NamedReceiver:
    for one in commands.all():
        if one.name == name:
            return one
    raise not_found("receiver")
