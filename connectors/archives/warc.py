"""Web archives (WARC, WACZ, files of CC-NEWS) -> RawArticles: a page for each stored HTML response.

Other records are counted by kind. Damage ends an archive with one line; everything before it is read.
"""

import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import IO, Any

from fastwarc.warc import ArchiveIterator

from connectors.archives.progress import ProgressStore, ReadProgress
from connectors.archives.records import BREAKS_OFF, content_of, fetched_at, reason_to_leave_out
from connectors.archives.truncation import MAX_HEADER_BYTES, breaks_off, is_one_member, member_breaks_off
from connectors.files.items import Checkpoint, RefusedInput
from connectors.http.net import check_url
from streams.contract.errors import Rejected, TooLarge, UsageError
from streams.contract.messages import ContentType, Lane, RawArticle
from streams.runtime.metrics import report_unexpected

CHECKPOINT_ARTICLES = 5  # between two checkpoints: few that are sent again after a crash, at 0.1 ms for each checkpoint

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
        packed = not offset and stream.seekable() and is_one_member(stream)
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
        if member_breaks_off(stream) if packed else breaks_off(stream, *last):
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
        reason = reason_to_leave_out(record)
        if reason is not None:
            if reason:
                self.left_out[reason] += 1
            return None
        url = str(check_url((record.headers.get("WARC-Target-URI") or "").strip("<> "), allow_private=True))
        now = self._now()
        return RawArticle.arrive(
            content_of(record),
            ContentType.HTML,
            fetched_at=fetched_at(record, now),
            received_at=now,
            lane=self._lane,
            url=url,
            charset=record.http_charset,
            origin=self._archive.name,
        )
