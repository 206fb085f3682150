"""Decodes the body of an answer chunk by chunk, up to a limit: of a bomb no more is unpacked than is wanted."""

import zlib
from typing import Protocol

import httpx

from connectors.http.net import shown
from streams.contract.errors import Rejected

GZIP_BYTE = 0x1F  # the first byte of a gzip member


class Decoder(Protocol):
    """``done``: whether what was decoded so far is a whole answer."""

    done: bool

    def decode(self, chunk: bytes, limit: int) -> bytes: ...


class _Plain:
    done = True

    def decode(self, chunk: bytes, limit: int) -> bytes:
        return chunk[:limit]


class Unpacker:
    """Decompresses gzip (also of several members) and deflate (with or without a zlib header), up to a limit."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._inner: zlib._Decompress | None = None
        self._over = False
        self.done = True  # an empty body is complete

    def decode(self, chunk: bytes, limit: int) -> bytes:
        out = bytearray()
        while chunk and len(out) < limit and not self._over:
            if self._inner is None:
                self._inner = zlib.decompressobj(_window_bits(chunk))
            try:
                out += self._inner.decompress(chunk, limit - len(out))
            except zlib.error as error:
                raise Rejected(f"the answer's compression is damaged: {shown(self._url)}") from error
            self.done = self._inner.eof
            chunk = self._inner.unused_data if self.done else self._inner.unconsumed_tail
            if self.done:
                self._inner = None
                self._over = bool(chunk) and chunk[0] != GZIP_BYTE  # padding after the end, which browsers ignore too
        return bytes(out)


def _window_bits(start: bytes) -> int:
    """zlib's parameter for the format of a stream: gzip, zlib (RFC 1950: a low nibble of 8), else raw deflate."""
    if start[0] == GZIP_BYTE:
        return 16 + zlib.MAX_WBITS
    return zlib.MAX_WBITS if start[0] & 0x0F == 8 else -zlib.MAX_WBITS


def decoder_of(response: httpx.Response, url: str) -> Decoder:
    """The decoder of an answer at ``url``. Raises `Rejected` for an encoding that was not asked for."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return Unpacker(url)
    raise Rejected(f"encoded as {shown(encoding)}, which was not asked for: {shown(url)}")
