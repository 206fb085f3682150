"""A record of a web archive -> its page, or why it is none."""

import io
from collections.abc import Callable
from datetime import datetime
from typing import IO, Any

from fastwarc import stream_io
from fastwarc.warc import WarcRecordType

from connectors.files.objects import check_fetched
from streams.contract.errors import Rejected, TooLarge
from streams.contract.messages import MAX_PAGE_BYTES

PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
BREAKS_OFF = "it breaks off"
OK = 200
_PLAIN_RECORDS = WarcRecordType.request | WarcRecordType.metadata | WarcRecordType.warcinfo  # belong to a response
_DECODERS: dict[str, Callable[[IO[bytes]], Any]] = {
    "chunked": stream_io.ChunkedReader,
    "gzip": stream_io.GzipReader,
    "x-gzip": stream_io.GzipReader,
    "br": stream_io.BrotliReader,
    "zstd": stream_io.ZstdReader,
}


def fetched_at(record: Any, now: datetime) -> datetime:
    """When the page was fetched. Raises `Rejected` without a date, or for an impossible one."""
    if record.record_date is None:
        raise Rejected("a record without a date")
    return check_fetched(record.record_date, now)


def reason_to_leave_out(record: Any) -> str | None:
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


def content_of(record: Any) -> bytes:
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
