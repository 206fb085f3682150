"""An article: its text with names marked, where each field is from, its way through the stages, copies, revisions."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from urllib.parse import quote

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from markupsafe import Markup, escape

from connectors.api.problems import AnyRequest, ProblemError
from connectors.console.data import Data
from connectors.console.html import page
from connectors.console.picture.waterfall import waterfall
from connectors.console.text_diff import shown_revisions
from connectors.console.visitors import Visitors
from connectors.views.traces import Mention
from streams.contract.messages import Scope

MOST_CHARACTERS = 60_000  # of a text on the page; the rest is said to exist
MOST_CHANGED_CHARACTERS = 20_000  # of all revisions on the page


def article_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get("/articles/{article_id:str}", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def article(request: AnyRequest, article_id: FromPath[str]) -> Response[bytes]:
        found = data.library.article(article_id)
        if found is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no article {article_id[:64]}")
        offset = len(found.title) + 2  # of the body in the text that mentions refer to
        return page(
            request,
            "article.html",
            article=found,
            paragraphs=list(marked_paragraphs(found.body[:MOST_CHARACTERS], found.names, offset)),
            left_out=max(0, len(found.body) - MOST_CHARACTERS),
            revisions=shown_revisions(found.revisions, found.title, MOST_CHANGED_CHARACTERS),
            names=sorted(found.names, key=lambda one: -len(one.offsets)),
            waterfall=waterfall(found.stages) if found.stages else "",
        )

    return article


def marked_paragraphs(body: str, names: Sequence[Mention], offset: int) -> Iterator[Markup]:
    """The paragraphs of a text, with links around the names in it. ``offset``: of the text in what they refer to."""
    spans = sorted((start - offset, end - offset, one.key) for one in names for start, end in one.offsets)
    begin = 0
    for paragraph in body.split("\n"):
        if paragraph.strip():
            yield _marked(paragraph, [span for span in spans if begin <= span[0] < begin + len(paragraph)], begin)
        begin += len(paragraph) + 1


def _marked(text: str, spans: Sequence[tuple[int, int, str]], begin: int) -> Markup:
    parts, at = [], 0
    for start, end, key in spans:
        first, last = start - begin, min(end - begin, len(text))
        if first < at or last <= first:
            continue  # it overlaps the one before
        parts += [
            escape(text[at:first]),
            Markup('<a class="name" href="/name?name={}">{}</a>').format(quote(key, safe=""), text[first:last]),
        ]
        at = last
    return Markup("").join([*parts, escape(text[at:])])
