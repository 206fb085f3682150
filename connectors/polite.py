"""URLs about to be asked for -> when and whether we may: one request at a time to a host, pauses, robots.txt.

`HostPacer.visit` and `Robots.visit` are entered around each single request (the ``visit`` of `connectors.fetch`).
Hosts are told apart by name and port.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from protego import Protego

from connectors.fetch import Fetched, ask
from connectors.net import shown
from streams.errors import Rejected, StorywatchError, Unavailable

MAX_REQUESTS = 16  # at once to all hosts; below the client's connections, so that none waits for one and times out
MAX_CRAWL_DELAY_SECONDS = 30.0  # longer ones are meant for crawlers of whole sites; we read a few new pages
MAX_HOSTS = 10_000  # remembered; a host takes about 1 kB
ROBOTS_BYTES = 2_000_000  # RFC 9309 asks readers to take at least 500 KiB
ROBOTS_SECONDS = 6 * 3600.0  # RFC 9309 allows 24 h; editors change theirs in office hours
ROBOTS_AWAY_SECONDS = 600.0  # after a failure of the server, ask again this soon
TOO_MANY = 429

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


@dataclass
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    waiting: int = 0


class HostPacer:
    """One request at a time to each host, and a pause after each. ``clock`` counts seconds, from wherever."""

    def __init__(self, delay_seconds: float, *, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep) -> None:
        self._delay_seconds = delay_seconds
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._requests = asyncio.Semaphore(MAX_REQUESTS)

    @asynccontextmanager
    async def visit(self, url: httpx.URL, delay_seconds: float = 0.0) -> AsyncIterator[None]:
        """Waits for the host's turn; the pause after it is ``delay_seconds``, if longer than the usual one."""
        host = self._host(url.netloc.decode("ascii"))
        host.waiting += 1
        try:
            async with host.lock:
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


@dataclass(frozen=True)
class _Rules:
    parser: Protego | None  # None: nothing may be fetched, because of ``problem``
    problem: str
    until: float


@dataclass
class _Site:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: _Rules | None = None


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
        rules = await self._rules(url)
        if rules.parser is None:
            raise Unavailable(f"robots.txt of {url.host} cannot be read, so nothing is fetched there: {rules.problem}")
        if not rules.parser.can_fetch(str(url), self._agent):
            raise Rejected(f"robots.txt of {url.host} does not allow {shown(str(url))}")
        delay = min(float(rules.parser.crawl_delay(self._agent) or 0.0), MAX_CRAWL_DELAY_SECONDS)
        async with self._pacer.visit(url, delay):
            yield

    async def _rules(self, url: httpx.URL) -> _Rules:
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        if origin not in self._sites and len(self._sites) >= MAX_HOSTS:
            self._sites = {origin: site for origin, site in self._sites.items() if site.lock.locked()}
        site = self._sites.setdefault(origin, _Site())
        async with site.lock:
            if site.rules is None or self._clock() >= site.rules.until:
                site.rules = await self._read(f"{origin}/robots.txt")
            return site.rules

    async def _read(self, url: str) -> _Rules:
        try:
            answer = await ask(
                self._client,
                url,
                timeout_seconds=self._timeout_seconds,
                limit_bytes=ROBOTS_BYTES,
                visit=self._pacer.visit,
            )
        except StorywatchError as error:
            return _Rules(None, str(error), self._clock() + ROBOTS_AWAY_SECONDS)
        if answer.status >= 500 or answer.status == TOO_MANY:
            return _Rules(None, f"status {answer.status}", self._clock() + ROBOTS_AWAY_SECONDS)
        return _Rules(Protego.parse(_text(answer)), "", self._clock() + ROBOTS_SECONDS)


def _text(answer: Fetched) -> str:
    """RFC 9309 has UTF-8; whatever is not, is a line that matches nothing."""
    return answer.content.decode("utf-8-sig", "replace")
