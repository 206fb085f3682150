"""An HTTP client that reaches only public addresses: the guard for all outgoing HTTP to untrusted URLs.

A URL is checked twice: as written (`check_url`), and again when its host name has been resolved. The connection goes to
the address that was checked, so a name that changes its address between check and use (DNS rebinding) gains nothing.
TLS and the Host header keep the name. The client follows no redirects.
"""

import asyncio
import contextlib
import functools
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, ip_address
from types import TracebackType
from typing import Any, cast

import httpcore
import httpx

from connectors.http.networks import Address, is_metadata, is_private
from streams.contract.errors import UsageError
from streams.contract.urls import MAX_URL_CHARACTERS, host_of, join

MAX_CONNECTIONS = 20  # enough for the feeds polled at once; fewer than the 1,024 files a process may open by default
KEEP_ALIVE_SECONDS = 15.0  # longer than the polite pause between two requests to one host
MAX_PORT = 65_535
REMEMBERED_URLS = 1_024  # checked ones: a receiver's URL is checked several times in each attempt
MAX_HOST_CHARACTERS = 253  # RFC 1035, written with dots
MAX_SHOWN = 200  # characters of a URL in a message
PERMISSION = "; --allow-private permits it"  # at the end of a refusal, for an address that a person gave

# a name of labels that DNS and TLS accept, an IPv4 address, or an IPv6 address without a zone
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?|\[?[0-9A-Fa-f:.]+\]?")
_CREDENTIALS = re.compile(r"(?<=//)[^/?#]*@")

LOCATION = "storywatch_location"  # the key in a response's extensions
REDIRECTS = frozenset({301, 302, 303, 307, 308})

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


@functools.lru_cache(maxsize=REMEMBERED_URLS)
def check_url(url: str, *, allow_private: bool = False) -> httpx.URL:
    """The parsed URL, if it may be requested. Resolves no name, so that the answer for a URL never changes.

    Raises `UsageError` with one line when it is not http(s), has no host, holds a user name or password, has no usable
    port, or names a private, loopback, link-local, reserved or multicast address in any spelling. ``allow_private``
    permits these, except the metadata addresses of clouds.
    """
    if len(url) > MAX_URL_CHARACTERS:
        raise UsageError(f"a URL of {len(url):,} characters, over the limit of {MAX_URL_CHARACTERS:,}: {shown(url)}")
    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host.decode("ascii")
        parsed.host  # noqa: B018 - decodes xn-- labels, which fails for invalid ones
    except (httpx.InvalidURL, ValueError) as error:  # ValueError: of idna, ipaddress, int and the codecs
        raise UsageError(f"not a URL: {shown(url)} ({shown(str(error))})") from error
    if parsed.scheme not in ("http", "https"):
        raise UsageError(f"not an http or https URL: {shown(url)}")
    if not parsed.host:
        raise UsageError(f"the URL has no host: {shown(url)}")
    if parsed.userinfo:
        raise UsageError(f"the URL holds a user name or password, which would end up in logs: {shown(parsed.host)}")
    if parsed.port is not None and not 1 <= parsed.port <= MAX_PORT:
        raise UsageError(f"port {parsed.port} cannot be reached: {shown(url)}")
    if not _HOST.fullmatch(host) or len(host) > MAX_HOST_CHARACTERS:
        raise UsageError(f"not a host name: {shown(host)}")
    name = host_key(host)
    address = _literal(name)
    if address is not None and is_metadata(address):
        raise UsageError(f"{shown(url)} is a metadata address, which tells a machine's secrets: it is never asked")
    local = name == "localhost" or name.endswith(".localhost") or (address is not None and is_private(address))
    if local and not allow_private:
        raise UsageError(f"{shown(url)} is a private or local address{PERMISSION}")
    return parsed


def host_key(host: str) -> str:
    """A host in its canonical spelling, for comparison."""
    return host.rstrip(".").lower().strip("[]")


def next_hop(url: httpx.URL, location: str) -> httpx.URL:
    """The target of a ``Location`` header. Checks only its form: the client checks the address.

    Raises `UsageError` as `check_url` does.
    """
    joined = join(str(url), location)
    if joined is None:
        raise UsageError(f"not an http or https URL: {shown(location)}")
    return check_url(joined, allow_private=True)


def location_of(response: httpx.Response) -> str | None:
    """The ``Location`` of a redirect from a guarded client, as it was sent; None for other answers."""
    location = response.extensions.get(LOCATION)
    return location if response.status_code in REDIRECTS and location else None


