"""Alerts and the outcomes of their attempts in, what is due to be sent out: the queues of the receivers.

One message type comes in: an `Alert` in some state of its delivery. A new one opens a row; an outcome moves it on or
closes it. Nothing here sends: the stage's background work asks what is due, sends, and reports the outcome as a
message to this same stage, so that a row is written only in the order of the log.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.schedule import next_attempt
from streams.messages import Alert, Delivery


class Open(Struct, frozen=True, array_like=True, tag="open"):
    """Row: an alert that is not delivered yet, in its latest state."""

    alert: Alert


class Closed(Struct, frozen=True, array_like=True, tag="closed"):
    """Row: what became of an alert, so that the same alert again is known to be done."""

    status: str
    attempts: int


Kept = Open | Closed


class Queues:
    """The alerts of the receivers of one partition."""

    Row: ClassVar = Kept

    def __init__(self) -> None:
        self._open: dict[str, Alert] = {}
        self._closed: dict[str, Closed] = {}
        self._in_flight: set[str] = set()  # receivers that are being asked right now
        self._reported: dict[str, int] = {}  # alert -> attempts that were reported and are not back from the log yet

    def restore(self, key: str, row: Kept) -> None:
        if isinstance(row, Open):
            self._open[key] = row.alert
        else:
            self._closed[key] = row

    def settle(self) -> None:
        """Rows stand for themselves."""

    def take(self, alert: Alert) -> tuple[str, Mapping[str, Kept | None]]:
        """One message of the log in; what it was, and the rows to keep. Older states never undo newer ones."""
        known = self._open.get(alert.id)
        attempts = alert.delivery.attempts
        if alert.id in self._closed or (known is not None and attempts <= known.delivery.attempts):
            return "repeated", {}
        if self._reported.get(alert.id, 0) <= attempts:
            self._reported.pop(alert.id, None)
        if alert.delivery.status in ("pending", "retrying"):
            self._open[alert.id] = alert
            return ("retrying" if attempts else "queued"), {alert.id: Open(alert)}
        self._open.pop(alert.id, None)
        self._closed[alert.id] = closed = Closed(alert.delivery.status, attempts)
        return closed.status, {alert.id: closed}

    def waiting(self) -> int:
        return len(self._open)

    def oldest(self) -> datetime | None:
        """When the oldest alert that is not delivered yet was made."""
        return min((alert.made_at for alert in self._open.values()), default=None)

    def failing(self) -> set[str]:
        """The receivers whose last answer to an alert that still waits was no success."""
        return {alert.receiver for alert in self._open.values() if alert.delivery.attempts}

    def due(self, now: datetime) -> list[Alert]:
        """At most one alert a receiver, the longest due first: what can be sent at ``now``."""
        chosen: dict[str, Alert] = {}
        for alert in self._sendable():
            if _due_at(alert) <= now:
                best = chosen.get(alert.receiver)
                if best is None or _order(alert) < _order(best):
                    chosen[alert.receiver] = alert
        return sorted(chosen.values(), key=_order)

    def next_due(self) -> datetime | None:
        """When the next alert can be sent, as far as is known now."""
        return min((_due_at(alert) for alert in self._sendable()), default=None)

    def _sendable(self) -> list[Alert]:
        return [
            alert
            for alert in self._open.values()
            if alert.receiver not in self._in_flight and self._reported.get(alert.id, 0) <= alert.delivery.attempts
        ]

    def begin(self, alert: Alert) -> None:
        """This alert is being sent: its receiver is asked for nothing else meanwhile."""
        self._in_flight.add(alert.receiver)

    def end(self, alert: Alert, reported: Alert | None) -> None:
        """The attempt is over; ``reported`` is the outcome that was sent to the log, if it was."""
        self._in_flight.discard(alert.receiver)
        if reported is not None and alert.id in self._open:  # the log may have been quicker than its confirmation
            self._reported[alert.id] = reported.delivery.attempts


def _due_at(alert: Alert) -> datetime:
    return alert.delivery.next_at or alert.made_at


def _order(alert: Alert) -> tuple[datetime, datetime, str]:
    return (_due_at(alert), alert.made_at, alert.id)


def after_attempt(
    alert: Alert,
    at: datetime,
    *,
    delivered: bool,
    give_up: bool = False,
    code: int | None = None,
    error: str | None = None,
    retry_after_seconds: float | None = None,
) -> Alert:
    """The alert in the state that one more attempt leaves it in."""
    attempts = alert.delivery.attempts + 1
    if delivered:
        state = Delivery(status="delivered", attempts=attempts, at=at, code=code)
    else:
        pause = None if give_up else next_attempt(attempts, retry_after_seconds, alert.id)
        state = Delivery(
            status="failed" if pause is None else "retrying",
            attempts=attempts,
            at=at,
            code=code,
            error=error,
            next_at=None if pause is None else at + pause,
        )
    return replace(alert, delivery=state)
