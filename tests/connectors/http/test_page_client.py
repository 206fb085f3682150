"""The client for feeds and pages on real servers: HTTP/2, a proxy, and the guards with both."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import h2.config
import h2.connection
import h2.events
import httpx
import pytest

from connectors.http.fetch import Fetched, fetch
from connectors.http.net import guarded_client
from connectors.http.page_client import page_client
from streams.contract.errors import Rejected, StorywatchError, UsageError
from streams.runtime.settings import Settings
from tests.connectors.http.serving import Answer, Site, serve
from tests.tls import certificates

T = TypeVar("T")
PAGE = b"<p>The gate is open.</p>" * 10_000


@contextlib.asynccontextmanager
async def http2_server(folder: Path) -> AsyncIterator[tuple[str, ssl.SSLContext]]:
    """A server that speaks HTTP/2 alone and always sends `PAGE`: its address, and what trusts it."""
    made = certificates(folder)
    context = made.serving()
    context.set_alpn_protocols(["h2"])

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        left: dict[int, bytes] = {}
        while data := await reader.read(65_536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived) and event.stream_id is not None:
                    headers = [(":status", "200"), ("content-type", "text/html"), ("set-cookie", "a=b")]
                    connection.send_headers(event.stream_id, headers)
                    left[event.stream_id] = PAGE
            for stream in list(left):
                while left[stream] and (room := connection.local_flow_control_window(stream)):
                    part = left[stream][: min(room, connection.max_outbound_frame_size)]
                    left[stream] = left[stream][len(part) :]
                    connection.send_data(stream, part, end_stream=not left[stream])
                if not left[stream]:
                    del left[stream]
            writer.write(connection.data_to_send())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0, ssl=context)
    trusting = ssl.create_default_context(cafile=str(made.authority))
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", trusting


@pytest.mark.parametrize("limit", [len(PAGE), 10_000])
def test_http_2_is_spoken_where_a_server_offers_it(tmp_path: Path, limit: int) -> None:
    async def run() -> tuple[str, int]:
        async with (
            http2_server(tmp_path) as (base, tls),
            guarded_client(allow_private=True, timeout_seconds=10, user_agent="N/1", http2=True, tls=tls) as client,
        ):
            version = (await client.get(f"{base}/first")).http_version
            assert not client.cookies
            pages = await asyncio.gather(
                *(fetch(client, f"{base}/{number}", timeout_seconds=10, limit_bytes=limit) for number in range(3)),
                return_exceptions=True,
            )
            return version, sum(isinstance(page, Fetched) and page.content == PAGE for page in pages)

    assert asyncio.run(run()) == ("HTTP/2", 3 if limit == len(PAGE) else 0)


def through(proxy: Site, use: Callable[[httpx.AsyncClient], Awaitable[T]], allow: tuple[str, ...] = ()) -> T:
    async def run() -> T:
        settings = Settings.model_validate({"fetch_proxy": proxy.base.replace("//", "//desk:secret@")})
        async with page_client(settings, allow_private=allow) as client:
            return await use(client)

    return asyncio.run(run())


def test_pages_come_through_the_proxy() -> None:
    page = Answer(b"<p>Through the proxy</p>", headers={"Content-Type": "text/html"})
    with serve({"http://page.invalid/a": page}) as proxy:
        answer = through(proxy, lambda client: fetch(client, "http://page.invalid/a", timeout_seconds=5))
        assert answer.content == page.body
        [(path, headers)] = proxy.asked
        assert path == "http://page.invalid/a"
        assert headers["proxy-authorization"].startswith("Basic ")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://10.0.0.1/", "http://2130706433/", "http://localhost/"])
def test_a_private_address_is_not_asked_of_the_proxy(url: str) -> None:
    with serve() as proxy:
        with pytest.raises((UsageError, Rejected), match="private or local address"):
            through(proxy, lambda client: fetch(client, url, timeout_seconds=5))
        assert proxy.asked == []


def test_a_redirect_through_the_proxy_is_guarded_too() -> None:
    away = Answer(status=302, headers={"Location": "http://192.168.1.1/admin"})
    with serve({"http://page.invalid/a": away}) as proxy:
        with pytest.raises(StorywatchError, match="private or local address"):
            through(proxy, lambda client: fetch(client, "http://page.invalid/a", timeout_seconds=5))
        assert len(proxy.asked) == 1


def test_a_host_that_may_be_private_is_asked_directly() -> None:
    with serve({"/a": Answer(b"<p>Direct</p>")}) as site, serve() as proxy:
        answer = through(proxy, lambda client: fetch(client, site.url("/a"), timeout_seconds=5), ("127.0.0.1",))
        assert answer.content == b"<p>Direct</p>"
        assert proxy.asked == []


def test_a_proxy_that_is_away_is_one_line() -> None:
    with serve() as gone:
        pass
    with pytest.raises(StorywatchError) as raised:
        through(gone, lambda client: fetch(client, "http://page.invalid/a", timeout_seconds=5, sleep=at_once))
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)


async def at_once(seconds: float) -> None:
    """No pause."""


@pytest.mark.parametrize("address", ["proxy", "ftp://proxy.example", "http://", "http://user:word@[", "socks5://a:1"])
def test_a_wrong_address_of_a_proxy_is_a_usage_error(address: str) -> None:
    with pytest.raises(UsageError, match="STORYWATCH_FETCH_PROXY") as raised:
        page_client(Settings.model_validate({"fetch_proxy": address}), allow_private=())
    assert "word" not in str(raised.value)
