"""A local webhook receiver for `storywatch listen`, the demo and the tests.

It shows what a receiver has to do: verify the signature, store the event, answer quickly, detect a repeat by its id.
"""

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from aiohttp import web

from connectors.connectivity import explain_bind_failure
from connectors.webhooks.signing import check_secret, verify
from streams.contract.errors import Rejected, UsageError

ACCEPTED = 204
MAX_BODY_BYTES = 1_000_000  # larger than any alert, which fits a Kafka message
MOST_IDS = 100_000  # for detecting repeats: more than the alerts of the days for which one is retried; about 10 MB
SHUTDOWN_SECONDS = 2.0  # for requests in progress


@dataclass(frozen=True)
class Received:
    """One event as received. ``at`` is UTC and monotonic; ``repeat``: its id was received before.

    ``verified`` is False only when the receiver has no secret.
    """

    id: str
    at: datetime
    payload: dict[str, Any]
    verified: bool
    repeat: bool


class Receiver:
    """An HTTP server for signed POSTs to any path, as an asynchronous context manager.

    ``on_event`` is called with each event before the answer; ``answer`` returns the status code (default: 204). Answers
    401 with the reason to a request that is not signed by ``secret``, 400 to a body that is not a JSON object, 413 over
    `MAX_BODY_BYTES`. Port 0 selects a free one, see ``url``. Raises `UsageError` for an invalid secret, and on entry
    for an address that it cannot listen on.
    """

    def __init__(
        self,
        secret: str | None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        on_event: Callable[[Received], None] | None = None,
        answer: Callable[[Received], int] | None = None,
    ) -> None:
        self._secret = None if secret is None else check_secret(secret)
        self._host = host
        self._port = port
        self._on_event = on_event
        self._answer = answer
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._started = datetime.now(UTC), time.monotonic()
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post("/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)

    @property
    def url(self) -> str:
        """The URL to send to, such as ``http://127.0.0.1:40123/``. Known once the receiver is entered."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise UsageError(explain_bind_failure(error, self._host, self._port)) from error
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self._secret is not None:
            try:
                verify(self._secret, request.headers, body)
            except Rejected as reason:
                return web.Response(status=401, text=f"{reason}\n")
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError) as error:  # RecursionError: nested too deeply
            return web.Response(status=400, text=f"not JSON: {error}\n")
        if not isinstance(payload, dict):
            return web.Response(status=400, text="not a JSON object\n")
        message_id = request.headers.get("webhook-id", "")
        event = Received(
            id=message_id,
            at=self._now(),
            payload=payload,
            verified=self._secret is not None,
            repeat=self._is_repeat(message_id),
        )
        if self._on_event is not None:
            self._on_event(event)
        return web.Response(status=ACCEPTED if self._answer is None else self._answer(event))

    def _is_repeat(self, message_id: str) -> bool:
        if not message_id:
            return False
        if message_id in self._seen:
            return True
        self._seen[message_id] = None
        if len(self._seen) > MOST_IDS:
            self._seen.popitem(last=False)
        return False

    def _now(self) -> datetime:
        """UTC unaffected by changes of the system's clock, so that times of one run can be compared."""
        wall, monotonic = self._started
        return wall + timedelta(seconds=time.monotonic() - monotonic)
