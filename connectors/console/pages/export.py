"""All articles of a story or of a search as lines of JSON: what the button "Export" downloads."""

from datetime import UTC, datetime

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from connectors.api.problems import AnyRequest
from connectors.api.push.articles import BodyType
from connectors.console.data import Data
from connectors.console.pages.choices import text_of
from connectors.console.visitors import Visitors
from connectors.views.choices import ArticleChoice
from streams.contract.errors import Rejected
from streams.contract.messages import Scope


def export_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get("/export/articles", guards=[visitors.needs(Scope.READ)])
    async def export(request: AnyRequest) -> Stream:
        """Of a story (``story``) or of a query (``q``)."""
        choice = ArticleChoice(query=text_of(request, "q"), story=text_of(request, "story"))
        if choice == ArticleChoice():
            raise Rejected("say what to export: a story, or a query as q")
        words = choice.words(datetime.now(UTC))
        data.exports.check_room()
        lines = data.exports.lines("articles", [*choice.filters(), *([words] if words is not None else [])])
        return Stream(
            lines,
            media_type=BodyType.LINES,
            headers={"Content-Disposition": 'attachment; filename="articles.ndjson"', "Cache-Control": "no-store"},
        )

    return export
