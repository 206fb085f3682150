"""Fetching a page of a stranger: limits, redirects, retries, robots.txt and the pause between two requests."""

import asyncio
import gzip
import zlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest

from connectors.http.fetch import Fetched, fetch
from connectors.http.net import guarded_client, look_up
from connectors.http.polite import HostPacer, Robots
from streams.contract.errors import Rejected, TooLarge, Unavailable
from tests.connectors.http.serving import Answer, Route, Time, no_pause, serve


def _fetch(url: str, *, allow_private: bool = True, **options: Any) -> Fetched:
    async def run() -> Fetched:
        async with guarded_client(allow_private=allow_private, timeout_seconds=5, user_agent="Test/1") as client:
            return await fetch(client, url, **{"timeout_seconds": 5.0, "sleep": no_pause, **options})

    return asyncio.run(run())


def _redirect(to: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": to})


def test_a_page_comes_with_its_type_charset_and_final_url() -> None:
    page = Answer("Größe".encode("latin-1"), headers={"Content-Type": "Text/HTML; charset=ISO-8859-1"})
    with serve({"/old": _redirect("/new", 301), "/new": page}) as site:
        answer = _fetch(site.url("/old"))
        assert answer.url == site.url("/new")
        assert (answer.status, answer.content_type, answer.charset) == (200, "text/html", "iso-8859-1")
        assert answer.content == "Größe".encode("latin-1")


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"page " * 100)),
        ("gzip", gzip.compress(b"page " * 60) + gzip.compress(b"page " * 40)),
        ("gzip", gzip.compress(b"page " * 100) + b"\0\0padding"),
        ("deflate", zlib.compress(b"page " * 100)),
        ("deflate", zlib.compress(b"page " * 100)[2:-4]),
        ("identity", b"page " * 100),
    ],
)
def test_compressed_answers_are_unpacked(encoding: str, packed: bytes) -> None:
    with serve({"/": Answer(packed, headers={"Content-Encoding": encoding})}) as site:
        assert _fetch(site.url("/")).content == b"page " * 100


def test_a_gzip_bomb_is_refused_at_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with (
        serve({"/": Answer(bomb, headers={"Content-Encoding": "gzip"})}) as site,
        pytest.raises(TooLarge, match="over the limit of 1,000,000 bytes"),
    ):
        _fetch(site.url("/"), limit_bytes=1_000_000)


def test_the_size_limit_is_exact() -> None:
    with serve({"/ok": Answer(b"x" * 1_000), "/big": Answer(b"x" * 1_001)}) as site:
        assert len(_fetch(site.url("/ok"), limit_bytes=1_000).content) == 1_000
        with pytest.raises(TooLarge):
            _fetch(site.url("/big"), limit_bytes=1_000)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (Answer(b"x", headers={"Content-Encoding": "br"}), "encoded as br"),
        (Answer(b"\x1f\x8bnonsense", headers={"Content-Encoding": "gzip"}), "compression is damaged"),
        (Answer(status=404), "404 Not Found"),
        (Answer(status=410), "410 Gone"),
        (Answer(status=403), "403 Forbidden"),
        (Answer(status=304), "304 Not Modified"),
        (_redirect("ftp://paper.example/"), "redirects to what cannot be asked for"),
        (_redirect("http://me:pw@paper.example/"), "redirects to what cannot be asked for"),
    ],
)
def test_what_stays_wrong_is_rejected_at_once_with_one_line(answer: Answer, line: str) -> None:
    with serve({"/page": answer}) as site:
        with pytest.raises(Rejected, match=line) as caught:
            _fetch(site.url("/page"))
        assert "\n" not in str(caught.value)
        assert site.paths() == ["/page"]


def test_a_redirect_loop_ends() -> None:
    with serve({"/a": _redirect("/b"), "/b": _redirect("/a")}) as site:
        with pytest.raises(Rejected, match="more than 5 redirects"):
            _fetch(site.url("/a"))
        assert len(site.asked) == 6


