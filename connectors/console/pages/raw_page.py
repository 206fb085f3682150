"""The page of an article as it arrived, for a frame in which nothing of it can run or be loaded."""

from datetime import datetime, timedelta
from http import HTTPStatus

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from connectors.api.problems import AnyRequest, ProblemError
from connectors.console.data import Data
from connectors.console.visitors import Visitors
from connectors.kafka.reader import Reader
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Undecodable
from streams.contract.messages import ContentType, RawArticle, Scope
from streams.runtime.settings import Settings

MOST_MESSAGES = 5_000  # that arrived at the same time, of all partitions
BEFORE = timedelta(seconds=2)  # clocks of the sender and of Kafka may differ
FRAME_HEADERS = {
    # the frame has the attribute sandbox too; this holds for a page that is opened by itself
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def raw_page_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get("/articles/{article_id:str}/raw", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def raw_page(request: AnyRequest, article_id: FromPath[str]) -> Response[bytes]:
        found = data.library.search.article_by_prefix(article_id)
        if found is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no article {article_id[:64]}")
        article = found.article
        arrived = find(data.settings, article.arrival, article.received_at) if article.arrival else None
        if arrived is None:
            raise ProblemError(HTTPStatus.GONE, "the page as it arrived is not kept any more (STORYWATCH_RAW_DAYS)")
        return framed(arrived)

    return raw_page


def framed(arrived: RawArticle) -> Response[bytes]:
    """What arrived, as a document in which nothing can run or be loaded."""
    charset = arrived.charset or "utf-8"
    kind = "text/html" if arrived.form is ContentType.HTML else "text/plain"
    safe = charset if charset.replace("-", "").replace("_", "").isalnum() else "utf-8"
    return Response(arrived.page(), media_type=f"{kind}; charset={safe}", headers=FRAME_HEADERS)


def framed_text(text: bytes) -> Response[bytes]:
    """A message that is no page, in the same frame."""
    return Response(text, media_type="text/plain; charset=utf-8", headers=FRAME_HEADERS)


def find(settings: Settings, arrival: str, received_at: datetime | None) -> RawArticle | None:
    """The arrival with this id, if Kafka still has it. Raises `Unavailable`."""
    if received_at is None:
        return None
    with Reader(settings, [topics.RAW]) as reader:
        reader.seek_time(received_at - BEFORE)
        for number, record in enumerate(reader.read_to_end()):
            if number >= MOST_MESSAGES:
                return None
            if record.key == arrival.encode():
                try:
                    return decode(record.value, RawArticle)
                except Undecodable:
                    return None
    return None
