"""Fetches untrusted URLs, within limits of size, time and redirects; each error is one line.

The client is a `connectors.http.net.guarded_client`, which refuses private addresses at every hop. ``visit`` applies
robots.txt and the pauses between requests to one host, see `connectors.http.polite`.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus

import httpx

from connectors.connectivity import failure_reason
from connectors.http.decoding import GZIP_BYTE, Unpacker, decoder_of
from connectors.http.headers import (
    MAX_HEADER_CHARACTERS,
    can_be_sent,
    charset,
    http_date,
    media_type,
    retry_after_seconds,
)
from connectors.http.net import PERMISSION, check_url, location_of, next_hop, shown
from connectors.http.secrets import NO_SECRETS, Secrets, is_own
from streams.contract.errors import Rejected, StorywatchError, TooLarge, Unavailable, UsageError
from streams.contract.messages import MAX_PAGE_BYTES
from streams.runtime.backoff import exponential_backoff
from streams.runtime.metrics import report_unexpected

MAX_REDIRECTS = 5  # what RFC 9309 asks for; pages need two or three (http, www, tracking link)
ATTEMPTS = 3  # covers a restart of the server; the next poll follows anyway
FIRST_PAUSE_SECONDS = 1.0  # at most; a random part of up to half is taken off
MAX_WAIT_SECONDS = 30.0  # a server that asks for a longer pause is left alone until the next poll
BUSY = frozenset({429, 502, 503, 504})
PERMANENT = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
CONDITIONS = frozenset({"if-none-match", "if-modified-since"})

Visit = Callable[[httpx.URL], AbstractAsyncContextManager[None]]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Fetched:
    """An answer. ``url``: after redirects; ``content``: decompressed, empty unless the status is 2xx."""

    url: str
    status: int
    content: bytes
    content_type: str | None  # "text/html": lower case, without parameters
    charset: str | None  # of the header
    headers: Mapping[str, str]  # names in lower case; values over `MAX_HEADER_CHARACTERS` are left out
    location: str | None = None  # the target of a redirect, as it was sent
    moved: str | None = None  # where permanent redirects lead; None without one at the URL that was asked for


class Gone(Rejected):
    """410: what was at this URL is gone for good, and nobody should ask for it any more."""

    label = Rejected.label


class TryAgain(Unavailable):
    """The server cannot be reached or is busy. ``wait_seconds``: the pause that it asked for."""

    def __init__(self, line: str, wait_seconds: float | None = None) -> None:
        super().__init__(line)
        self.wait_seconds = wait_seconds


class Held(TryAgain):
    """The server asked for fewer requests (429) or for a long pause: there is no further attempt.

    ``host``: the server, as `connectors.http.polite` names it. ``asked`` is False when no request was sent, because the
    host is on hold.
    """

    def __init__(self, line: str, host: str, wait_seconds: float | None = None, *, asked: bool = True) -> None:
        super().__init__(line, wait_seconds)
        self.host = host
        self.asked = asked


async def fetch(
    client: httpx.AsyncClient,
    url: str,
    *,
    timeout_seconds: float,
    limit_bytes: int = MAX_PAGE_BYTES,
    headers: Mapping[str, str] | None = None,
    secrets: Secrets = NO_SECRETS,
    visit: Visit | None = None,
    sleep: Sleep = asyncio.sleep,
) -> Fetched:
    """GET a URL with at most `MAX_REDIRECTS` redirects and `ATTEMPTS` attempts of ``timeout_seconds`` each.

    ``visit`` is entered around each request, also of redirects, with its URL; its waiting does not count as time. Only
    the origin of ``url`` gets ``secrets``, and its answer comes without their parameters. Returns an answer of status
    2xx, or 304 if ``headers`` made the request conditional; headers that HTTP cannot carry (an ETag that was not ASCII)
    are left out. Raises `UsageError` for a URL that is not allowed, `Rejected` for permanent errors (404, too large,
    too many redirects; `Gone` for 410), `Unavailable` for temporary ones (no connection, time-out, 429, 5xx). A 429 is
    retried once, and only if it names a short pause: else it raises `Held`, as does a server that asks for a long one.
    """
    sendable = {name: value for name, value in (headers or {}).items() if can_be_sent(value)}
    pauses = exponential_backoff(first=FIRST_PAUSE_SECONDS)
    limited = 0  # answers of status 429
    for attempt in itertools.count(1):
        try:
            answer = await ask(
                client,
                url,
                timeout_seconds=timeout_seconds,
                limit_bytes=limit_bytes,
                headers=sendable,
                secrets=secrets,
                visit=visit,
            )
            limited += answer.status == HTTPStatus.TOO_MANY_REQUESTS
            conditional = not CONDITIONS.isdisjoint(name.lower() for name in sendable)
            _raise_for_status(answer, conditional=conditional, limited=limited)
            break
        except TryAgain as error:
            pause = next(pauses) if error.wait_seconds is None else error.wait_seconds
            if isinstance(error, Held) or attempt >= ATTEMPTS or pause > MAX_WAIT_SECONDS:
                raise
            await sleep(pause)
    return answer


async def ask(
    client: httpx.AsyncClient,
    url: str,
    *,
    timeout_seconds: float,
    limit_bytes: int,
    cut: bool = False,
    headers: Mapping[str, str] | None = None,
    secrets: Secrets = NO_SECRETS,
    visit: Visit | None = None,
) -> Fetched:
    """One attempt of `fetch`: follows redirects and returns an answer of any other status.

    With ``cut`` an answer over the limit is truncated instead of refused.
    """
    try:
        return await _follow(client, url, timeout_seconds, limit_bytes, cut, headers or {}, secrets, visit)
    except StorywatchError:
        raise
    except Exception as error:  # the last resort: an unexpected error costs one attempt
        raise Unavailable(f"{report_unexpected('fetch', error)}: {shown(url)}") from error


async def _follow(
    client: httpx.AsyncClient,
    url: str,
    timeout_seconds: float,
    limit_bytes: int,
    cut: bool,
    headers: Mapping[str, str],
    secrets: Secrets,
    visit: Visit | None,
) -> Fetched:
    first = target = check_url(url, allow_private=True)  # only the form matters here: the client checks the address
    before: httpx.URL | None = None  # that redirected to ``target``
    moved: httpx.URL | None = None
    permanent = True
    loop = asyncio.get_running_loop()
    left = timeout_seconds
    for _ in range(MAX_REDIRECTS + 1):
        async with visit(target) if visit else contextlib.nullcontext():
            started = loop.time()
            try:
                async with asyncio.timeout(left):
                    own = secrets if is_own(target, first) else NO_SECRETS
                    answer = await _exchange(client, target, headers, own, limit_bytes, cut)
            except (TimeoutError, httpx.TimeoutException) as error:
                raise Unavailable(f"no complete answer within {timeout_seconds:g} s: {shown(str(target))}") from error
            except httpx.RemoteProtocolError as error:
                raise TryAgain(f"{target.host} gives no valid answer: {_protocol_error(error)}") from error
            except httpx.TransportError as error:
                raise TryAgain(f"cannot reach {target.host}: {failure_reason(error, str(error))}") from error
            except UsageError as error:
                if before is None:
                    raise
                raise _refused_hop(before, error) from error
            left -= loop.time() - started
        if answer.location is None:
            return replace(answer, moved=str(moved) if moved else None)
        before, target = target, _next_hop(target, answer.location)
        permanent = permanent and answer.status in PERMANENT
        moved = target if permanent else moved
    raise Rejected(f"more than {MAX_REDIRECTS} redirects: {shown(url)}")


def _protocol_error(error: httpx.RemoteProtocolError) -> str:
    """What is wrong with an answer, without the bytes that the parser quotes."""
    text = str(error).partition(": bytearray(")[0].rstrip(".")
    return shown(text[:1].lower() + text[1:]) or "it is not HTTP"


def _next_hop(from_url: httpx.URL, location: str) -> httpx.URL:
    try:
        return next_hop(from_url, location)
    except UsageError as error:
        raise _refused_hop(from_url, error) from error


def _refused_hop(from_url: httpx.URL, error: UsageError) -> Rejected:
    """``--allow-private`` permits hosts that a person has named, and no redirect to others."""
    reason = str(error).removesuffix(PERMISSION)
    return Rejected(f"{shown(str(from_url))} redirects to what cannot be asked for: {reason}")


async def _exchange(
    client: httpx.AsyncClient,
    url: httpx.URL,
    headers: Mapping[str, str],
    secrets: Secrets,
    limit_bytes: int,
    cut: bool,
) -> Fetched:
    sent = {**headers, **secrets.headers}
    async with client.stream("GET", secrets.added_to(url), headers=sent) as response:
        content = await _read(response, str(url), limit_bytes, cut) if response.is_success else b""
    content_type = response.headers.get("content-type")
    location = location_of(response)
    return Fetched(
        url=str(url),
        status=response.status_code,
        content=_without(secrets, content, str(url), limit_bytes),
        content_type=media_type(content_type),
        charset=charset(content_type),
        headers={
            name.lower(): secrets.removed_from(value)
            for name, value in response.headers.items()
            if len(value) <= MAX_HEADER_CHARACTERS
        },
        location=None if location is None else secrets.removed_from(location),
    )


def _without(secrets: Secrets, content: bytes, url: str, limit_bytes: int) -> bytes:
    """The content without secrets, unpacked if it is a compressed file: its addresses may hold them as well."""
    if secrets.params and content[:1] == bytes((GZIP_BYTE,)):
        content = Unpacker(url).decode(content, limit_bytes + 1)
        if len(content) > limit_bytes:
            raise TooLarge(f"over the limit of {limit_bytes:,} bytes: {shown(url)}")
    return secrets.removed_from_bytes(content)


async def _read(response: httpx.Response, url: str, limit_bytes: int, cut: bool) -> bytes:
    """The decompressed body. Not by httpx, which would unpack a whole bomb before it yields a byte.

    ``url``: of the answer, for messages.
    """
    decoder = decoder_of(response, url)
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += decoder.decode(chunk, limit_bytes + 1 - len(body))
        if len(body) > limit_bytes and cut:
            return bytes(body[:limit_bytes])
        if len(body) > limit_bytes:
            raise TooLarge(f"over the limit of {limit_bytes:,} bytes: {shown(url)}")
    if not decoder.done:
        raise TryAgain(f"the answer breaks off: {shown(url)}")
    return bytes(body)


def _raise_for_status(answer: Fetched, *, conditional: bool, limited: int) -> None:
    """``limited``: how many attempts of this fetch, this one included, were answered with 429."""
    if 200 <= answer.status < 300 or (answer.status == HTTPStatus.NOT_MODIFIED and conditional):
        return
    line = f"{_status_line(answer.status)}: {shown(answer.url)}"
    if answer.status in BUSY:
        asked = _requested_pause(answer.headers)
        if (limited and asked is None) or limited > 1 or (asked or 0.0) > MAX_WAIT_SECONDS:
            raise Held(line, httpx.URL(answer.url).netloc.decode("ascii"), asked)
        raise TryAgain(line, asked)
    if answer.status >= 500 or answer.status == HTTPStatus.REQUEST_TIMEOUT:
        raise Unavailable(line)
    raise (Gone if answer.status == HTTPStatus.GONE else Rejected)(line)


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"status {status}"


def _requested_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds from Retry-After; a date in it is compared to the server's own clock, where the answer has it."""
    return retry_after_seconds(headers.get("retry-after"), http_date(headers.get("date", "")) or datetime.now(UTC))