def test_a_redirect_to_a_private_address_is_refused() -> None:
    async def run(url: str) -> None:
        async def resolve(host: str, port: int) -> Sequence[str]:
            return ["93.184.216.34"] if host == "paper.example" else await look_up(host, port)

        public = guarded_client(allow_private=False, timeout_seconds=5, user_agent="Test/1", resolve=resolve)
        inner = guarded_client(allow_private=True, timeout_seconds=5, user_agent="Test/1")
        async with public, inner, _FirstHop(public, inner, url) as client:
            await fetch(client, "http://paper.example/", timeout_seconds=5.0)

    with serve({"/secret": Answer(b"secret")}) as site, serve({"/": _redirect(site.url("/secret"))}) as outside:
        with pytest.raises(
            Rejected,
            match=r"^http://paper\.example/ redirects to what cannot be asked for: .* is a private or local address$",
        ):
            asyncio.run(run(outside.url("/")))
        assert outside.paths() == ["/"]
        assert site.asked == []


class _FirstHop(httpx.AsyncClient):
    """A guarded client to which the public host paper.example is a server of this machine."""

    def __init__(self, guarded: httpx.AsyncClient, inner: httpx.AsyncClient, outside: str) -> None:
        super().__init__(trust_env=False)
        self._guarded, self._inner, self._outside = guarded, inner, outside

    def stream(self, method: str, url: Any, **options: Any) -> Any:
        if httpx.URL(url).host == "paper.example":
            return self._inner.stream(method, self._outside, **options)
        return self._guarded.stream(method, url, **options)


def test_a_busy_server_is_asked_again() -> None:
    answers = iter([Answer(status=503), Answer(status=429, headers={"Retry-After": "1"}), Answer(b"page")])
    with serve({"/": lambda _: next(answers)}) as site:
        assert _fetch(site.url("/")).content == b"page"


def test_a_busy_server_is_unavailable_after_three_attempts() -> None:
    with serve({"/": Answer(status=502)}) as site:
        with pytest.raises(Unavailable, match="502 Bad Gateway"):
            _fetch(site.url("/"))
        assert len(site.asked) == 3


def test_a_server_that_asks_for_a_long_pause_is_left_alone() -> None:
    with serve({"/": Answer(status=429, headers={"Retry-After": "3600"})}) as site:
        with pytest.raises(Unavailable, match="429 Too Many Requests") as caught:
            _fetch(site.url("/"))
        assert len(site.asked) == 1
        assert caught.value.wait_seconds == 3600  # type: ignore[attr-defined]


def test_an_answer_that_breaks_off_is_no_page() -> None:
    half = gzip.compress(b"page " * 10_000)[:-20]
    with (
        serve({"/": Answer(half, headers={"Content-Encoding": "gzip"})}) as site,
        pytest.raises(Unavailable, match="breaks off"),
    ):
        _fetch(site.url("/"))


def test_nobody_listening_is_unavailable() -> None:
    with serve() as site:
        gone = site.url("/")
    with pytest.raises(Unavailable, match=r"cannot reach 127\.0\.0\.1"):
        _fetch(gone)


def test_a_slow_server_is_not_retried_after_the_deadline() -> None:
    with serve({"/": Answer(b"x" * 1_000, drip_seconds=0.05)}) as site:
        with pytest.raises(Unavailable, match=r"no complete answer within 0\.3 s"):
            _fetch(site.url("/"), timeout_seconds=0.3)
        assert len(site.asked) == 1


def test_a_conditional_request_may_be_answered_with_304() -> None:
    with serve({"/": Answer(status=304)}) as site:
        assert _fetch(site.url("/"), headers={"If-None-Match": '"1"'}).status == 304


# --- robots.txt and pauses ----------------------------------------------------------------------------------------