def shown(url: str) -> str:
    """A URL for a message: printable, bounded, without user name and password."""
    line = _CREDENTIALS.sub("", url)
    cut = "".join(letter if letter.isprintable() else "?" for letter in line[:MAX_SHOWN])
    return cut if len(line) <= MAX_SHOWN else cut + "…"


async def look_up(host: str, port: int) -> list[str]:
    """All addresses of a name, in the order the system prefers. Raises `OSError` when it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def check_addresses(host: str, addresses: Iterable[str], *, allow_private: bool) -> None:
    """Raises `UsageError` if one of the addresses of a host may not be reached."""
    for address in addresses:
        if is_metadata(ip_address(address)):
            raise UsageError(f"{host} is at the metadata address {address}, which is never asked")
        if is_private(ip_address(address)) and not allow_private:
            raise UsageError(f"{host} is at the private or local address {address}{PERMISSION}")


async def connect_guarded(host: str, port: int, *, allow_private: bool, timeout: float) -> socket.socket:
    """A socket that is connected to a checked address, for a protocol other than HTTP.

    Raises `UsageError` as `check_addresses` does, `OSError` if none can be reached, `TimeoutError`.
    """
    failure: OSError = OSError(f"{host} has no address")
    async with asyncio.timeout(timeout):
        addresses = await look_up(host, port)
        check_addresses(host, addresses, allow_private=allow_private)
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            connection = socket.socket(family, socket.SOCK_STREAM)
            connection.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(connection, (address, port))
            except OSError as error:
                connection.close()
                failure = error
            except BaseException:
                connection.close()
                raise
            else:
                return connection
    raise failure


def guarded_client(
    *,
    allow_private: bool | Collection[str] | Callable[[str], bool],
    timeout_seconds: float,
    user_agent: str,
    max_connections: int | None = MAX_CONNECTIONS,
    max_idle: int | None = None,
    http2: bool = False,
    proxy: httpx.Proxy | None = None,
    tls: ssl.SSLContext | None = None,
    resolve: Resolve = look_up,
) -> "GuardedClient":
    """A client for untrusted URLs: no proxies from the environment, no redirects followed, no cookies sent.

    ``max_idle``: connections that are kept for the next request, by default ``max_connections``. The cost of a request
    grows with the number of connections. ``http2``: where a server offers it. ``proxy``: asked for everything but hosts
    that may be private; names that have an address here are checked before, others are left to it. ``tls``: in place of
    the usual certificates.

    ``allow_private``: the hosts that may have a private address because an operator named them (by name, address or
    URL), or a function that decides it for a host; True where an operator named every URL, as for webhooks. Metadata
    addresses are always refused.

    A request, from the lookup to the last byte of the answer, takes at most ``timeout_seconds``; then it raises
    `httpx.TimeoutException`. A host with any private address raises `UsageError`.
    """
    transport = _GuardedTransport(
        _Allowed(allow_private),
        timeout_seconds,
        httpx.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_connections if max_idle is None else max_idle,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
        ),
        resolve,
        http2=http2,
        proxy=proxy,
        tls=tls,
    )
    return GuardedClient(transport, user_agent, timeout_seconds)


class GuardedClient(httpx.AsyncClient):
    """httpx's client, with a short way for requests that need none of what it does beside sending them."""

    def __init__(self, transport: httpx.AsyncBaseTransport, user_agent: str, timeout_seconds: float) -> None:
        super().__init__(
            transport=transport,
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"},
            timeout=timeout_seconds,
            follow_redirects=False,
            trust_env=False,
        )
        self._direct = transport
        self._headers_of_each = dict(self.headers)
        self._timeouts = {"timeout": httpx.Timeout(timeout_seconds).as_dict()}

    async def post_directly(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        """The answer to a POST, of which the caller reads what it wants, and which it closes.

        As `stream`, without what a client adds to its transport: cookies, redirects, authentication and hooks, which
        are a fifth of the cost of a request.
        """
        return await self._direct.handle_async_request(
            httpx.Request(
                "POST", url, headers={**self._headers_of_each, **headers}, content=body, extensions=self._timeouts
            )
        )


def _literal(host: str) -> Address | None:
    """The address that a host denotes, also as 2130706433, 0x7f.1 or 0177.0.0.1; None for a name."""
    with contextlib.suppress(ValueError):
        return ip_address(host)
    with contextlib.suppress(OSError):
        return IPv4Address(socket.inet_aton(host))
    return None


class _Allowed:
    """Decides which hosts may have a private address."""

    def __init__(self, allow_private: bool | Collection[str] | Callable[[str], bool]) -> None:
        self._permits: Callable[[str], bool]
        if isinstance(allow_private, bool):
            self._permits = lambda _: allow_private
        elif isinstance(allow_private, Collection):
            self._permits = frozenset(
                host_of(one) if "://" in one else host_key(one) for one in allow_private
            ).__contains__
        else:
            self._permits = allow_private

    def __call__(self, host: str) -> bool:
        return self._permits(host_key(host))


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name, refuses it with any private address, and connects to one of the checked addresses."""

    def __init__(self, allowed: _Allowed, resolve: Resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self.checked(host, port)
        for left in range(len(addresses), 0, -1):
            try:
                # an equal share of the time for each address, so that a dead one does not use up all of it
                return await self._network.connect_tcp(
                    addresses[-left], port, timeout and timeout / len(addresses), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
        raise httpcore.ConnectError(f"{host} has no address")

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise UsageError("Unix sockets cannot be requested by URL")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def checked(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a name. Raises `UsageError` if one is not allowed, `httpcore.ConnectError` without any."""
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"no address for {host}: {error}") from error
        check_addresses(host, addresses, allow_private=self._allowed(host))
        return addresses


