"""When and whether a URL may be requested: one request at a time to a host, pauses, robots.txt.

`HostPacer.visit` and `Robots.visit` are entered around each request (the ``visit`` of `connectors.http.fetch`). A host
is identified by name and port.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from connectors.http import robots
from connectors.http.fetch import Sleep, ask
from connectors.http.net import shown
from connectors.http.robots import Rules
from streams.contract.errors import Rejected, StorywatchError, Unavailable

MAX_REQUESTS = 16  # at once to all hosts; fewer than the client's connections, so that none times out waiting for one
MAX_CRAWL_DELAY_SECONDS = 30.0  # longer ones are meant for crawlers of whole sites, not for a few new pages
MAX_HOSTS = 10_000  # in memory; a host takes about 1 kB
ROBOTS_SECONDS = 24 * 3600.0  # the maximum of RFC 9309
ROBOTS_AWAY_SECONDS = 600.0  # until robots.txt is requested again after a failure
TOO_MANY = 429

Clock = Callable[[], float]
Gate = Callable[[str], None]


def no_holds(host: str) -> None:
    """The default gate: no host is on hold."""


@dataclass
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    waiting: int = 0


class HostPacer:
    """One request at a time to each host, with a pause after each. ``clock``: monotonic seconds.

    ``gate`` is called with the host before each request, and may raise an error instead of it. ``max_requests``: at
    once to all hosts, fewer than the client's connections.
    """

    def __init__(
        self,
        delay_seconds: float,
        *,
        gate: Gate = no_holds,
        max_requests: int = MAX_REQUESTS,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._delay_seconds = delay_seconds
        self._gate = gate
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._requests = asyncio.Semaphore(max_requests)

    @asynccontextmanager
    async def visit(self, url: httpx.URL, delay_seconds: float = 0.0) -> AsyncIterator[None]:
        """Wait until the host is free. The pause afterwards is ``delay_seconds``, if longer than the usual one."""
        name = host_of(url)
        host = self._host(name)
        host.waiting += 1
        try:
            async with host.lock:
                self._gate(name)
                pause = host.free_at - self._clock()
                if pause > 0:
                    await self._sleep(pause)
                async with self._requests:
                    try:
                        yield
                    finally:
                        host.free_at = self._clock() + max(self._delay_seconds, delay_seconds)
        finally:
            host.waiting -= 1

    def _host(self, name: str) -> _Host:
        if name not in self._hosts and len(self._hosts) >= MAX_HOSTS:
            now = self._clock()
            self._hosts = {name: host for name, host in self._hosts.items() if host.waiting or host.free_at > now}
        return self._hosts.setdefault(name, _Host())


def host_of(url: httpx.URL) -> str:
    """Name and port of a URL's host."""
    return url.netloc.decode("ascii")


@dataclass(frozen=True)
class _CachedRules:
    rules: Rules | None  # None: nothing may be fetched, ``problem`` says why
    problem: str
    until: float


@dataclass
class _Site:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    known: _CachedRules | None = None


class Robots:
    """Applies robots.txt by RFC 9309: a 4xx allows everything, an unavailable server nothing for now."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        pacer: HostPacer,
        *,
        user_agent: str,
        timeout_seconds: float,
        clock: Clock = time.monotonic,
    ) -> None:
        self._client = client
        self._pacer = pacer
        self._agent = user_agent.partition("/")[0].strip()  # rules name the product token
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._sites: dict[str, _Site] = {}

    @asynccontextmanager
    async def visit(self, url: httpx.URL) -> AsyncIterator[None]:
        """Wait until the host is free, if robots.txt allows the URL.

        Raises `Rejected` when it does not, `Unavailable` when robots.txt is not available for now.
        """
        known = await self._known(url)
        if known.rules is None:
            raise Unavailable(f"robots.txt of {url.host} cannot be read, so nothing is fetched there: {known.problem}")
        if not known.rules.allow(str(url)):
            raise Rejected(f"robots.txt of {url.host} does not allow {shown(str(url))}")
        async with self._pacer.visit(url, min(known.rules.delay_seconds or 0.0, MAX_CRAWL_DELAY_SECONDS)):
            yield

    async def _known(self, url: httpx.URL) -> _CachedRules:
        origin = f"{url.scheme}://{host_of(url)}"
        if origin not in self._sites and len(self._sites) >= MAX_HOSTS:
            self._sites = {origin: site for origin, site in self._sites.items() if site.lock.locked()}
        site = self._sites.setdefault(origin, _Site())
        async with site.lock:
            if site.known is None or self._clock() >= site.known.until:
                site.known = await self._read(f"{origin}/robots.txt")
            return site.known

    async def _read(self, url: str) -> _CachedRules:
        try:
            answer = await ask(
                self._client,
                url,
                timeout_seconds=self._timeout_seconds,
                limit_bytes=robots.MAX_BYTES,
                cut=True,
                visit=self._pacer.visit,
            )
        except StorywatchError as error:
            return _CachedRules(None, str(error), self._clock() + ROBOTS_AWAY_SECONDS)
        if answer.status >= 500 or answer.status == TOO_MANY:
            return _CachedRules(None, f"status {answer.status}", self._clock() + ROBOTS_AWAY_SECONDS)
        rules = await asyncio.to_thread(robots.parse, answer.content, self._agent)
        return _CachedRules(rules, "", self._clock() + ROBOTS_SECONDS)
