"""Reads JSON lines, or the items of one JSON array, from a stream one by one in bounded memory.

An array is split here and not by ijson, whose memory grows with the square of the depth (970 MB for 20,000 brackets)
and which loses all later items to one with NaN or a number out of range.
"""

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
    """One JSON value as written, or why it is refused. ``number``: of the line or item, from 1."""

    number: int
    value: bytes | Rejected


def lines(stream: IO[bytes], limit_bytes: int) -> Iterator[Piece]:
    """Each line that is not empty. A line over the limit gives `TooLarge` and is skipped without buffering it."""
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
    """Each item of the JSON array in the stream. A syntax error ends it: the items after that cannot be separated."""
    text = _Text(stream)
    number = 0
    try:
        text.expect("[")
        if text.peek() == "]":
            text.expect("]")
            return
        while True:
            number += 1
            yield Piece(number, text.value(limit_bytes))
            if text.peek() == "]":
                text.expect("]")
                text.expect_end()
                return
            text.expect(",")
    except Rejected as error:
        yield Piece(max(number, 1), error)


class _Text:
    """The text of a stream that is not consumed yet, decoded as needed."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is not white space; "" at the end of the stream."""
        while True:
            while self._text[self._at : self._at + 1] in _SPACES:
                self._at += 1
            if self._at < len(self._text) or not self._read_more(CHUNK_BYTES):
                return self._text[self._at : self._at + 1]

    def expect(self, mark: str) -> None:
        if self.peek() != mark:
            raise Rejected(f"not JSON: {mark} was expected, {self.peek() or 'the end'} was found")
        self._at += 1

    def expect_end(self) -> None:
        if self.peek():
            raise Rejected("not JSON: there is more after the end of the array")

    def value(self, limit_bytes: int) -> bytes:
        """The next value as bytes. Doubles the buffer while the value is incomplete, so that the work stays linear."""
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
                if not self._read_more(max(CHUNK_BYTES, unread)):
                    raise Rejected(f"not JSON: {error}") from error
                continue
            value = self._text[self._at : end].encode("utf-8", "surrogatepass")
            self._at = end
            return value

    def _read_more(self, count: int) -> bool:
        """Read more of the stream; False at its end. Raises `Rejected` for bytes that are not UTF-8."""
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
