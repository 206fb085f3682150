"""Lag, progress and health of one process: offsets in, `/metrics` and `/healthz` out.

Faust never ends by itself when it loses Kafka or when its commits stand still, so this does: a partition with waiting
messages whose commit has not moved for a while makes the process unhealthy and then ends it; the start from the last
commit repairs what can be repaired. A stage that waits on purpose (Elasticsearch is away) is unhealthy, never ended.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams import metrics
from streams.delivery import Runner
from streams.errors import Misuse
from streams.settings import Settings

log = structlog.get_logger("storywatch.health")

LOOK_SECONDS = 1.0
STANDSTILL_EXIT = 75  # EX_TEMPFAIL: start again


class Health:
    """Watches the runners of one Faust app."""

    def __init__(self, app: Any, runners: Sequence[Runner], settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._runners = {runner.stage.reads.name(settings.topic_prefix): runner for runner in runners}
        self._moved: dict[Any, tuple[int, float]] = {}  # partition -> committed offset, when it last moved
        self.problems: list[str] = ["starting"]
        self.ready = False

    async def watch(self, end: Callable[[int], Any] = os._exit) -> None:
        """Look every second; ``end`` is called when this process should start over."""
        while True:
            now = time.monotonic()
            lags = self._lags()
            standing = [tp for tp, lag in lags.items() if lag > 0 and self._still(tp, now)]
            for tp, lag in lags.items():
                metrics.LAG.labels(self._runners[tp.topic].stage.name, str(tp.partition)).set(lag)
            waiting = {runner.stage.name: reason for runner in self._runners.values() if (reason := runner.waiting_for)}
            self.problems = [f"{stage} waits: {reason}" for stage, reason in waiting.items()]
            stuck = [tp for tp in standing if self._runners[tp.topic].stage.name not in waiting]
            self.problems += [
                f"{self._runners[tp.topic].stage.name} stands still with {lags[tp]} messages waiting in partition "
                f"{tp.partition}"
                for tp in stuck
            ]
            if not self.ready:
                self.problems.append("starting")
            metrics.UP.set(0 if self.problems else 1)
            if stuck:
                log.error("standstill", problems=self.problems)
                end(STANDSTILL_EXIT)
            await asyncio.sleep(LOOK_SECONDS)

    def _lags(self) -> Mapping[Any, int]:
        """Messages that are not committed yet, of each partition of the stages that this process owns."""
        consumer = self._app.consumer
        lags: dict[Any, int] = {}
        for tp in consumer.assignment():
            if tp.topic in self._runners:
                end = consumer.highwater(tp)
                committed = consumer._committed_offset.get(tp) or 0
                if end is not None:
                    lags[tp] = max(0, end - committed)
        return lags

    def _still(self, tp: Any, now: float) -> bool:
        """Whether the commit of a partition has not moved for the set time, counted from when it began to lag."""
        committed = self._app.consumer._committed_offset.get(tp) or 0
        before, since = self._moved.get(tp, (None, now))
        if before != committed:
            since = now
        self._moved[tp] = (committed, since)
        return now - since > self._settings.standstill_seconds

    # --- HTTP ---------------------------------------------------------------------------------------------------

    async def serve(self, port: int) -> int:
        """Serve ``/metrics`` and ``/healthz`` and return the port (0 chooses one). Raises `Misuse` when it is taken."""
        server = web.Application()
        server.router.add_get("/healthz", self._healthz)
        server.router.add_get("/metrics", self._metrics)
        runner = web.AppRunner(server, access_log=None, handle_signals=False)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._settings.metrics_host, port).start()
        except OSError as error:
            await runner.cleanup()
            raise Misuse(
                f"port {port} for metrics is taken: stop what uses it, or set STORYWATCH_METRICS_PORT to another "
                f"(0 chooses free ones)"
            ) from error
        chosen: int = runner.addresses[0][1]
        return chosen

    async def _healthz(self, request: web.Request) -> web.Response:
        body = {"healthy": not self.problems, "problems": self.problems}
        return web.Response(
            text=json.dumps(body), status=200 if not self.problems else 503, content_type="application/json"
        )

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
