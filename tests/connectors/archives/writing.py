"""Pages -> the bytes of WARC and WACZ files, as crawlers write them."""

import gzip
import io
import zipfile
from collections.abc import Iterable, Mapping

DATE = "2026-01-12T10:00:00Z"
HTML = "text/html; charset=utf-8"


def page(number: int, words: int = 40) -> bytes:
    """A page that differs from all others."""
    text = " ".join(f"ferry{number} pier{word}" for word in range(words))
    return f"<html><head><title>Ferry {number}</title></head><body><p>{text}.</p></body></html>".encode()


def http(body: bytes, status: str = "200 OK", content_type: str = HTML, **headers: str) -> bytes:
    """An HTTP answer as it is stored; ``headers`` have _ in place of -."""
    named = {"Content-Type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


def record(
    block: bytes,
    url: str = "https://tarn.example/a",
    kind: str = "response",
    date: str = DATE,
    content_type: str = "application/http; msgtype=response",
) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:test:{kind}:{url}>\r\nWARC-Date: {date}\r\n"
        f"WARC-Target-URI: {url}\r\nContent-Type: {content_type}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def pages(count: int, host: str = "tarn.example") -> list[bytes]:
    """The records of a small crawl: for each page its request and its response."""
    records = [record(b"software: test\r\n", kind="warcinfo", content_type="application/warc-fields")]
    for number in range(count):
        url = f"https://{host}/{number}"
        records.append(record(b"GET / HTTP/1.1\r\n\r\n", url, "request", content_type="application/http"))
        records.append(record(http(page(number)), url))
    return records


def warc_gz(records: Iterable[bytes]) -> bytes:
    """Each record is a gzip member of its own, which makes it possible to begin in the middle."""
    return b"".join(gzip.compress(one, 1) for one in records)


def wacz(members: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as container:
        for name, content in members.items():
            container.writestr(name, content)
    return written.getvalue()
