"""Files, folders and standard input -> RawArticles, and one line for each refused input that says why.

Reads HTML pages, plain text, JSON (one object per line, one object, or an array) and WARC, each also compressed with
gzip, WACZ, and mail: messages, mbox files and maildirs.
"""

import contextlib
import gzip
import os
import re
import stat
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, cast

from connectors.archives.progress import ProgressStore
from connectors.archives.warc import Archive, ArchiveReader, Found
from connectors.files.file_kind import MAIL_SUFFIX, UTF16_MARKS, FileKind, is_lines, kind_of
from connectors.files.items import Checkpoint
from connectors.files.items import RefusedInput as RefusedInput
from connectors.files.json_stream import Piece, items, lines
from connectors.files.objects import check_fetched, read_article
from connectors.mail.maildir import DELIVERING, is_maildir, is_message
from connectors.mail.mbox_reader import MboxReader
from connectors.mail.message import MAX_MESSAGE_BYTES
from connectors.mail.message import read as read_mail
from streams.cleaning.text.formats import GZIP, HEAD_BYTES
from streams.contract.errors import Rejected, TooLarge, UsageError
from streams.contract.messages import MAX_PAGE_BYTES, ContentType, Lane, RawArticle
from streams.runtime.metrics import report_unexpected

STDIN = "-"


@dataclass
class Meter:
    """Progress of reading, in bytes on the disk. ``total`` is None when unknown."""

    total: int | None = None
    done: int = 0

    @property
    def share(self) -> float | None:
        return min(1.0, self.done / self.total) if self.total else None


Warn = Callable[[str, str], None]  # called with the place and one line on what was ignored


def _ignore(where: str, line: str) -> None:
    """The default `Warn`."""


def measured(paths: Sequence[Path | str]) -> Meter:
    """A meter for these paths; its total is unknown when standard input is among them."""
    total = 0
    for path in map(Path, paths):
        if str(path) == STDIN:
            return Meter()
        for found in _walk(path):
            if not isinstance(found, RefusedInput):
                with contextlib.suppress(OSError):  # reported when it is read
                    total += found[0].stat().st_size
    return Meter(total)


def _now() -> datetime:
    return datetime.now(UTC)


def read(
    paths: Sequence[Path | str],
    *,
    lane: Lane,
    fetched_at: datetime | None = None,
    stdin: IO[bytes] | None = None,
    now: Callable[[], datetime] = _now,
    warn: Warn = _ignore,
    meter: Meter | None = None,
) -> Iterator[RawArticle | RefusedInput]:
    """As `read_resumable`, without checkpoints: every file is read from its beginning."""
    found = read_resumable(paths, lane=lane, fetched_at=fetched_at, stdin=stdin, now=now, warn=warn, meter=meter)
    return (one for one in found if not isinstance(one, Checkpoint))


def read_resumable(
    paths: Sequence[Path | str],
    *,
    lane: Lane,
    fetched_at: datetime | None = None,
    stdin: IO[bytes] | None = None,
    now: Callable[[], datetime] = _now,
    warn: Warn = _ignore,
    note: Warn = _ignore,
    meter: Meter | None = None,
    progress: ProgressStore | None = None,
) -> Iterator[Found]:
    """The articles in these files and folders, in natural order; "-" is standard input.

    ``fetched_at`` is when articles were fetched from the web that do not say so themselves (default: now). A folder is
    read recursively without hidden files. ``warn`` is called for unknown fields and unusable values, which are ignored,
    ``note`` for what a web archive holds besides pages. With ``progress`` an archive is resumed where an earlier run
    was interrupted, an mbox is read on where it ended, and checkpoints are yielded. Raises `UsageError` for an
    impossible ``fetched_at``.
    """
    try:
        given = check_fetched(fetched_at, now()) if fetched_at else None
    except Rejected as error:
        raise UsageError(f"{error}: name the time at which it was fetched") from error
    reader = _Reader(lane, given, now, warn, meter or Meter(), note, progress)
    for path in paths:
        if str(path) == STDIN:
            stream = stdin or sys.stdin.buffer
            yield from reader.stream(
                stream if hasattr(stream, "peek") else _peekable(stream), _Place("stdin", "stdin"), ""
            )
            continue
        if "://" in str(path) and not os.path.lexists(path):
            yield RefusedInput(_name(str(path)), "neither a file nor an address that begins with http:// or https://")
            continue
        for found in _walk(Path(path)):
            yield from [found] if isinstance(found, RefusedInput) else reader.file(*found)


