"""``GET /v1/articles`` and ``/v1/articles/{id}``: what is stored."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from connectors.api.access.guard import Access
from connectors.api.problems import AnyRequest
from connectors.api.read import parameters as p
from connectors.api.read.answers import Answers
from connectors.api.read.route import read_route
from connectors.views.choices import ArticleChoice
from connectors.views.library import ArticleList, ArticleSort, Library
from connectors.views.traces import ArticlePage


def found_articles_route(access: Access, library: Library, answers: Answers) -> HTTPRouteHandler:
    @read_route(access, "/v1/articles", "Search articles", "articles")
    async def search_articles(
        request: AnyRequest,
        words: p.Query = None,
        entity: p.Entity = None,
        publisher: p.Publishers = None,
        language: p.Languages = None,
        country: p.Countries = None,
        section: p.Sections = None,
        story: p.Story = None,
        since: p.Since = None,
        until: p.Until = None,
        sort: Annotated[
            ArticleSort | None,
            QueryParameter(name="sort", description="By default relevance with a query, and time without one."),
        ] = None,
        limit: p.Limit = 20,
        cursor: p.Cursor = None,
    ) -> Response[ArticleList]:
        """Articles as `storywatch search` finds them. since and until are about when they were first seen."""
        from_, to = p.period(since, until, datetime.now(UTC))
        choice = ArticleChoice(
            query=words,
            entity=entity,
            publishers=tuple(publisher or ()),
            languages=tuple(language or ()),
            countries=tuple(country or ()),
            sections=tuple(section or ()),
            story=story,
            since=from_,
            until=to,
        )
        return await answers.answer(request, lambda: library.articles(choice, sort, limit=limit, after=cursor))

    return search_articles


def article_route(access: Access, library: Library, answers: Answers) -> HTTPRouteHandler:
    @read_route(access, "/v1/articles/{article_id:str}", "Show an article", "articles", HTTPStatus.NOT_FOUND)
    async def show_article(request: AnyRequest, article_id: p.Id) -> Response[ArticlePage]:
        """Its text, where each field is from, its way through the stages, its latest edit, copies and alerts."""

        def ask() -> Any:
            found = library.article(article_id)
            if found is None:
                raise p.not_found("article")
            return found

        return await answers.answer(request, ask)

    return show_article
