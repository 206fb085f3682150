"""Receives the body of a request within limits of size and time, unpacked, with a digest of it."""

import asyncio
import hashlib
import tempfile
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO

from connectors.api.problems import AnyRequest, ProblemError
from streams.contract.errors import Rejected, TooLarge

MEMORY_BYTES = 1_000_000  # a larger body is on the disk while it is handled
RECEIVE_SECONDS = 60.0  # for the whole body: 32 MB at 5 Mbit/s
UNPACK_BYTES = 262_144  # unpacked at once
GZIP_WINDOW = 31  # zlib: a gzip header, and the largest window


@dataclass(frozen=True)
class Body:
    """``file`` is at its beginning; whoever has the body closes it. ``digest``: SHA-256 of the unpacked bytes."""

    file: IO[bytes]
    digest: str


async def receive(request: AnyRequest, most_bytes: int) -> Body:
    """The body of a request, without its ``Content-Encoding``.

    Raises `TooLarge` beyond ``most_bytes``, packed or not, `Rejected` for damaged gzip, and `ProblemError` for another
    encoding (415) and for a client that is too slow (408).
    """
    length = request.headers.get("content-length", "")
    if length.isdecimal():
        _check_size(int(length), most_bytes)
    chunks = _unpacked(request, most_bytes)
    file = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115  # it outlives this function
    digest = hashlib.sha256()
    size = 0
    try:
        async with asyncio.timeout(RECEIVE_SECONDS):
            async for chunk in chunks:
                size += len(chunk)
                _check_size(size, most_bytes)
                digest.update(chunk)
                file.write(chunk)
    except TimeoutError:
        file.close()
        raise ProblemError(
            HTTPStatus.REQUEST_TIMEOUT, f"the body did not arrive within {RECEIVE_SECONDS:g} s"
        ) from None
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return Body(file, digest.hexdigest())


def _check_size(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise TooLarge(f"the body is over the limit of {most_bytes:,} bytes; send it in several requests")


def _unpacked(request: AnyRequest, most_bytes: int) -> AsyncIterator[bytes]:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return request.stream()
    if encoding == "gzip":
        return _from_gzip(request.stream(), most_bytes)
    raise ProblemError(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "the body may be compressed with gzip, and with nothing else",
        headers={"Accept-Encoding": "gzip"},
    )


async def _from_gzip(packed: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[bytes]:
    """The unpacked bytes, never many at once. Members that follow one another are one text, as gzip has it."""
    unpack = zlib.decompressobj(GZIP_WINDOW)
    begun = False
    received = 0
    async for chunk in packed:
        received += len(chunk)
        _check_size(received, most_bytes)
        waiting = chunk
        while waiting:
            if unpack.eof:
                unpack = zlib.decompressobj(GZIP_WINDOW)
            begun = True
            try:
                piece = unpack.decompress(waiting, UNPACK_BYTES)
            except zlib.error as error:
                raise Rejected("the body is not gzip, or damaged") from error
            waiting = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
            yield piece
    if begun and not unpack.eof:
        raise Rejected("the body is damaged: its gzip ends early")
