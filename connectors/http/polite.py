"""URLs about to be asked for -> when and whether we may: one request at a time to a host, pauses, robots.txt.

`HostPacer.visit` and `Robots.visit` are entered around each single request (the ``visit`` of `connectors.http.fetch`).
Hosts are told apart by name and port.
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

MAX_REQUESTS = 16  # at once to all hosts; below the client's connections, so that none waits for one and times out
MAX_CRAWL_DELAY_SECONDS = 30.0  # longer ones are meant for crawlers of whole sites; we read a few new pages
MAX_HOSTS = 10_000  # remembered; a host takes about 1 kB
ROBOTS_SECONDS = 24 * 3600.0  # the longest that RFC 9309 allows
ROBOTS_AWAY_SECONDS = 600.0  # after a failure of the server, ask again this soon
TOO_MANY = 429

Clock = Callable[[], float]
Gate = Callable[[str], None]


def open_to_all(host: str) -> None:
    """The gate of hosts that nobody has asked to leave alone."""


@dataclass
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    waiting: int = 0


class HostPacer:
    """One request at a time to each host, and a pause after each. ``clock`` counts seconds, from wherever.

    ``gate`` is asked when a host's turn has come; what it raises is raised instead of asking the host.
    """

    def __init__(
        self,
        delay_seconds: float,
        *,
        gate: Gate = open_to_all,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._delay_seconds = delay_seconds
        self._gate = gate
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._requests = asyncio.Semaphore(MAX_REQUESTS)

    @asynccontextmanager
    async def visit(self, url: httpx.URL, delay_seconds: float = 0.0) -> AsyncIterator[None]:
        """Waits for the host's turn; the pause after it is ``delay_seconds``, if longer than the usual one."""
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
    """Name and port, as hosts are told apart here."""
    return url.netloc.decode("ascii")


@dataclass(frozen=True)
class _Known:
    rules: Rules | None  # None: nothing may be fetched, because of ``problem``
    problem: str
    until: float


@dataclass
class _Site:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    known: _Known | None = None


class Robots:
    """What robots.txt allows us, as RFC 9309 has it: 4xx allows all, a server that is away allows nothing for now."""

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
        self._agent = user_agent.partition("/")[0].strip()  # the product token is what rules name
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._sites: dict[str, _Site] = {}

    @asynccontextmanager
    async def visit(self, url: httpx.URL) -> AsyncIterator[None]:
        """The host's turn, if robots.txt allows the URL.

        Raises `Rejected` when it does not, `Unavailable` when robots.txt itself cannot be had for now.
        """
        known = await self._known(url)
        if known.rules is None:
            raise Unavailable(f"robots.txt of {url.host} cannot be read, so nothing is fetched there: {known.problem}")
        if not known.rules.allow(str(url)):
            raise Rejected(f"robots.txt of {url.host} does not allow {shown(str(url))}")
        async with self._pacer.visit(url, min(known.rules.delay_seconds or 0.0, MAX_CRAWL_DELAY_SECONDS)):
            yield

    async def _known(self, url: httpx.URL) -> _Known:
        origin = f"{url.scheme}://{host_of(url)}"
        if origin not in self._sites and len(self._sites) >= MAX_HOSTS:
            self._sites = {origin: site for origin, site in self._sites.items() if site.lock.locked()}
        site = self._sites.setdefault(origin, _Site())
        async with site.lock:
            if site.known is None or self._clock() >= site.known.until:
                site.known = await self._read(f"{origin}/robots.txt")
            return site.known

    async def _read(self, url: str) -> _Known:
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
            return _Known(None, str(error), self._clock() + ROBOTS_AWAY_SECONDS)
        if answer.status >= 500 or answer.status == TOO_MANY:
            return _Known(None, f"status {answer.status}", self._clock() + ROBOTS_AWAY_SECONDS)
        rules = await asyncio.to_thread(robots.parse, answer.content, self._agent)
        return _Known(rules, "", self._clock() + ROBOTS_SECONDS)
