"""Answers as bytes, whole and broken, for hypothesis; and a server on a free port that gives the next one each time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import strategies as st

from tests.connectors.webhooks.fiction import rude_receiver
from tests.contract.broken_urls import broken_urls

DATES = [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 04 May 2031 12:10:00 +99999999999999999999",
    "Sun, 04 May 2031 12:10:00 -99999999999999999999",
    "Sun, 04 May 0000 12:10:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Sat, 01 Jan 0001 00:00:00 +2359",
    "Sun, 32 Foo 99999999999999999999 99:99:99",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "9" * 400,
    "-1",
    "1e309",
    "nan",
    "٣",
    "",
    ", , ,",
    "2031-05-04T12:10:00Z",
]
_TYPES = [
    "text/html",
    "Text/HTML; charset=utf-8, text/html",
    "text/html; charset*=bogus''%ff",
    "text/html; charset*0=a; charset*1=b",
    'text/html; charset="',
    "charset=",
    ";;;=",
    "text/html; " + "a=b; " * 3_000,
]
_ENCODINGS = ["gzip", "gzip, gzip", "br", "deflate", "identity", "x" * 5_000, "\xff"]
_LENGTHS = ["0", "5", "-1", "1e3", "9" * 30, "9" * 5_000, "5, 5", "5, 6", "", "٣"]
_COOKIES = [
    "a=b",
    "=; expires=Sun, 04 May 99999999999 12:10:00 +99999999999999999999",
    "a; max-age=" + "9" * 400,
    '"' * 500,
    "a=b; domain=.; path=\xff",
]
_LINKS = ['<http://[>; rel="next"', "<" * 2_000, "<>; rel=\"self\"; title*=UTF-8''%ff"]
_SOME = st.one_of(st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x00"), max_size=40))
_LOCATIONS = broken_urls().map(lambda url: url.encode("utf-8", "replace").decode("latin-1"))


def _header(name: str, values: list[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(values), _SOME).map(lambda value: f"{name}: {value}")


_HEADERS = st.one_of(
    _header("Retry-After", DATES),
    _header("Date", DATES),
    _header("Last-Modified", DATES),
    _header("ETag", ['"é"', 'W/"x"', "x" * 50_000]),
    _header("Content-Type", _TYPES),
    _header("Content-Encoding", _ENCODINGS),
    _header("Content-Length", _LENGTHS),
    _header("Transfer-Encoding", ["chunked", "gzip, chunked", "nonsense"]),
    _header("Set-Cookie", _COOKIES),
    _header("Link", _LINKS),
    _header("Connection", ["close", "keep-alive", "upgrade"]),
    _LOCATIONS.map("Location: {}".format),
    _SOME,
)
_STATUS = st.sampled_from(
    [
        "200 OK",
        "302 Found",
        "301 ",
        "307 x",
        "304 Not",
        "429 Slow",
        "502 x",
        "503 Busy",
        "504 x",
        "410 Gone",
        "500 x",
        "100 Go on",
        "101 Switch",
        "000 x",
        "999 x",
        "20 x",
        "99999 x",
        "-1 x",
        "² x",
        "204",
    ]
)
_BODIES = st.one_of(
    st.just(b""),
    st.binary(max_size=60),
    st.sampled_from([b"\x1f\x8b\x08", b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffff\r\n"]),
)


@st.composite
def raw_answers(draw: st.DrawFn) -> bytes:
    """One answer, the start line mostly right; every status, header and length may be nonsense."""
    lines = [f"HTTP/1.1 {draw(_STATUS)}", *draw(st.lists(_HEADERS, max_size=5))]
    head = "\r\n".join(lines).encode("latin-1", "replace")
    return head + draw(st.sampled_from([b"\r\n\r\n", b"\r\n\r\n", b"\r\n\r\n", b"\n\n", b"\r\n", b""])) + draw(_BODIES)


class Script:
    """What the server says next; the last answer again when there is no other."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.asked = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        writer.write(answer)
        await writer.drain()


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[str]:
    """The URL of a server that answers each connection with the script's next bytes, and closes it."""
    async with rude_receiver(script.handle) as url:
        yield url
