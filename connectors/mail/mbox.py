"""Splits an mbox stream into messages in bounded memory (RFC 4155, and its variant with quoted ">From " lines).

`mailbox.mbox` needs a file, so neither gzip nor standard input can be read, and it loads any message whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from connectors.mail.message import MAX_MESSAGE_BYTES
from streams.contract.errors import TooLarge

SEPARATOR = b"From "
MAX_LINE_BYTES = 65_536  # of one piece: a longer line is read in several
_QUOTED = re.compile(rb"^>+From ")


def is_mbox(head: bytes) -> bool:
    """Whether a file begins as an mbox: a separator, then a header."""
    first, newline, rest = head.partition(b"\n")
    return bool(newline) and first.startswith(SEPARATOR) and re.match(rb"[!-9;-~]{1,80}:", rest) is not None


@dataclass(frozen=True)
class Piece:
    """A message without its separator, or `TooLarge` for one over `MAX_MESSAGE_BYTES`, which is skipped.

    ``start``: of its separator, in bytes from where reading began.
    """

    message: bytes | TooLarge
    start: int


def messages(stream: IO[bytes]) -> Iterator[Piece]:
    """Each message of a stream that stands before a separator."""
    lines: list[bytes] = []
    size = place = start = 0
    begun, after_blank, at_start = False, True, True
    while line := stream.readline(MAX_LINE_BYTES):
        if at_start and after_blank and line.startswith(SEPARATOR):
            if begun:
                yield Piece(_whole(lines, size), start)
            lines, size, begun, start = [], 0, True, place
        else:
            size += len(line)
            if size <= MAX_MESSAGE_BYTES:
                lines.append(line[1:] if at_start and _QUOTED.match(line) else line)
            else:
                lines.clear()
        place += len(line)
        after_blank = at_start and line in (b"\n", b"\r\n")
        at_start = line.endswith(b"\n")
    if begun:
        yield Piece(_whole(lines, size), start)


def _whole(lines: list[bytes], size: int) -> bytes | TooLarge:
    if size > MAX_MESSAGE_BYTES:
        return TooLarge(f"over the limit of {MAX_MESSAGE_BYTES:,} bytes for a message")
    return b"".join(lines)
