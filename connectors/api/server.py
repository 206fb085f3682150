"""Runs the HTTP API: binds its socket, and stops gracefully on a signal."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from connectors.connectivity import explain_bind_failure
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from litestar.types import ASGIApp

IDLE_SECONDS = 10
STOP_SECONDS = 20  # for requests in progress, once a signal has come
MOST_CONNECTIONS = 1_000
MAX_HEAD_BYTES = 32_768
BACKLOG = 512
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `UsageError` with what to do."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)  # who connects before the application has started waits for it
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise UsageError(explain_bind_failure(error, host, port)) from error
    return listener


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    app: "ASGIApp",
    listener: socket.socket,
    *,
    end_streams: Callable[[], None] = lambda: None,
    idle_seconds: int = IDLE_SECONDS,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish the requests in progress, within `STOP_SECONDS`.

    ``end_streams``: ends the answers that have no end of their own. A connection without a request, or with a part of
    its head, is closed after ``idle_seconds``.
    """
    config = uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here depends on the address of a client
        limit_concurrency=MOST_CONNECTIONS,
        backlog=BACKLOG,
        timeout_keep_alive=idle_seconds,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
    )
    await _Server(config, end_streams).serve(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that ends after a signal, in place of sending the signal to itself once more."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._end_streams()
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)


class ImpatientProtocol(H11Protocol):
    """Closes a connection on which no head of a request arrives in time: uvicorn waits for the first one for ever."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect_request()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _expect_request(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(self.timeout_keep_alive, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
