"""Heartbeats: a message to a receiver that asked for one, at the end of each interval without an alert.

Each is sent once, by the worker that owns the receiver's partition; one that fails is not repeated, since the next one
follows. Nothing is stored: a worker that starts in the middle of an interval sends at its end.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog

from streams.agents.support.services import Services
from streams.alerts.deliver.queues import Queues
from streams.alerts.receivers import named_receiver_id
from streams.contract.messages import NamedReceiver, digest
from streams.contract.plugins import Note
from streams.runtime import metrics
from streams.runtime.metrics import report_unexpected
from streams.runtime.partitions import partition_of

log = structlog.get_logger("storywatch.deliver")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Heartbeats:
    """The heartbeats of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._began: dict[str, datetime] = {}  # name -> begin of the interval that runs
        self._running: set[asyncio.Task[None]] = set()

    def send_due(self, owned: Mapping[int, Queues], now: datetime) -> None:
        """Send to each receiver whose interval has ended without an alert."""
        self._running = {task for task in self._running if not task.done()}
        for name, receiver in self._services.receivers.values.items():
            if receiver.heartbeat_minutes is None or receiver.paused_at is not None:
                continue
            id_ = named_receiver_id(name)
            queues = owned.get(partition_of(id_, self._services.settings.partitions))
            if queues is None or queues.receivers.off(id_) is not None:
                self._began.pop(name, None)
                continue
            length = timedelta(minutes=receiver.heartbeat_minutes)
            begins = now - (now - _EPOCH) % length
            before = self._began.setdefault(name, begins)
            if begins > before:
                self._began[name] = begins
                accepted = queues.receivers.last_accepted(id_)
                if accepted is None or accepted < before:
                    self._running.add(asyncio.create_task(self._send(receiver, id_, begins)))

    def stop(self) -> None:
        for task in self._running:
            task.cancel()

    async def _send(self, receiver: NamedReceiver, id_: str, at: datetime) -> None:
        note = Note(
            type="storywatch.heartbeat",
            at=at,
            receiver=receiver.name,
            text=f"Storywatch is running. No alert in the {receiver.heartbeat_minutes} minutes before "
            f"{at:%Y-%m-%d %H:%M} UTC.",
        )
        try:
            attempt = await self._services.post.send_note(note, digest("heartbeat", id_, at.isoformat()), receiver.hook)
        except Exception as error:  # whatever this receiver caused
            report_unexpected("webhook", error)
            return
        outcome = "delivered" if attempt.outcome == "delivered" else "failed"
        metrics.HEARTBEATS.labels(outcome).inc()
        log.info("heartbeat", receiver=receiver.name, outcome=outcome, error=attempt.error)
