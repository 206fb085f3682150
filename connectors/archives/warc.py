"""Web archives (WARC, WACZ, files of CC-NEWS) -> RawArticles: a page for each stored HTML response.

Other records are counted by kind. Damage ends an archive with one line; everything before it is read.
"""

import gzip
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import IO, Any

from fastwarc import stream_io
from fastwarc.warc import ArchiveIterator, WarcRecordType

from connectors.archives.progress import ProgressStore, ReadProgress
from connectors.files.items import Checkpoint, RefusedInput
from connectors.files.objects import check_fetched
from connectors.http.net import check_url
from streams.cleaning.text.formats import GZIP
from streams.contract.errors import Rejected, TooLarge, UsageError
from streams.contract.messages import MAX_PAGE_BYTES, ContentType, Lane, RawArticle
from streams.runtime.metrics import report_unexpected

PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
MAX_HEADER_BYTES = 1_000_000  # of one record
CHECKPOINT_ARTICLES = 5  # between two checkpoints: few that are sent again after a crash, at 0.1 ms for each checkpoint
CHUNK_BYTES = 65_536
BREAKS_OFF = "it breaks off"
OK = 200
_NEXT_RECORD = b"\r\n\r\nWARC/1."
_PLAIN_RECORDS = WarcRecordType.request | WarcRecordType.metadata | WarcRecordType.warcinfo  # belong to a response
_DECODERS: dict[str, Callable[[IO[bytes]], Any]] = {
    "chunked": stream_io.ChunkedReader,
    "gzip": stream_io.GzipReader,
    "x-gzip": stream_io.GzipReader,
    "br": stream_io.BrotliReader,
    "zstd": stream_io.ZstdReader,
}

Found = RawArticle | RefusedInput | Checkpoint


@dataclass(frozen=True)
class Archive:
    """One archive to read. ``name`` becomes the origin of its articles; ``given`` is its place as the user gave it."""

    stream: IO[bytes]
    name: str
    given: str


