"""``/v1/corrections``, and the routes of stories and articles that make one: what people know better about stories."""

from http import HTTPStatus
from typing import Annotated

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import Body
from msgspec import Meta, Struct

from connectors.api.access.guard import Access
from connectors.api.problems import AnyRequest, ProblemError
from connectors.api.read import parameters as p
from connectors.api.read.answers import Answers
from connectors.api.read.corrected import Corrected
from connectors.api.read.route import read_route
from connectors.api.write.commands import StoryCommands
from connectors.api.write.shared import KeyRequest, by_key, write_options
from connectors.corrections.request import MOST_REASON, CorrectionRequest
from connectors.views import cursor as cursors
from connectors.views.corrections import CorrectionView, correction
from connectors.views.cursor import Key, Whole
from connectors.views.library import Library
from streams.contract.errors import UsageError
from streams.contract.messages import StoryCorrection
from streams.stories.correct import MOST_MOVED, MOST_TITLE

PATH = "/v1/corrections"
STORY = "/v1/stories/{story_id:str}"

Id = Annotated[str, Meta(min_length=6, max_length=64)]
Reason = Annotated[str, Meta(max_length=MOST_REASON, description="Why, for others who read it later.")]


class CorrectionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all corrections may have."""

    reason: Reason = ""


class MergeBody(CorrectionBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    other: Annotated[Id, Meta(description="The story that tells the same event.")]


class SplitBody(CorrectionBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    articles: Annotated[
        tuple[Id, ...], Meta(min_length=1, max_length=MOST_MOVED, description="Those that tell another event.")
    ]


class MoveBody(CorrectionBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    story: Annotated[Id, Meta(description="The story that it belongs to.")]


class RenameBody(CorrectionBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: Annotated[
        str, Meta(min_length=1, max_length=MOST_TITLE, pattern=r"\S", description="The title from now on.")
    ]


class PinBody(CorrectionBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    articles: Annotated[
        tuple[Id, ...], Meta(max_length=MOST_MOVED, description="Only these; without: all of the story.")
    ] = ()


class CorrectionList(Struct, frozen=True, kw_only=True):
    """A part of the list, the latest first. ``next``: the cursor of the part after it; null at the end."""

    items: tuple[CorrectionView, ...]
    next: str | None


class _Desk:
    """Carries corrections out."""

    def __init__(self, commands: StoryCommands, library: Library, corrected: Corrected, answers: Answers) -> None:
        self._commands = commands
        self._library = library
        self._corrected = corrected
        self._answers = answers

    async def correct(self, request: KeyRequest, asked: CorrectionRequest) -> Response[CorrectionView]:
        by = by_key(request.auth)

        def send() -> StoryCorrection:
            self._check_known(asked)
            try:
                prepared = self._commands.prepare(asked, by)
            except UsageError as error:
                raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error
            self._commands.send(prepared)
            return prepared.correction

        found = await self._corrected.decided(await self._answers.run(send))
        if found.state == "refused":
            raise ProblemError(HTTPStatus.CONFLICT, found.outcome)
        status = HTTPStatus.ACCEPTED if found.state == "asked" else HTTPStatus.OK
        return Response(correction(found), status_code=status.value)

    def _check_known(self, asked: CorrectionRequest) -> None:
        """Raise `ProblemError` if the path names nothing."""
        if asked.story and self._library.search.story(asked.story) is None:
            raise p.not_found("story")
        if asked.action == "move" and self._library.search.article_by_prefix(asked.articles[0]) is None:
            raise p.not_found("article")

    async def undo(self, request: KeyRequest, correction_id: str, reason: str) -> Response[CorrectionView]:
        undone = self._corrected.find(correction_id)
        if undone is None:
            raise p.not_found("correction")
        return await self.correct(request, CorrectionRequest("undo", undoes=undone, reason=reason))


def list_corrections_route(access: Access, corrected: Corrected, answers: Answers) -> HTTPRouteHandler:
    @read_route(access, PATH, "List corrections", "corrections")
    async def list_corrections(
        request: AnyRequest, story: p.Story = None, limit: p.Limit = 20, cursor: p.Cursor = None
    ) -> Response[CorrectionList]:
        """What people corrected, with who and why, and what became of it. story: of one story, by its whole id."""

        def ask() -> CorrectionList:
            asked = ("corrections", story)
            found = corrected.all if story is None else corrected.of_stories([story])
            if cursor is not None:
                after = cursors.decode(cursor, tuple[Whole, Key], asked)
                found = [one for one in found if _position(one) < after]
            more = len(found) > limit
            return CorrectionList(
                items=tuple(map(correction, found[:limit])),
                next=cursors.encode(_position(found[limit - 1]), asked) if more else None,
            )

        return await answers.answer(request, ask)

    return list_corrections


def _position(one: StoryCorrection) -> tuple[int, str]:
    return int(one.at.timestamp() * 1_000_000), one.id


def correction_routes(
    access: Access, commands: StoryCommands, library: Library, corrected: Corrected, answers: Answers
) -> list[HTTPRouteHandler]:
    desk = _Desk(commands, library, corrected, answers)
    undecided = ResponseSpec(
        CorrectionView, generate_examples=False, description="It is sent; no worker has decided it yet."
    )
    shared = write_options(access, "corrections", status_code=HTTPStatus.OK.value)
    shared["responses"][HTTPStatus.ACCEPTED.value] = undecided

    @post(f"{STORY}/merge", summary="Merge two stories", **shared)
    async def merge(
        request: KeyRequest, story_id: p.Id, data: Annotated[MergeBody, Body(description="The other story.")]
    ) -> Response[CorrectionView]:
        """Makes one story of two of one language: the older one keeps its id, and the other id leads to it for ever."""
        return await desk.correct(request, CorrectionRequest("merge", story_id, into=data.other, reason=data.reason))

    @post(f"{STORY}/split", summary="Split a story", **shared)
    async def split(
        request: KeyRequest, story_id: p.Id, data: Annotated[SplitBody, Body(description="The articles.")]
    ) -> Response[CorrectionView]:
        """Makes a new story, `into`, of some articles of a story: they tell another event."""
        return await desk.correct(
            request, CorrectionRequest("split", story_id, articles=data.articles, reason=data.reason)
        )

    @post(f"{STORY}/rename", summary="Rename a story", **shared)
    async def rename(
        request: KeyRequest, story_id: p.Id, data: Annotated[RenameBody, Body(description="The title.")]
    ) -> Response[CorrectionView]:
        """Gives a story a title, which no article changes any more."""
        return await desk.correct(request, CorrectionRequest("rename", story_id, title=data.title, reason=data.reason))

    @post(f"{STORY}/pin", summary="Pin articles to a story", **shared)
    async def pin(
        request: KeyRequest,
        story_id: p.Id,
        data: Annotated[PinBody, Body(description="The articles, or none for all.")],
    ) -> Response[CorrectionView]:
        """Keeps articles in their story: only a person moves them from then on."""
        return await desk.correct(
            request, CorrectionRequest("pin", story_id, articles=data.articles, reason=data.reason)
        )

    @post("/v1/articles/{article_id:str}/move", summary="Move an article to another story", **shared)
    async def move(
        request: KeyRequest, article_id: p.Id, data: Annotated[MoveBody, Body(description="The story.")]
    ) -> Response[CorrectionView]:
        """Both stories are of one language, and count as different events from then on."""
        return await desk.correct(
            request, CorrectionRequest("move", into=data.story, articles=(article_id,), reason=data.reason)
        )

    @post(f"{PATH}/{{correction_id:str}}/undo", summary="Undo a correction", **shared)
    async def undo(
        request: KeyRequest, correction_id: p.Id, data: Annotated[CorrectionBody, Body(description="The reason.")]
    ) -> Response[CorrectionView]:
        """Takes a correction back, as far as what it did is still there. Needs the whole id."""
        return await desk.undo(request, correction_id, data.reason)

    return [list_corrections_route(access, corrected, answers), merge, split, rename, pin, move, undo]
