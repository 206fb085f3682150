"""A stream of bytes -> one piece of JSON after another (lines, or the items of one array), never all in memory."""

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from streams.contract.errors import Rejected, TooLarge

CHUNK_BYTES = 65_536
BOM = b"\xef\xbb\xbf"
_SPACES = frozenset(" \t\r\n")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Piece:
    """One JSON value as written, or why it could not be taken. ``number``: of the line or item, from 1."""

    number: int
    value: bytes | Rejected


def lines(stream: IO[bytes], limit_bytes: int) -> Iterator[Piece]:
    """Each line that is not empty. One beyond the limit is given as `TooLarge` and skipped, not read whole."""
    number = 0
    while line := stream.readline(limit_bytes + 1):
        number += 1
        if len(line.rstrip(b"\r\n")) > limit_bytes:
            while line and not line.endswith(b"\n"):
                line = stream.readline(CHUNK_BYTES)
            yield Piece(number, TooLarge(f"a line over the limit of {limit_bytes:,} bytes"))
            continue
        if number == 1:
            line = line.removeprefix(BOM)
        if line.strip():
            yield Piece(number, line)


def items(stream: IO[bytes], limit_bytes: int) -> Iterator[Piece]:
    """Each item of the JSON array that the stream holds. After a broken item nothing more can be told apart."""
    text = _Text(stream)
    number = 0
    try:
        text.skip("[")
        if text.peek() == "]":
            text.skip("]")
            return
        while True:
            number += 1
            yield Piece(number, text.value(limit_bytes))
            if text.peek() == "]":
                text.skip("]")
                text.end()
                return
            text.skip(",")
    except Rejected as error:
        yield Piece(max(number, 1), error)


class _Text:
    """The unread text of a stream, decoded and read on as needed."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is not white space; "" at the end."""
        while True:
            while self._text[self._at : self._at + 1] in _SPACES:
                self._at += 1
            if self._at < len(self._text) or not self._more(CHUNK_BYTES):
                return self._text[self._at : self._at + 1]

    def skip(self, mark: str) -> None:
        if self.peek() != mark:
            raise Rejected(f"not JSON: {mark} was expected, {self.peek() or 'the end'} was found")
        self._at += 1

    def end(self) -> None:
        if self.peek():
            raise Rejected("not JSON: there is more after the end of the array")

    def value(self, limit_bytes: int) -> bytes:
        """The next value, as bytes. Reads twice as much each time it is not whole, so the work stays linear."""
        self.peek()
        while True:
            try:
                _, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise Rejected("not JSON of an article: nested too deep") from error
            except ValueError as error:
                unread = len(self._text) - self._at
                if unread > limit_bytes:
                    raise TooLarge(f"broken, or over the limit of {limit_bytes:,} bytes") from error
                if not self._more(max(CHUNK_BYTES, unread)):
                    raise Rejected(f"not JSON: {error}") from error
                continue
            value = self._text[self._at : end].encode("utf-8", "surrogatepass")
            self._at = end
            return value

    def _more(self, count: int) -> bool:
        """Reads on; False when there is nothing more. Raises `Rejected` for bytes that are not UTF-8."""
        if self._ended:
            return False
        chunk = self._stream.read(count)
        self._ended = not chunk
        try:
            self._text = self._text[self._at :] + self._decode(chunk, self._ended)
        except UnicodeDecodeError as error:
            raise Rejected("not JSON: the text is not UTF-8") from error
        self._at = 0
        return not self._ended
