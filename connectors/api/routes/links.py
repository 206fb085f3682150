"""``/v1/stories/{id}/links``: the same event in other languages, and making and cutting such links."""

from http import HTTPStatus
from typing import Annotated

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from msgspec import Meta, Struct

from connectors.api.access.guard import Access
from connectors.api.problems import AnyRequest, ProblemError
from connectors.api.read import parameters as p
from connectors.api.read.answers import Answers
from connectors.api.read.route import read_route
from connectors.api.routes.corrections import Id, Reason
from connectors.api.write.commands import StoryCommands
from connectors.api.write.shared import KeyRequest, by_key, write_options
from connectors.corrections.links import LinkState
from connectors.views.library import Library
from connectors.views.links import LinkView, link
from streams.contract.errors import UsageError
from streams.contract.messages import LinkRequest

PATH = "/v1/stories/{story_id:str}/links"


class LinkBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    other: Annotated[Id, Meta(description="The other story.")]
    reason: Reason = ""


class LinkList(Struct, frozen=True, kw_only=True):
    """The links of a story, the latest first."""

    items: tuple[LinkView, ...]


class SentLink(Struct, frozen=True, kw_only=True):
    """A correction of a link that was sent. ``state``: ``linked`` or ``cut``, once a worker has read it."""

    stories: tuple[str, str]
    state: str


def link_routes(access: Access, commands: StoryCommands, library: Library, answers: Answers) -> list[HTTPRouteHandler]:
    shared = write_options(access, "corrections", status_code=HTTPStatus.ACCEPTED.value)

    def find(story_id: str) -> str:
        found = library.search.story(story_id)
        if found is None:
            raise p.not_found("story")
        return found.story.id

    async def correct(request: KeyRequest, story_id: str, body: LinkBody, state: LinkState) -> SentLink:
        by = by_key(request.auth)

        def prepare() -> LinkRequest:
            story = find(story_id)
            try:
                return commands.prepare_link(story, body.other, state, body.reason, by)
            except UsageError as error:
                raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error

        asked = await answers.run(prepare)
        await answers.run(lambda: commands.send_link(asked))
        return SentLink(stories=(asked.story, asked.correction.other if asked.correction else ""), state=state)

    @read_route(access, PATH, "List the links of a story", "corrections", HTTPStatus.NOT_FOUND)
    async def list_links(request: AnyRequest, story_id: p.Id, limit: p.Limit = 50) -> Response[LinkList]:
        """Stories of other languages that report the same event, with the reasons, and pairs that a person cut."""

        def ask() -> LinkList:
            return LinkList(items=tuple(map(link, library.search.links(find(story_id), limit))))

        return await answers.answer(request, ask)

    @post("/v1/stories/{story_id:str}/link", summary="Link two stories", **shared)
    async def make(
        request: KeyRequest, story_id: p.Id, data: Annotated[LinkBody, Body(description="The other story.")]
    ) -> SentLink:
        """They report the same event in two languages. The link is kept until it is cut."""
        return await correct(request, story_id, data, "linked")

    @post("/v1/stories/{story_id:str}/unlink", summary="Cut the link of two stories", **shared)
    async def cut(
        request: KeyRequest, story_id: p.Id, data: Annotated[LinkBody, Body(description="The other story.")]
    ) -> SentLink:
        """For good: no decision of the program links them again."""
        return await correct(request, story_id, data, "cut")

    return [list_links, make, cut]
