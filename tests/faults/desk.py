"""Receivers of webhooks that record what arrived and how often; down, slow, broken, rude or hostile on demand.

It checks signatures with the `standardwebhooks` package. What it has stored counts as heard, whatever it answers.
"""

import asyncio
import contextlib
import json
import socket
import struct
from collections import Counter
from pathlib import Path
from typing import Literal

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from tests.faults.hostile import ANSWERS
from tests.faults.threaded import Threaded

Mood = Literal["well", "broken", "slow", "rude", "odd", "resetting", "endless"]
UNHEARD = ("broken", "odd", "resetting")  # moods in which nothing is stored
MOST_TROUBLE = 1  # times that one alert meets a bad mood: a second pause of the schedule is 30 s, a third 2 min
SLOW_SECONDS = 5.0  # longer than the workers under test wait


class Desk(Threaded):
    """``heard``: webhook-id -> how often it was stored; ``troubled``: how often it met a bad mood.

    ``url`` ends with a slash: each path is a receiver. ``gone``: those that want no more, and answer 410.
    """

    def __init__(self, secret: str, log: Path) -> None:
        super().__init__()
        self.heard: Counter[str] = Counter()
        self.unsigned = 0
        self.mood: Mood = "well"
        self.gone: set[str] = set()
        self.url = ""
        self._verifier = Webhook(secret)
        self._log = log
        self.troubled: Counter[str] = Counter()
        self._port = 0
        self._site: web.TCPSite | None = None

    def close(self) -> None:
        """Refuse connections from now on."""
        self._there(self._unlisten())

    def open(self) -> None:
        self._there(self._listen())

    # --- on its thread -----------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        app = web.Application()
        app.router.add_post("/{receiver}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handle_signals=False)
        await self._runner.setup()
        await self._listen()
        self.url = f"http://127.0.0.1:{self._port}/"

    async def _end(self) -> None:
        await self._runner.cleanup()

    async def _listen(self) -> None:
        if self._site is None:
            self._site = web.TCPSite(self._runner, "127.0.0.1", self._port)
            await self._site.start()
            self._port = self._runner.addresses[0][1]

    async def _unlisten(self) -> None:
        if self._site is not None:
            await self._site.stop()
            self._site = None

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        id_ = request.headers.get("webhook-id", "")
        mood = self.mood if self.troubled[id_] < MOST_TROUBLE else "well"
        self.troubled[id_] += mood != "well"
        try:
            self._verifier.verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.unsigned += 1
            return web.Response(status=401)
        if request.path.strip("/") in self.gone:
            return web.Response(status=410)
        if mood in UNHEARD:
            return self._unheard(mood, request)
        self.heard[id_] += 1
        with self._log.open("a") as log:
            log.write(
                json.dumps({"id": id_, "receiver": request.path, "mood": mood, "payload": json.loads(body)}) + "\n"
            )
        if mood == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if mood == "endless":
            return await _endless(request)
        if mood == "rude" and request.transport is not None:
            request.transport.close()
        return web.Response(status=204)

    def _unheard(self, mood: Mood, request: web.Request) -> web.Response:
        if mood == "odd":
            status, headers = ANSWERS[self.troubled.total() % len(ANSWERS)]
            return web.Response(status=status, headers=headers)
        if mood == "resetting" and request.transport is not None:
            at_once = struct.pack("ii", 1, 0)  # what is not sent is thrown away, and the peer told so
            request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            request.transport.abort()
        return web.Response(status=500)


async def _endless(request: web.Request) -> web.StreamResponse:
    """An answer that goes on until the other side has had enough."""
    response = web.StreamResponse()
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        while True:
            await response.write(b"more " * 10_000)
    return response
