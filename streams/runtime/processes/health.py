"""Lag, progress and health of one process, served as `/metrics` and `/healthz`.

Faust does not end when it loses Kafka or when its commits stop, so this module does: a partition with waiting messages
whose committed offset has not moved for `Settings.standstill_seconds` ends the process, and the restart from the last
commit repairs what can be repaired. A stage that waits on purpose (Elasticsearch is away) makes the process unhealthy
and never ends it; when it goes on, or when its rows have been read back, the time starts again. While Kafka does not
answer, the process is unhealthy and waits.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from typing import Any, Protocol

import structlog
from aiohttp import web
from aiokafka.errors import KafkaError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.contract.errors import UsageError
from streams.contract.stage import Stage
from streams.runtime import metrics
from streams.runtime.settings import Settings
from streams.runtime.state.group import ConsumerGroup

log = structlog.get_logger("storywatch.health")

LOOK_SECONDS = 1.0
KNOCK_SECONDS = 5.0  # between two checks of Kafka
ANSWER_SECONDS = 10.0
STANDSTILL_EXIT = 75  # EX_TEMPFAIL: to be restarted
STARTING = "starting"  # a problem, and a status of `/healthz`

Knock = Callable[[], Awaitable[Exception | None]]


class WatchedRunner(Protocol):
    """What the health check reads of the runner of a stage."""

    @property
    def stage(self) -> Stage: ...
    @property
    def waiting_for(self) -> str | None:
        """Why the stage stands still on purpose."""

    @property
    def row_count(self) -> int | None:
        """Number of rows that the stage stores here; None if it stores none."""


class Health:
    """Watches the runners of one app. ``knock`` checks Kafka and returns the error, or None."""

    def __init__(
        self, group: ConsumerGroup, runners: Sequence[WatchedRunner], settings: Settings, knock: Knock
    ) -> None:
        self._group = group
        self._settings = settings
        self._runners = {runner.stage.reads.name(settings.topic_prefix): runner for runner in runners}
        self._knock = knock
        self._kafka: str | None = None  # why Kafka cannot be reached
        self._moved: dict[Any, tuple[int, float]] = {}  # partition -> committed offset, when it last moved
        self.problems: list[str] = [STARTING]
        self.lag: dict[str, int] = {}  # stage -> messages that wait in the partitions of this process, where known
        self.ready = False
        self._server: web.AppRunner | None = None

    async def watch(self, end: Callable[[int], Any] = os._exit) -> None:
        """Check every second; ``end`` is called with an exit code when the process has to restart."""
        knocking = asyncio.create_task(self._keep_knocking())
        try:
            began = time.monotonic()
            while not knocking.done():
                await self.check(time.monotonic(), end)
                await asyncio.sleep(LOOK_SECONDS)
                before, began = began, time.monotonic()
                self._discount_blocked_time(began - before - LOOK_SECONDS - ANSWER_SECONDS)
            await knocking  # raises its error; without these checks the loss of Kafka would go unnoticed
        finally:
            knocking.cancel()
            await self.close()

    def _discount_blocked_time(self, seconds: float) -> None:
        """Leave out the seconds for which the event loop was blocked: building the state of a million articles takes
        minutes without a commit. Counted as a standstill, they would restart the process without end."""
        if seconds > 0:
            self._moved = {tp: (committed, since + seconds) for tp, (committed, since) in self._moved.items()}

    async def _keep_knocking(self) -> None:
        while True:
            error = await self._knock()
            self._kafka = str(error) if error is not None else None
            await asyncio.sleep(KNOCK_SECONDS)

    async def check(self, now: float, end: Callable[[int], Any]) -> None:
        """Check once, at ``now`` in seconds of a monotonic clock."""
        try:
            lags = await asyncio.wait_for(self._lags(), ANSWER_SECONDS)
        except (KafkaError, TimeoutError) as error:
            # the next check of Kafka gives the reason; until then the process is unhealthy
            self._kafka = self._kafka or f"Kafka does not say what is waiting ({type(error).__name__})"
            lags = {}
        metrics.LAG.clear()  # other processes report the partitions that moved to them
        self.lag = {}
        for tp, lag in lags.items():
            stage = self._runners[tp.topic].stage.name
            self.lag[stage] = self.lag.get(stage, 0) + lag
            metrics.LAG.labels(stage, str(tp.partition)).set(lag)
        self._report_stages()
        waiting = {runner.stage.name: reason for runner in self._runners.values() if (reason := runner.waiting_for)}
        all_rest = self._kafka is not None or self._group.rebalancing  # reading rows back may take any time
        at_rest = {runner.stage.name for runner in self._runners.values()} if all_rest else waiting
        stuck = self._stalled_partitions(lags, now, at_rest)
        metrics.STANDING.clear()
        for tp, (_, since) in self._moved.items():
            metrics.STANDING.labels(self._runners[tp.topic].stage.name, str(tp.partition)).set(now - since)
        self.problems = [f"{stage} waits: {reason}" for stage, reason in waiting.items()]
        self.problems += [
            f"{self._runners[tp.topic].stage.name} stands still with {lags[tp]} messages waiting in partition "
            f"{tp.partition}"
            for tp in stuck
        ]
        if self._kafka is not None:
            self.problems.append(self._kafka)
        if not self.ready:
            self.problems.append(STARTING)
        metrics.UP.set(0 if self.problems else 1)
        if stuck:
            log.error("standstill", problems=self.problems)
            end(STANDSTILL_EXIT)

    def _report_stages(self) -> None:
        for runner in self._runners.values():
            metrics.WAITING.labels(runner.stage.name).set(1 if runner.waiting_for else 0)
            if runner.row_count is not None:
                metrics.ROWS.labels(runner.stage.name).set(runner.row_count)

    async def _lags(self) -> Mapping[Any, int]:
        """Partition -> messages that are not committed yet, for the partitions of the stages that this process owns."""
        mine = [tp for topic in self._runners for tp in self._group.owned(topic)]
        ends = {tp: end for tp in mine if (end := self._group.end(tp)) is not None}
        lags = {tp: max(0, end - self._group.committed(tp)) for tp, end in ends.items()}
        if lagging := [tp for tp, lag in lags.items() if lag > 0]:
            # messages that retention has deleted do not wait; during the request partitions may be revoked
            earliest = await self._group.earliest(lagging)
            for tp in lagging:
                lags[tp] = max(0, min(lags[tp], ends[tp] - earliest.get(tp, 0)))
        return lags

    def _stalled_partitions(self, lags: Mapping[Any, int], now: float, at_rest: Container[str]) -> list[Any]:
        """The partitions that lag and whose commit has not moved for the set time, waiting on purpose not counted."""
        moved: dict[Any, tuple[int, float]] = {}
        for tp, lag in lags.items():
            if lag > 0:
                committed = self._group.committed(tp)
                before, since = self._moved.get(tp, (None, now))
                if before != committed or self._runners[tp.topic].stage.name in at_rest:
                    since = now
                moved[tp] = (committed, since)
        self._moved = moved
        return [tp for tp, (_, since) in moved.items() if now - since > self._settings.standstill_seconds]

    # --- HTTP ---------------------------------------------------------------------------------------------------

    async def serve(self, port: int) -> int:
        """Serve ``/metrics`` and ``/healthz``; return the port (0 chooses one). Raises `UsageError` if it is taken."""
        server = web.Application()
        server.router.add_get("/healthz", self._healthz)
        server.router.add_get("/metrics", self._metrics)
        runner = web.AppRunner(server, access_log=None, handle_signals=False)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._settings.metrics_host, port).start()
        except OSError as error:
            await runner.cleanup()
            raise UsageError(
                f"port {port} for metrics is taken: stop what uses it, or set STORYWATCH_METRICS_PORT to another "
                f"(0 chooses free ones)"
            ) from error
        self._server = runner
        chosen: int = runner.addresses[0][1]
        return chosen

    async def close(self) -> None:
        """Serve no more."""
        if self._server is not None:
            await self._server.cleanup()

    async def _healthz(self, request: web.Request) -> web.Response:
        """JSON with app, status, problems and the lag of each stage; 200 if there is no problem, else 503."""
        status = "ok" if not self.problems else STARTING if STARTING in self.problems else "failing"
        app = next((runner.stage.app for runner in self._runners.values()), None)
        body = {"app": app, "status": status, "problems": self.problems, "lag": self.lag}
        return web.json_response(body, status=503 if self.problems else 200)

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
