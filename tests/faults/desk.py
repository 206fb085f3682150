"""Webhooks in, what arrived and how often out: a receiver that can be down, slow, broken or rude on demand.

It checks signatures with the `standardwebhooks` package. What it has stored counts as heard, whatever it answers.
"""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Literal

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from tests.faults.threaded import Threaded

Mood = Literal["well", "broken", "slow", "rude"]
MOST_TROUBLE = 1  # times that one alert meets a bad mood: a second pause of the schedule is 30 s, a third 2 min
SLOW_SECONDS = 5.0  # longer than the workers under test wait


class Desk(Threaded):
    """``heard``: webhook-id -> how often it was stored; ``troubled``: how often it met a bad mood.

    ``url`` ends with a slash: each path is a receiver.
    """

    def __init__(self, secret: str, log: Path) -> None:
        super().__init__()
        self.heard: Counter[str] = Counter()
        self.unsigned = 0
        self.mood: Mood = "well"
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

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        id_ = request.headers.get("webhook-id", "")
        mood = self.mood if self.troubled[id_] < MOST_TROUBLE else "well"
        self.troubled[id_] += mood != "well"
        try:
            self._verifier.verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.unsigned += 1
            return web.Response(status=401)
        if mood == "broken":
            return web.Response(status=500)
        self.heard[id_] += 1
        with self._log.open("a") as log:
            log.write(
                json.dumps({"id": id_, "receiver": request.path, "mood": mood, "payload": json.loads(body)}) + "\n"
            )
        if mood == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if mood == "rude" and request.transport is not None:
            request.transport.close()
        return web.Response(status=204)