def _read_politely(
    routes: dict[str, Route], paths: Sequence[str], delay: float = 1.0
) -> tuple[list[str], Time, list[str]]:
    """What came of each path, the time spent, and the paths asked for."""
    time = Time()

    async def run(base: str) -> list[str]:
        async with guarded_client(allow_private=True, timeout_seconds=5, user_agent="Test/1") as client:
            pacer = HostPacer(delay, clock=time.clock, sleep=time.sleep)
            robots = Robots(client, pacer, user_agent="Newsbot/2 (x)", timeout_seconds=5, clock=time.clock)

            async def one(path: str) -> str:
                try:
                    return (await fetch(client, base + path, timeout_seconds=5.0, visit=robots.visit)).content.decode()
                except (Rejected, Unavailable) as error:
                    return type(error).__name__ + ": " + str(error)

            return list(await asyncio.gather(*map(one, paths)))

    with serve(routes) as site:
        return asyncio.run(run(site.base)), time, site.paths()


ROBOTS = b"User-agent: newsbot\nDisallow: /private/\nCrawl-delay: 7\n\nUser-agent: *\nDisallow: /\n"


def test_robots_txt_is_asked_once_and_obeyed_by_our_name() -> None:
    routes: dict[str, Route] = {"/robots.txt": Answer(ROBOTS), "/a": Answer(b"A"), "/private/b": Answer(b"B")}
    got, _, asked = _read_politely(routes, ["/a", "/private/b"])
    assert got[0] == "A"
    assert "robots.txt of 127.0.0.1 does not allow" in got[1]
    assert asked == ["/robots.txt", "/a"]


def test_robots_txt_is_obeyed_where_a_redirect_leads() -> None:
    routes: dict[str, Route] = {
        "/robots.txt": Answer(ROBOTS),
        "/go": _redirect("/private/b"),
        "/private/b": Answer(b"B"),
    }
    got, _, asked = _read_politely(routes, ["/go"])
    assert "does not allow" in got[0]
    assert "/private/b" not in asked


@pytest.mark.parametrize("status", [401, 403, 404])
def test_without_a_robots_txt_all_is_allowed(status: int) -> None:
    got, _, _ = _read_politely({"/robots.txt": Answer(status=status), "/a": Answer(b"A")}, ["/a"])
    assert got == ["A"]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_while_robots_txt_is_away_nothing_is_fetched(status: int) -> None:
    got, _, asked = _read_politely({"/robots.txt": Answer(status=status), "/a": Answer(b"A")}, ["/a", "/a"])
    assert all(line.startswith("Unavailable: robots.txt of 127.0.0.1 cannot be read") for line in got)
    assert asked == ["/robots.txt"]


def test_one_request_at_a_time_to_a_host_with_a_pause_after_each() -> None:
    busy: list[int] = []
    most: list[int] = []

    def page(_: Mapping[str, str]) -> Answer:
        busy.append(1)
        most.append(len(busy))
        busy.pop()
        return Answer(b"A")

    got, time, _ = _read_politely({"/a": page}, ["/a"] * 4, delay=2.0)
    assert got == ["A"] * 4
    assert max(most) == 1
    assert time.slept == [2.0] * 4  # after robots.txt, and between the four pages


def test_crawl_delay_is_respected_up_to_a_bound() -> None:
    for wished, slept in ((b"7", 7.0), (b"900", 30.0)):
        robots = Answer(b"User-agent: *\nCrawl-delay: " + wished)
        _, time, _ = _read_politely({"/robots.txt": robots, "/a": Answer(b"A")}, ["/a", "/a"])
        assert time.slept == [1.0, slept]


def test_two_hosts_do_not_wait_for_each_other() -> None:
    time = Time()

    async def run() -> None:
        pacer = HostPacer(5.0, clock=time.clock, sleep=time.sleep)
        for host in ("one.example", "two.example", "three.example"):
            visit: AbstractAsyncContextManager[None] = pacer.visit(httpx.URL(f"http://{host}/"))
            async with visit:
                pass

    asyncio.run(run())
    assert time.slept == []
