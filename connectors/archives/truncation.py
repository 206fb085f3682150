"""Whether the file of a web archive is whole: FastWARC ends a truncated one as if it were."""

import gzip
import zlib
from typing import IO, Any

from streams.cleaning.text.formats import GZIP

CHUNK_BYTES = 65_536
MAX_HEADER_BYTES = 1_000_000  # of one record
_NEXT_RECORD = b"\r\n\r\nWARC/1."


def is_one_member(stream: IO[bytes]) -> bool:
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


def member_breaks_off(stream: IO[bytes]) -> bool:
    """Whether a gzip file ends before its last member does."""
    stream.seek(0)
    view = gzip.GzipFile(fileobj=stream)
    try:
        while view.read(CHUNK_BYTES):
            pass
    except (EOFError, OSError, zlib.error):
        return True
    return False


def breaks_off(stream: IO[bytes], offset: int, content_length: int) -> bool:
    """Whether the file ends inside a record. ``offset``, ``content_length``: of its last record that was read."""
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