class ArchiveReader:
    """Reads archives for one command. ``note`` gets the place and one line for each kind of record that is left out.

    Without ``progress``, and for a stream that cannot seek, an archive is always read from its beginning.
    """

    def __init__(
        self,
        lane: Lane,
        now: Callable[[], datetime],
        note: Callable[[str, str], None],
        progress: ProgressStore | None = None,
    ) -> None:
        self._lane = lane
        self._now = now
        self._note = note
        self._store = progress

    def warc(self, archive: Archive) -> Iterator[Found]:
        """The pages of a WARC file, plain or compressed with gzip."""
        yield from self._read(archive, [lambda: nullcontext(archive.stream)])

    def wacz(self, archive: Archive) -> Iterator[Found]:
        """The pages of the WARC files in a WACZ file. Raises `Rejected` for one that cannot be opened."""
        try:
            container = zipfile.ZipFile(archive.stream)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise Rejected(f"damaged or truncated WACZ: {error}") from error
        with container:
            names = [name for name in container.namelist() if name.lower().endswith((".warc", ".warc.gz"))]
            if not names:
                raise Rejected("a WACZ file without a WARC file in it")
            yield from self._read(archive, [partial(container.open, name) for name in names])

    def _read(
        self, archive: Archive, members: list[Callable[[], AbstractContextManager[IO[bytes]]]]
    ) -> Iterator[Found]:
        store = self._store if archive.stream.seekable() else None
        key = store.key(archive.stream) if store else ""
        start = (store.load(key) if store else None) or ReadProgress(name=archive.name)
        if start.finished is not None:
            self._note(
                archive.given,
                f"read to its end on {start.finished:%Y-%m-%d}, {start.articles:,} articles; --again reads it again",
            )
            return
        if start.member or start.offset:
            self._note(archive.given, f"resumed after {start.articles:,} articles")
        reading = _Reading(archive, self._lane, self._now, start)
        for member in range(start.member, len(members)):
            try:
                with members[member]() as stream:
                    for found in reading.records(stream, member):
                        if isinstance(found, RawArticle):
                            yield found
                        elif store:
                            yield _checkpoint(store, key, found)
            except (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
                yield RefusedInput(archive.given, reading.damage(error))
                self._report(archive.given, reading)
                return
        if store:
            yield _checkpoint(store, key, reading.progress(finished=self._now()))
        if not reading.articles:
            yield RefusedInput(archive.given, "a web archive without any page in HTML")
        self._report(archive.given, reading)

    def _report(self, given: str, reading: "_Reading") -> None:
        for reason, count in reading.left_out.most_common():
            self._note(given, f"left out: {count:,} {reason}")


def _checkpoint(store: ProgressStore, key: str, progress: ReadProgress) -> Checkpoint:
    return Checkpoint(lambda: store.save(key, progress))


class _Reading:
    """The state of reading one archive."""

    def __init__(self, archive: Archive, lane: Lane, now: Callable[[], datetime], start: ReadProgress) -> None:
        self.articles = start.articles
        self.left_out = Counter(start.left_out)
        self._archive = archive
        self._lane = lane
        self._now = now
        self._start = start
        self._member = start.member
        self._offset = start.offset

    def records(self, stream: IO[bytes], member: int) -> Iterator[RawArticle | ReadProgress]:
        """The pages of a file, and now and then the place that was reached, from which reading can resume.

        Begins at the place of the last checkpoint. There are none where all records are in one gzip member, as `gzip`
        makes it, in which no reading can begin. Raises `OSError` or `EOFError` at damage.
        """
        offset = self._start.offset if member == self._start.member else 0
        self._member, self._offset = member, offset
        if offset:
            stream.seek(offset)
        packed = not offset and stream.seekable() and _is_one_member(stream)
        since = 0
        last = None
        for record in ArchiveIterator(stream, parse_http=True, max_header_len=MAX_HEADER_BYTES, auto_decode="none"):
            self._offset = 0 if packed else record.stream_pos
            # not `content_length`, from which the headers of HTTP are subtracted
            length = record.headers.get("Content-Length")
            if length is None:  # the end of a truncated file, or no archive at all
                raise EOFError(BREAKS_OFF)
            last = (record.stream_pos, int(length))
            if since >= CHECKPOINT_ARTICLES and not packed:
                since = 0
                yield self.progress()
            article = self._article(record)
            if article is not None:
                self.articles += 1
                since += 1
                yield article
        if last is None or not stream.seekable():
            return
        if _member_breaks_off(stream) if packed else _breaks_off(stream, *last):
            raise EOFError(BREAKS_OFF)

    def progress(self, finished: datetime | None = None) -> ReadProgress:
        """The place of the record that is read next, and what was read before it."""
        return ReadProgress(
            name=self._archive.name,
            member=self._member,
            offset=self._offset,
            articles=self.articles,
            left_out=dict(self.left_out),
            finished=finished,
        )

    def damage(self, error: Exception) -> str:
        if not self.articles and not self.left_out:
            return f"not a readable web archive: {error}"
        return (
            f"damaged or truncated after byte {self._offset:,} ({error}): the {self.articles:,} articles before are in"
        )

    def _article(self, record: Any) -> RawArticle | None:
        """The page of a record; None for one that is left out and counted. Raises `EOFError` where the file ends."""
        try:
            return self._page(record)
        except TooLarge:
            self.left_out["pages over the limit of size"] += 1
        except UsageError:
            self.left_out["pages without a web address"] += 1
        except Rejected:
            self.left_out["pages without text, or with an impossible date"] += 1
        except EOFError:
            raise
        except Exception as error:  # the last resort: an unexpected error costs one record
            self.left_out[f"records with an error: {report_unexpected('line', error)}"] += 1
        return None

    def _page(self, record: Any) -> RawArticle | None:
        reason = _reason_to_leave_out(record)
        if reason is not None:
            if reason:
                self.left_out[reason] += 1
            return None
        url = str(check_url((record.headers.get("WARC-Target-URI") or "").strip("<> "), allow_private=True))
        now = self._now()
        return RawArticle.arrive(
            _content(record),
            ContentType.HTML,
            fetched_at=_fetched_at(record, now),
            received_at=now,
            lane=self._lane,
            url=url,
            charset=record.http_charset,
            origin=self._archive.name,
        )


def _fetched_at(record: Any, now: datetime) -> datetime:
    if record.record_date is None:
        raise Rejected("a record without a date")
    return check_fetched(record.record_date, now)


def _reason_to_leave_out(record: Any) -> str | None:
    """Why a record is not a page; "" for one that is not worth counting, None for a page."""
    kind = record.record_type
    if kind & _PLAIN_RECORDS:
        return ""
    if kind == WarcRecordType.revisit:
        return "revisit records, whose page is stored elsewhere"
    if kind not in (WarcRecordType.response, WarcRecordType.resource):
        return f"records of the type {kind}"
    if kind == WarcRecordType.response:
        if record.http_headers is None:
            return "responses that are not HTTP"
        if record.http_headers.status_code != OK:
            return f"responses with status {record.http_headers.status_code}"
    declared = record.http_content_type if record.http_headers is not None else record.headers.get("Content-Type")
    media_type = (declared or "").partition(";")[0].strip().lower()
    return None if media_type in PAGE_TYPES else "records that are not HTML"


def _content(record: Any) -> bytes:
    """The page, decoded. Encodings that the headers name but the bytes do not have are ignored, as many tools decode
    pages and leave the headers. Raises `TooLarge`, and `EOFError` for a record that is not whole."""
    length = record.content_length
    stored: bytes = record.reader.read(MAX_PAGE_BYTES + 1)
    if len(stored) > MAX_PAGE_BYTES:
        raise TooLarge("over the limit")
    if len(stored) < length:
        raise EOFError(BREAKS_OFF)
    headers = record.http_headers
    if headers is None:
        return stored
    named = f"{headers.get('Transfer-Encoding') or ''},{headers.get('Content-Encoding') or ''}"
    for encoding in named.lower().split(","):
        decoder = _DECODERS.get(encoding.strip())
        if decoder is None:
            continue
        try:
            decoded: bytes = decoder(io.BytesIO(stored)).read(MAX_PAGE_BYTES + 1)
        except OSError:
            continue
        if len(decoded) > MAX_PAGE_BYTES:
            raise TooLarge("over the limit when unpacked")
        stored = decoded or stored
    return stored


def _is_one_member(stream: IO[bytes]) -> bool:
    """Whether a gzip file has a second record in its first member. Leaves ``stream`` at its beginning."""
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    seen, packed = b"", stream.read(CHUNK_BYTES)
    try:
        while packed and not unpacker.eof and _NEXT_RECORD not in seen:
            seen = seen[1 - len(_NEXT_RECORD) :] + unpacker.decompress(packed, CHUNK_BYTES)
            packed = unpacker.unconsumed_tail or stream.read(CHUNK_BYTES)
    except zlib.error:
        return False  # not gzip, or damaged, as reading will tell
    finally:
        stream.seek(0)
    return _NEXT_RECORD in seen


def _member_breaks_off(stream: IO[bytes]) -> bool:
    """Whether a gzip file ends before its last member does."""
    stream.seek(0)
    view = gzip.GzipFile(fileobj=stream)
    try:
        while view.read(CHUNK_BYTES):
            pass
    except (EOFError, OSError, zlib.error):
        return True
    return False


def _breaks_off(stream: IO[bytes], offset: int, content_length: int) -> bool:
    """Whether the file ends inside a record. ``offset``, ``content_length``: of its last record that was read.

    FastWARC ends a truncated file as if it were whole.
    """
    stream.seek(offset)
    packed = stream.read(len(GZIP)) == GZIP
    stream.seek(offset)
    view: Any = gzip.GzipFile(fileobj=stream) if packed else stream
    try:
        while view.readline(MAX_HEADER_BYTES).strip():
            pass
        left = content_length
        while left > 0:
            count = len(view.read(min(left, CHUNK_BYTES)))
            if not count:
                return True
            left -= count
        while rest := view.read(CHUNK_BYTES):
            if rest.strip():
                return True
    except (EOFError, OSError, zlib.error):
        return True
    return False