@functools.cache
def _tls(*, http2: bool) -> ssl.SSLContext:
    """The TLS context; cached, because reading the root certificates takes 50 ms.

    One for each version of HTTP, since a pool writes into it which versions it offers.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1", "h2"] if http2 else ["http/1.1"])
    return context


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport on the guarded backend, with one deadline for each request."""

    def __init__(
        self,
        allowed: _Allowed,
        timeout_seconds: float,
        limits: httpx.Limits,
        resolve: Resolve,
        *,
        http2: bool,
        proxy: httpx.Proxy | None,
        tls: ssl.SSLContext | None,
    ) -> None:
        context = tls or _tls(http2=http2)
        super().__init__(verify=context, trust_env=False)
        self._allowed = allowed
        self._timeout_seconds = timeout_seconds
        self._guard = _GuardedBackend(allowed, resolve)
        self._proxied = (
            httpx.AsyncHTTPTransport(verify=context, trust_env=False, proxy=proxy, limits=limits, http2=http2)
            if proxy is not None
            else None
        )
        # httpx has no argument for the network backend; its transport is a thin wrapper of this pool
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            http2=http2,
            network_backend=self._guard,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        origin = str(request.url.copy_with(raw_path=b"/"))  # the rest may hold a key, which no message may name
        check_url(origin, allow_private=self._allowed(request.url.raw_host.decode("ascii")))
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._answer(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"no answer within {self._timeout_seconds:g} s", request=request) from error
        _remove_parsed_headers(response)
        response.stream = _TimedStream(cast("httpx.AsyncByteStream", response.stream), deadline, request)
        return response

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        host = request.url.raw_host.decode("ascii")
        if self._proxied is None or self._allowed(host):
            return await super().handle_async_request(request)
        with contextlib.suppress(httpcore.ConnectError):  # the proxy may know a name that has no address here
            await self._guard.checked(host.strip("[]"), request.url.port or 0)
        return await self._proxied.handle_async_request(request)

    async def aclose(self) -> None:
        await super().aclose()
        if self._proxied is not None:
            await self._proxied.aclose()

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await super().__aexit__(kind, error, trace)
        if self._proxied is not None:
            await self._proxied.aclose()


def _remove_parsed_headers(response: httpx.Response) -> None:
    """Remove the headers that httpx parses and may fail on: it builds the next request for a ``Location`` also when
    redirects are not followed, and reads cookies, which are never sent back."""
    response.extensions[LOCATION] = response.headers.pop("location", None)
    response.headers.pop("set-cookie", None)


class _TimedStream(httpx.AsyncByteStream):
    """The bytes of an answer until the deadline, which ends an answer that arrives byte by byte."""

    def __init__(self, inner: httpx.AsyncByteStream, deadline: float, request: httpx.Request) -> None:
        self._inner = inner
        self._deadline = deadline
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._inner)
        while True:
            try:
                async with asyncio.timeout_at(self._deadline):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise httpx.ReadTimeout("the answer did not end in time", request=self._request) from error
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
