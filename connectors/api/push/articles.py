"""The body of a request -> its articles, and for each refused one its line and field and what is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import IO

from connectors.api.problems import ItemProblem
from connectors.files.json_stream import BOM, Piece, lines
from connectors.files.objects import BadField, read_article, read_fetched_at, read_url
from streams.contract.codec import encode
from streams.contract.errors import Rejected, TooLarge
from streams.contract.messages import MAX_PAGE_BYTES, ContentType, Lane, RawArticle
from streams.runtime.metrics import report_unexpected

MAX_BATCH_BYTES = 32_000_000
MOST_LINES = 1_000  # of a batch


class BodyType(StrEnum):
    """What a request holds, by its ``Content-Type``."""

    JSON = "application/json"
    LINES = "application/x-ndjson"
    HTML = "text/html"

    @property
    def most_bytes(self) -> int:
        return MAX_BATCH_BYTES if self is BodyType.LINES else MAX_PAGE_BYTES


@dataclass(frozen=True)
class Origin:
    """What a request says of all its articles. ``url``, ``fetched_at`` and ``charset`` are those of an HTML page."""

    name: str  # for people
    lane: Lane
    url: str | None = None
    fetched_at: str | None = None
    charset: str | None = None


@dataclass(frozen=True)
class ReadArticle:
    """An article that can be sent. ``ignored``: a line on each value of it that was not understood."""

    line: int
    article: RawArticle
    ignored: tuple[str, ...]


def count(file: IO[bytes], kind: BodyType) -> int:
    """How many items a body has. Raises `Rejected` for an empty one, `TooLarge` for too many."""
    number = sum(1 for _ in lines(file, MAX_PAGE_BYTES)) if kind is BodyType.LINES else int(bool(file.read(1)))
    file.seek(0)
    if not number:
        raise Rejected("the body is empty")
    if number > MOST_LINES:
        raise TooLarge(f"{number:,} lines: a batch has at most {MOST_LINES:,}; send it in several requests")
    return number


def read(file: IO[bytes], kind: BodyType, origin: Origin, now: datetime) -> Iterator[ReadArticle | ItemProblem]:
    """The items of a body, in order."""
    pieces = lines(file, MAX_PAGE_BYTES) if kind is BodyType.LINES else iter([Piece(1, file.read())])
    for piece in pieces:
        if isinstance(piece.value, Rejected):
            yield ItemProblem(line=piece.number, detail=str(piece.value))
        else:
            yield _read_item(piece.number, piece.value, kind, origin, now)


def _read_item(line: int, value: bytes, kind: BodyType, origin: Origin, now: datetime) -> ReadArticle | ItemProblem:
    ignored: tuple[str, ...] = ()
    try:
        if kind is BodyType.HTML:
            article = _page(value, origin, now)
        else:
            article, ignored = _object(line, value, origin, now)
        encode(article)  # whether it can be sent, before anything is
    except BadField as error:
        return ItemProblem(line=line, field=error.field, detail=str(error))
    except Rejected as error:
        return ItemProblem(line=line, detail=str(error))
    except Exception as error:  # the last resort: an unexpected error costs one item
        return ItemProblem(line=line, detail=report_unexpected("line", error))
    return ReadArticle(line, article, ignored)


def _object(line: int, value: bytes, origin: Origin, now: datetime) -> tuple[RawArticle, tuple[str, ...]]:
    value = value.removeprefix(BOM)
    if value.lstrip().startswith(b"["):
        raise Rejected(f"a JSON object was expected, this is a list: send one object a line, as {BodyType.LINES}")
    return read_article(value, now=now, lane=origin.lane, origin=f"{origin.name}:{line}")


def _page(content: bytes, origin: Origin, now: datetime) -> RawArticle:
    return RawArticle.arrive(
        content,
        ContentType.HTML,
        fetched_at=read_fetched_at({"fetched_at": origin.fetched_at}, now) or now,
        received_at=now,
        lane=origin.lane,
        url=read_url({"url": origin.url}),
        charset=origin.charset,
        origin=origin.name,
    )
