"""``GET /v1/stories`` and ``/v1/stories/{id}``."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter

from connectors.api.access.guard import Access
from connectors.api.problems import AnyRequest, unavailable
from connectors.api.read import parameters as p
from connectors.api.read.answers import Answers, Elsewhere
from connectors.api.read.route import read_route
from connectors.api.read.tracked import Tracked
from connectors.views.choices import ArticleChoice, StoryChoice
from connectors.views.library import Library, Moved, StoryList, StorySort
from connectors.views.story_page import StoryPage


def stories_route(access: Access, library: Library, tracked: Tracked, answers: Answers) -> HTTPRouteHandler:
    @read_route(access, "/v1/stories", "List stories", "stories")
    async def list_stories(
        request: AnyRequest,
        words: p.Query = None,
        entity: p.Entity = None,
        publisher: p.Publishers = None,
        language: p.Languages = None,
        country: p.Countries = None,
        section: p.Sections = None,
        tracked_only: Annotated[
            bool, QueryParameter(name="tracked", description="Only stories that a track follows by their id.")
        ] = False,
        sources: Annotated[
            int | None, QueryParameter(name="sources", ge=1, le=1_000_000, description="Independent ones, at least.")
        ] = None,
        since: p.Since = None,
        until: p.Until = None,
        sort: Annotated[
            StorySort,
            QueryParameter(
                name="sort",
                description="time: the latest article first; sources: most independent sources; growth: most articles "
                "in the last day, which leaves out stories without one.",
            ),
        ] = "time",
        limit: p.Limit = 20,
        cursor: p.Cursor = None,
    ) -> Response[StoryList]:
        """Stories that have an article which matches query, entity, publisher, country and section.

        since and until are about the latest article of a story, language is that of the story.
        """
        from_, to = p.period(since, until, datetime.now(UTC))
        following = tracked.by_story
        if tracked_only and following is None:
            raise unavailable("the tracks have not been read yet")
        choice = StoryChoice(
            having=ArticleChoice(
                query=words,
                entity=entity,
                publishers=tuple(publisher or ()),
                countries=tuple(country or ()),
                sections=tuple(section or ()),
            ),
            languages=tuple(language or ()),
            least_sources=sources,
            since=from_,
            until=to,
            ids=tuple(sorted(following)) if tracked_only and following is not None else None,
        )
        return await answers.answer(
            request, lambda: library.stories(choice, sort, limit=limit, after=cursor, tracks=following)
        )

    return list_stories


def story_route(access: Access, library: Library, tracked: Tracked, answers: Answers) -> HTTPRouteHandler:
    @read_route(
        access,
        "/v1/stories/{story_id:str}",
        "Show a story",
        "stories",
        HTTPStatus.NOT_FOUND,
        responses={
            HTTPStatus.PERMANENT_REDIRECT.value: ResponseSpec(
                None, generate_examples=False, description="Its articles are in the story that Location names."
            )
        },
    )
    async def show_story(request: AnyRequest, story_id: p.Id) -> Response[StoryPage]:
        """Its articles in order of appearance, how each publisher entered it, copies, figures, edits and alerts.

        Of a story with more than 300 articles the timeline has some 400 at most: the newest, the first of each
        publisher, those that brought sources, the first copies, and those that were edited last. totals counts all;
        the export of articles has them all.
        """

        def ask() -> Any:
            found = library.story(story_id, tracks=tracked.by_story)
            if found is None:
                raise p.not_found("story")
            return Elsewhere(f"/v1/stories/{found.to}") if isinstance(found, Moved) else found

        return await answers.answer(request, ask)

    return show_story
