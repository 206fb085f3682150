"""How far the stages of the pipeline are, measured on demand and shared by all who ask at about the same time."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError

from connectors.kafka import admin
from streams.contract.errors import StorywatchError, Unavailable
from streams.contract.stage import STORE
from streams.runtime import topology
from streams.runtime.settings import Settings

FRESH_SECONDS = 0.5  # a measurement costs the broker some ten requests
STALE_SECONDS = 5.0  # an older measurement is not used even while another thread makes a new one


@dataclass(frozen=True)
class Positions:
    """Where topics end, and up to where consumer groups have handled them.

    ``committed``: group -> partition -> offset of the next message to handle. ``ends``: partition -> offset of the next
    message to come, read after ``committed``: what a stage sent before its commit lies before the end.
    """

    committed: Mapping[str, Mapping[TopicPartition, int]]
    ends: Mapping[TopicPartition, int]
    measured: float  # when it began, by the clock

    def waiting(self, group: str) -> int:
        """Messages that the group has not handled yet."""
        return sum(max(0, self.ends[part] - offset) for part, offset in self.committed[group].items())


class PipelineLoad:
    """Measures where the stages are. Usable by several threads; `close` ends its connection."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._groups = topology.consumer_groups(settings)
        self._alerting = [group for group in self._groups if group != settings.app_id(STORE)]
        self._clock = clock
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._client: Any = None
        self._partitions: dict[str, list[TopicPartition]] = {}  # by group
        self._latest: Positions | StorywatchError | None = None
        self._measured = float("-inf")

    def measure(self, *, since: float | None = None) -> Positions:
        """Measured after ``since``, or at most half a second ago; a little more while another thread measures.

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

    def waiting_for_alerts(self) -> int:
        """Messages that wait anywhere but before Elasticsearch. Raises as `measure`."""
        positions = self.measure()
        return sum(positions.waiting(group) for group in self._alerting)

    def _oldest(self, since: float | None) -> float:
        return since if since is not None else self._clock() - FRESH_SECONDS

    def _is_from(self, moment: float) -> bool:
        return self._measured >= moment

    def _result(self) -> Positions:
        if isinstance(self._latest, Positions):
            return self._latest
        raise Unavailable(str(self._latest)) from self._latest

    def _renew(self) -> None:
        started = self._clock()
        try:
            if self._client is None:
                self._client = self._open.enter_context(admin.admin(self._settings))
                self._partitions = {
                    group: admin.partitions(self._client, names) for group, names in self._groups.items()
                }
            self._latest = self._read(started)
        except (StorywatchError, KafkaError, OSError) as error:
            self._disconnect()
            self._latest = error if isinstance(error, StorywatchError) else admin.explain_failure(self._settings, error)
            self._measured = self._clock()  # failing takes seconds: what was found out counts from its end
            return
        self._measured = started

    def _read(self, started: float) -> Positions:
        committed = {
            group: admin.committed_offsets(self._client, group, parts) for group, parts in self._partitions.items()
        }
        everywhere = list(dict.fromkeys(part for parts in self._partitions.values() for part in parts))
        return Positions(
            {
                group: {part: admin.next_offset(committed[group].get(part)) for part in parts}
                for group, parts in self._partitions.items()
            },
            admin.end_offsets(self._client, everywhere),
            started,
        )

    def _disconnect(self) -> None:
        self._client = None
        with contextlib.suppress(KafkaError, OSError):
            self._open.close()

    def close(self) -> None:
        with self._lock:
            self._disconnect()
