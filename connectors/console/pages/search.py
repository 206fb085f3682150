"""Search: articles that match a query, with what matched; an error of the query is shown at its column."""

import re

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from connectors.api.problems import AnyRequest
from connectors.console.data import Data
from connectors.console.html import page
from connectors.console.pages.choices import one_of, text_of
from connectors.console.visitors import Visitors
from connectors.views.choices import ArticleChoice
from connectors.views.library import ArticleSort
from streams.alerts import query as language
from streams.contract.errors import UsageError
from streams.contract.messages import Scope

ROWS = 20
SORTS: dict[ArticleSort, str] = {"relevance": "best match", "time": "newest"}
_COLUMN = re.compile(r"column (\d+)")


def search_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get("/search", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def search(request: AnyRequest) -> Response[bytes]:
        query = text_of(request, "q")
        sort: ArticleSort = one_of(request, "sort", SORTS, "relevance" if query else "time")
        error = query_error(query) if query else None
        found = None
        if query and error is None:
            after = text_of(request, "after")
            found = data.library.articles(ArticleChoice(query=query), sort, limit=ROWS, after=after, marked=True)
        return page(
            request,
            "search.html",
            q=query or "",
            error=error,
            pointer=pointer(error),
            found=found,
            sorts=SORTS,
            sort=sort,
        )

    return search


def query_error(query: str) -> str | None:
    """What is wrong with a query, in a line; None if nothing is."""
    try:
        language.parse(query)
    except UsageError as error:
        return str(error).removeprefix("query: ")
    return None


def pointer(error: str | None) -> str:
    """Spaces and ``^`` under the column that the error names; empty if it names none."""
    column = _COLUMN.search(error or "")
    return " " * (int(column.group(1)) - 1) + "^" if column else ""
