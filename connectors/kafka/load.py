"""How many messages wait in the pipeline, measured on demand and shared by all who ask at about the same time."""

import contextlib
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from kafka.errors import KafkaError

from connectors.kafka import admin
from streams.contract.errors import StorywatchError, Unavailable
from streams.contract.stage import STORE
from streams.runtime import topology
from streams.runtime.settings import Settings

FRESH_SECONDS = 0.5  # a measurement costs the broker some thirty requests
STALE_SECONDS = 5.0  # an older measurement is not used even while another thread makes a new one


@dataclass(frozen=True)
class Waiting:
    """Messages that wait before the stages. ``alerting``: without those that wait for Elasticsearch alone."""

    everywhere: int
    alerting: int
    measured: float  # by the clock


class PipelineLoad:
    """Measures what waits. Usable by several threads; `close` ends its connection."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._groups = topology.consumer_groups(settings)
        self._clock = clock
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._client: Any = None
        self._latest: Waiting | StorywatchError | None = None
        self._measured = float("-inf")

    def measure(self, *, since: float | None = None) -> Waiting:
        """What waits: measured after ``since``, or at most half a second ago; a little more while another one measures.

        Raises `Unavailable` when Kafka does not answer, and at once if it did not half a second ago.
        """
        if self._is_from(self._oldest(since)):
            return self._result()
        waits = since is not None or not self._is_from(self._clock() - STALE_SECONDS)
        if self._lock.acquire(blocking=waits):
            try:
                if not self._is_from(self._oldest(since)):  # another thread may have measured meanwhile
                    self._renew()
            finally:
                self._lock.release()
        return self._result()

    def _oldest(self, since: float | None) -> float:
        return since if since is not None else self._clock() - FRESH_SECONDS

    def _is_from(self, moment: float) -> bool:
        return self._measured >= moment

    def _result(self) -> Waiting:
        if isinstance(self._latest, Waiting):
            return self._latest
        raise Unavailable(str(self._latest)) from self._latest

    def _renew(self) -> None:
        started = self._clock()
        try:
            if self._client is None:
                self._client = self._open.enter_context(admin.admin(self._settings))
            lags = {group: admin.measure_lag(self._client, {group: read}) for group, read in self._groups.items()}
        except (StorywatchError, KafkaError, OSError) as error:
            self._disconnect()
            self._latest = error if isinstance(error, StorywatchError) else admin.explain_failure(self._settings, error)
            self._measured = self._clock()  # failing takes seconds: what was found out counts from its end
            return
        store = self._settings.app_id(STORE)
        sums = {group: sum(one.values()) for group, one in lags.items()}
        self._latest = Waiting(sum(sums.values()), sum(sums.values()) - sums.get(store, 0), started)
        self._measured = started

    def _disconnect(self) -> None:
        self._client = None
        with contextlib.suppress(KafkaError, OSError):
            self._open.close()

    def close(self) -> None:
        with self._lock:
            self._disconnect()
