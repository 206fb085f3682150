"""articles.raw: an arrival as its sender gave it, packed to fit a Kafka message."""

import zlib
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

import msgspec

from streams.contract.errors import Rejected, TooLarge, Undecodable
from streams.contract.lanes import Lane
from streams.contract.messages.articles import Stored
from streams.contract.messages.base import MAX_VALUE_BYTES, Message, Moment, Value, clipped, digest
from streams.contract.messages.slimming import slim

MAX_PAGE_BYTES = 10_000_000  # the largest known article page is under 5 MB
# characters of a sender's fields; with all of them full, they fit a message together with the page
MAX_GIVEN = {
    "title": 20_000, "summary": 10_000, "authors": 200, "publisher": 300, "published": 120, "updated": 120,
    "language": 40, "feed_title": 300, "publisher_url": 2_000, "labels": 60,
}  # fmt: skip
MAX_AUTHORS = 50
MAX_LABELS = 20


class ContentType(StrEnum):
    """What the bytes of an arrival are."""

    HTML = "html"  # a page
    TEXT = "text"  # the text of a page, including menus
    BODY = "body"  # the text of the article alone, from a field of the sender


class SenderFields(Value, frozen=True, kw_only=True):
    """What the sender gave about an article in addition to its bytes: the fields of a feed entry or of a JSON line."""

    title: str | None = None
    summary: str | None = None
    authors: tuple[str, ...] = ()
    publisher: str | None = None
    published: str | None = None  # as written by the sender; `clean` reads it
    language: str | None = None
    feed_title: str | None = None  # of the feed that linked to it, maybe an aggregator's: a name, never an id
    updated: str | None = None  # when it was changed, as written by the sender; used if `published` is unreadable
    # the address is an aggregator's, so that only `publisher` and `publisher_url` tell who published the article
    aggregated: bool = False
    publisher_url: str | None = None
    id: str | None = None  # of an exported article; used where there is no address to derive an id from
    labels: tuple[str, ...] = ()  # of the watched source that it comes from, or of the sender

    def bounded(self) -> Self:
        """Return the fields cut to `MAX_GIVEN` characters, with a mark where one was cut."""
        return msgspec.structs.replace(
            self,
            authors=tuple(clipped(author, MAX_GIVEN["authors"]) for author in self.authors[:MAX_AUTHORS]),
            labels=tuple(clipped(label, MAX_GIVEN["labels"]) for label in self.labels[:MAX_LABELS]),
            **{
                name: clipped(value, most)
                for name, most in MAX_GIVEN.items()
                if isinstance(value := getattr(self, name), str)
            },
        )


def _fits(packed: bytes, rest: int) -> bool:
    """Return whether a message has room for ``packed`` in base64 and ``rest`` bytes of other fields."""
    return len(packed) * 4 // 3 + rest <= MAX_VALUE_BYTES - 10_000


class RawArticle(Message, frozen=True, kw_only=True):
    """An arrival. ``id``: hash of the fetched URL, or of the bytes without one."""

    id: str
    content: bytes  # zlib
    form: ContentType
    fetched_at: Moment
    received_at: Moment
    lane: Lane = Lane.LIVE
    url: str | None = None
    landed: str | None = None  # final address, if redirects led elsewhere
    charset: str | None = None  # of the HTTP header
    origin: str = ""  # the file's name or the feed's URL, for people
    given: SenderFields = SenderFields()
    stored: Stored | None = None  # set for a stored article that runs again

    @classmethod
    def arrive(
        cls,
        content: bytes,
        form: ContentType,
        *,
        fetched_at: datetime,
        received_at: datetime | None = None,
        lane: Lane = Lane.LIVE,
        url: str | None = None,
        landed: str | None = None,
        charset: str | None = None,
        origin: str = "",
        given: SenderFields | None = None,
    ) -> Self:
        """Pack an arrival. A page that is too large for a message is reduced to its text (`slimming`).

        Raises `TooLarge` over `MAX_PAGE_BYTES` and when the packed page does not fit a Kafka message, and `Rejected`
        when it is empty.
        """
        if not content.strip():
            raise Rejected("empty: there is no text in it")
        if len(content) > MAX_PAGE_BYTES:
            raise TooLarge(f"{len(content):,} bytes: over the limit of {MAX_PAGE_BYTES:,} for a page")
        given = (given or SenderFields()).bounded()
        packed = zlib.compress(content, 6)
        rest = _encoded_bytes(given, url, charset, origin, landed)
        if not _fits(packed, rest) and form is ContentType.HTML:
            packed = zlib.compress(slim(content, lambda page: _fits(zlib.compress(page, 6), rest)), 6)
        if not _fits(packed, rest):
            raise TooLarge(
                f"{len(packed):,} bytes after compression, {len(packed) * 4 // 3:,} in base64: does not fit a Kafka "
                f"message of {MAX_VALUE_BYTES:,}"
            )
        return cls(
            id=digest(url or content),
            content=packed,
            form=form,
            fetched_at=fetched_at,
            received_at=received_at or datetime.now(UTC),
            lane=lane,
            url=url,
            landed=landed if landed != url else None,
            charset=charset,
            origin=origin,
            given=given,
        )

    def page(self) -> bytes:
        """Return the bytes as they arrived, for a very large page without its scripts and pictures.

        Raises `TooLarge` when they unpack to more than `MAX_PAGE_BYTES`, `Undecodable` when they do not unpack.
        """
        unpack = zlib.decompressobj()
        try:
            page = unpack.decompress(self.content, MAX_PAGE_BYTES + 1)
        except zlib.error as error:
            raise Undecodable(f"the packed page is damaged: {error}") from error
        if len(page) > MAX_PAGE_BYTES:
            raise TooLarge(f"the page unpacks to more than {MAX_PAGE_BYTES:,} bytes")
        if not unpack.eof:
            raise Undecodable("the packed page is damaged: its end is missing")
        return page


def _encoded_bytes(*values: SenderFields | str | None) -> int:
    """Return the encoded size; 0 for text with half a character, which the codec rejects later."""
    try:
        return len(msgspec.json.encode(values))
    except UnicodeEncodeError:
        return 0