def _peekable(stream: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", BufferedReader(cast("RawIOBase", stream)))


@dataclass(frozen=True)
class _Place:
    """The place of an input: its name, which the article keeps as its origin, and its path as given, for refusals."""

    name: str
    given: str

    def __add__(self, mark: str) -> "_Place":
        return _Place(self.name + mark, self.given + mark)


def _walk(path: Path) -> Iterator[tuple[Path, _Place] | RefusedInput]:
    """The files at a path, each with its place."""
    if not stat.S_ISDIR(_mode(path)):
        yield path, _Place(_name(path.name), _name(str(path)))
        return
    found, problems = _below(path)
    for file in found:
        place = _Place(_name(file.relative_to(path).as_posix()), _name(str(file)))
        mode = _mode(file)
        if stat.S_ISDIR(mode):
            yield RefusedInput(place.given, "a link to a folder: links to folders are not followed")
        elif mode and not stat.S_ISREG(mode):
            yield RefusedInput(place.given, "not a file: a pipe, socket or device")
        else:
            yield file, place
    for problem in problems:
        yield RefusedInput(_name(str(problem.filename)), _why(problem))
    if not found and not problems:
        yield RefusedInput(_name(str(path)), "a folder without files")


def _mode(path: Path) -> int:
    """The mode of a path; 0 on an error, which opening the file then reports."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _below(folder: Path) -> tuple[list[Path], list[OSError]]:
    """Files and links to folders in natural order without hidden ones, and the errors of unreadable folders."""
    problems: list[OSError] = []
    found: list[Path] = []
    for at, folders, names in os.walk(folder, onerror=problems.append):
        delivering = DELIVERING if is_maildir(folders) else None
        folders[:] = [name for name in folders if not name.startswith(".") and name != delivering]
        links = [name for name in folders if (Path(at) / name).is_symlink()]
        found += [Path(at) / name for name in (*names, *links) if not name.startswith(".")]
    return sorted(found, key=lambda path: _natural(path.relative_to(folder))), problems


def _natural(path: Path) -> tuple[list[list[tuple[int, str]]], str]:
    """A sort key that puts page2 before page10: runs of digits compare by value."""
    parts = [
        [(int(run), "") if run.isdecimal() else (0, run) for run in re.split(r"(\d+)", part.casefold())]
        for part in path.parts
    ]
    return parts, str(path)


def _name(name: str) -> str:
    """A file's name as UTF-8 text: other bytes are replaced."""
    return os.fsencode(name).decode("utf-8", "replace")


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "may not be read: permission denied"
    return f"cannot be read: {error.strerror or error}"


class _Reader:
    """Reads files for one command."""

    def __init__(
        self,
        lane: Lane,
        fetched_at: datetime | None,
        now: Callable[[], datetime],
        warn: Warn,
        meter: Meter,
        note: Warn,
        progress: ProgressStore | None,
    ) -> None:
        self._lane = lane
        self._fetched_at = fetched_at
        self._now = now
        self._warn = warn
        self._meter = meter
        self._archives = ArchiveReader(lane, now, note, progress)
        self._mboxes = MboxReader(self._mail, note, progress)

    def file(self, path: Path, place: _Place) -> Iterator[Found]:
        try:
            stream = path.open("rb")
        except OSError as error:
            yield RefusedInput(place.given, _why(error))
            return
        before = self._meter.done
        with stream:
            for found in self.stream(stream, place, MAIL_SUFFIX if is_message(path) else path.name, path):
                self._meter.done = before + stream.tell()
                yield found
            self._meter.done = before + stream.tell()

    def stream(self, stream: IO[bytes], place: _Place, name: str, path: Path | None = None) -> Iterator[Found]:
        """The articles in a stream with ``peek``. The suffix of ``name`` decides how to read it, else the content.

        ``path``: of a file.
        """
        suffix = MAIL_SUFFIX if name == MAIL_SUFFIX else Path(name).suffix.lower()
        archive = Archive(stream, place.name, place.given)
        try:
            head = _peek(stream)
            if head.startswith(GZIP) or suffix == ".gz":
                stream = cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
                suffix = Path(Path(name).stem).suffix.lower() if suffix == ".gz" else suffix
                head = _peek(stream)
            kind = kind_of(suffix, head)
            if kind == "warc":
                # FastWARC unpacks gzip itself, faster and with offsets to resume at; a pipe cannot go back to its start
                seekable = archive.stream.seekable() and archive.stream.seek(0) == 0
                yield from self._archives.warc(archive if seekable else replace(archive, stream=stream))
            elif kind == "wacz":
                yield from self._archives.wacz(archive)
            elif kind == "mail":
                yield self._mail(stream.read(MAX_MESSAGE_BYTES + 1), place.name)
            elif kind == "mbox":
                # a compressed file does not grow by a message
                yield from self._mboxes.read(
                    stream, place.name, place.given, path if stream is archive.stream else None
                )
            elif kind in ("html", "text"):
                yield self._page(stream, place.name, ContentType.HTML if kind == "html" else ContentType.TEXT, head)
            else:
                yield from self._objects(stream, place, kind, head)
        except Rejected as error:
            yield RefusedInput(place.given, str(error))
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            yield RefusedInput(place.given, f"damaged gzip: {error}")
        except OSError as error:
            yield RefusedInput(place.given, _why(error))

    def _page(self, stream: IO[bytes], origin: str, form: ContentType, head: bytes) -> RawArticle:
        content = stream.read(MAX_PAGE_BYTES + 1)
        if len(content) > MAX_PAGE_BYTES:
            raise TooLarge(f"over the limit of {MAX_PAGE_BYTES:,} bytes for a page")
        now = self._now()
        return RawArticle.arrive(
            content,
            form,
            fetched_at=self._fetched_at or now,
            received_at=now,
            lane=self._lane,
            charset="utf-16" if head.startswith(UTF16_MARKS) else None,
            origin=origin,
        )

    def _mail(self, content: bytes, place: str) -> RawArticle:
        now = self._now()
        mail = read_mail(content, now)
        return mail.arrive(
            fetched_at=self._fetched_at or mail.sent or now, received_at=now, lane=self._lane, origin=place
        )

    def _objects(
        self, stream: IO[bytes], place: _Place, kind: FileKind, head: bytes
    ) -> Iterator[RawArticle | RefusedInput]:
        empty = True
        for piece, mark in _pieces(stream, kind, head):
            empty = False
            if isinstance(piece.value, Rejected):
                yield RefusedInput((place + mark).given, str(piece.value))
                continue
            try:
                yield self._object(piece.value, place + mark)
            except Rejected as error:
                yield RefusedInput((place + mark).given, str(error))
            except Exception as error:  # the last resort: an unexpected error costs one line
                yield RefusedInput((place + mark).given, report_unexpected("line", error))
        if empty:
            yield RefusedInput(place.given, "empty: there is no text in it")

    def _object(self, value: bytes, place: _Place) -> RawArticle:
        article, ignored = read_article(
            value, now=self._now(), lane=self._lane, origin=place.name, fetched_at=self._fetched_at
        )
        for line in ignored:
            self._warn(place.given, line)
        return article


def _pieces(stream: IO[bytes], kind: FileKind, head: bytes) -> Iterator[tuple[Piece, str]]:
    """The JSON values of a stream, each with the mark of its place."""
    if kind == "json" and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        for piece in items(stream, MAX_PAGE_BYTES):
            yield piece, f" item {piece.number}"
    elif kind == "json" and not is_lines(head):
        value = stream.read(MAX_PAGE_BYTES + 1)
        too_large = TooLarge(f"over the limit of {MAX_PAGE_BYTES:,} bytes for one object")
        if value.strip():
            yield Piece(1, value if len(value) <= MAX_PAGE_BYTES else too_large), ""
    else:
        for piece in lines(stream, MAX_PAGE_BYTES):
            yield piece, f":{piece.number}"


def _peek(stream: IO[bytes]) -> bytes:
    return cast("BufferedReader", stream).peek(HEAD_BYTES)[:HEAD_BYTES]
