"""The delivery queues of receivers: alerts and the outcomes of attempts -> the alerts that are due.

A message is an alert, or a notice about a source, in some state of its delivery; here both are called alerts. A new one
opens a row; an outcome updates or closes it. Nothing here sends: the stage's background work asks what is due, sends,
and reports the outcome as a message to the same stage, so that rows are written in log order only.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from msgspec.structs import replace

from streams.alerts.deliver.attempts import RunningAttempts
from streams.alerts.deliver.limits import Limits, no_limits
from streams.alerts.deliver.order import DueOrder
from streams.alerts.deliver.receiver_states import ReceiverRows, ReceiverStates
from streams.alerts.deliver.rows import ClosedAlert, DeliveryRow, OpenAlert, OpenNotice, open_row
from streams.alerts.expiry import ExpiringKeys
from streams.alerts.outcomes import is_final, rank
from streams.alerts.schedule import longest_pause
from streams.alerts.size import check_size
from streams.contract.messages import Deliverable, Delivery
from streams.contract.trace import Trace

GIVE_UP_AFTER = timedelta(days=4)  # of alerts that wait for a paused receiver: longer than all attempts take


class Queues:
    """The alerts of the receivers of one partition."""

    Row: ClassVar = DeliveryRow

    def __init__(self) -> None:
        self.receivers = ReceiverStates()
        self._open: dict[str, Deliverable] = {}
        self._traces: dict[str, Trace] = {}  # of the open alerts
        # (track, name of the receiver or "") -> ids of open alerts
        self._of_track: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._closed: dict[str, ClosedAlert] = {}
        self._order = DueOrder(self._open, self.receivers)
        self._expiring = ExpiringKeys()  # of closed alerts

    def restore(self, key: str, row: DeliveryRow) -> None:
        if isinstance(row, OpenAlert | OpenNotice):
            self._enqueue(row.alert, row.trace if isinstance(row, OpenAlert) else ())
            self.receivers.count_failures(row.alert, row.alert.delivery.attempts)
        elif isinstance(row, ClosedAlert):
            self._closed[key] = row
            self._expiring.restore(key, row.at)
        else:
            self.receivers.restore(key, row)

    def build_indexes(self) -> None:
        """Order the alerts once all rows are restored: the closed ones by their end, those of receivers that came back
        by their age."""
        self._expiring.settle()
        self._order.rebuild(self.receivers.were_paused())

    def take(self, alert: Deliverable, at: datetime, trace: Trace = ()) -> tuple[str, Mapping[str, DeliveryRow | None]]:
        """Handle one message at the log time ``at``. Returns the label of what it was, and the rows to store.

        An older state never undoes a newer one. Two processes may both send an alert while its partition moves from
        one to the other: of two outcomes of one attempt the final one counts, and a success counts whenever it comes.

        The next attempt is never later than the longest pause by the time of the log, as a clock may have been wrong.

        Raises `TooLarge` for an alert whose outcomes might not fit a message: it would be sent again at each start.
        """
        check_size(alert)
        alert = _within_pause(alert, at)
        if alert.delivery.status == "held":
            return "held", self._removals(at)  # it comes again once it may be sent
        closed, known = self._closed.get(alert.id), self._open.get(alert.id)
        delivery = alert.delivery
        rows = {**self._removals(at), **self.receivers.switch(alert), **self._note_accepted(alert)}
        final = is_final(delivery)
        if closed is not None and delivery.base > closed.attempts:  # asked for again since then
            self._reopen(alert.id)
            closed = None
        if closed is not None and not (delivery.status == "delivered" and closed.status == "failed"):
            return "repeated", rows
        if known is not None and delivery.status != "delivered":
            behind = rank(alert) - rank(known)
            if behind < 0 or (behind == 0 and not _is_earlier(delivery, known.delivery)):
                return "repeated", rows
        rows |= self._note_failure(alert, known)
        if not final:
            trace = self._traces.get(alert.id, trace)  # that before the first attempt
            self._enqueue(alert, trace)
            return ("retrying" if delivery.attempts else "queued"), {**rows, alert.id: open_row(alert, trace)}
        if self._open.pop(alert.id, None) is not None:
            self._leave_track(alert)
        self._traces.pop(alert.id, None)
        self._expiring.touch(alert.id, at)
        self._closed[alert.id] = row = ClosedAlert(delivery.status, delivery.attempts, at)
        return row.status, {**rows, alert.id: row}

    def waiting(self) -> int:
        return len(self._open)

    def oldest(self) -> datetime | None:
        """Return when the oldest undelivered alert was made."""
        return min((alert.made_at for alert in self._open.values()), default=None)

    def failing(self) -> set[str]:
        """Return the receivers whose last answer to a waiting alert was a failure."""
        return {alert.receiver for alert in self._open.values() if alert.delivery.attempts}

    def due(self, now: datetime, attempts: RunningAttempts, limits: Limits = no_limits) -> list[Deliverable]:
        """Return the alerts to send at ``now``: as many for each receiver as it takes, the longest due first.

        The receivers take turns: one that had no attempt for long comes first, whatever waits for the others.
        """
        due = [self._open[place[2]] for place, at in sorted(self._order.heads(attempts, limits)) if at <= now]
        return sorted(due, key=lambda alert: attempts.turn(alert.receiver))

    def due_for(
        self, receiver: str, now: datetime, attempts: RunningAttempts, limits: Limits = no_limits
    ) -> Deliverable | None:
        """Return the next alert of one receiver, if one is due."""
        heads = self._order.heads_of(receiver, attempts, limits)
        return next((self._open[place[2]] for place, at in heads if at <= now), None)

    def overdue(self, now: datetime) -> list[Deliverable]:
        """Return alerts that have waited for too long for a receiver that is paused."""
        return [alert for alert in self._open.values() if self.gives_up(alert, now) is not None]

    def gives_up(self, alert: Deliverable, now: datetime) -> datetime | None:
        """Return since when the receiver is paused, if that is too long for this alert."""
        since = self.receivers.paused_since(alert.receiver)
        return since if now - alert.made_at > GIVE_UP_AFTER else None

    def abandoned(self, delivers: Callable[[str, str], bool], attempts: RunningAttempts) -> list[Deliverable]:
        """Return at most one alert for each receiver to which its track does not send any more.

        ``delivers`` tells it for a track and the name of a receiver, "" for the track's own webhook.
        """
        found: dict[str, Deliverable] = {}
        for way in [way for way in self._of_track if not delivers(*way)]:
            for id_ in self._of_track[way]:
                alert = self._open[id_]
                if not attempts.is_busy(alert.receiver) and not attempts.outcome_is_coming(alert):
                    found.setdefault(alert.receiver, alert)
        return list(found.values())

    def next_due(self, attempts: RunningAttempts, limits: Limits = no_limits) -> datetime | None:
        """Return when the next alert can be sent, as far as is known now; None if no alert waits."""
        return min((at for _, at in self._order.heads(attempts, limits)), default=None)

    def trace(self, alert: Deliverable) -> Trace:
        """Return the trace of an open alert up to this stage."""
        return self._traces[alert.id]

    def awaits(self, id_: str, place: int) -> bool:
        """Return whether the alert is open in a state of a lower rank than ``place``."""
        known = self._open.get(id_)
        return known is not None and rank(known) < place

    def _note_accepted(self, alert: Deliverable) -> ReceiverRows:
        """Note that a receiver accepted an attempt: if that ends its pause, what it missed is due by its age."""
        rows = self.receivers.note_accepted(alert)
        if rows:
            self._order.rebuild([alert.receiver])
        return rows

    def _note_failure(self, alert: Deliverable, known: Deliverable | None) -> ReceiverRows:
        """Count a failed attempt: if the receiver is paused by it, what it missed in an earlier pause is not due by
        its age any more."""
        rows = self.receivers.note_failure(alert, known)
        if rows:
            self._order.rebuild([alert.receiver])
        return rows

    def _reopen(self, id_: str) -> None:
        """Forget how the delivery of an alert ended."""
        self._closed.pop(id_, None)
        self._expiring.forget(id_)

    def _enqueue(self, alert: Deliverable, trace: Trace) -> None:
        self._open[alert.id] = alert
        self._of_track[_way(alert)][alert.id] = None
        self._traces[alert.id] = trace
        self._order.add(alert)

    def _leave_track(self, alert: Deliverable) -> None:
        way = _way(alert)
        del self._of_track[way][alert.id]
        if not self._of_track[way]:
            del self._of_track[way]

    def _removals(self, at: datetime) -> dict[str, DeliveryRow | None]:
        """Remove the rows of alerts closed so long ago that no message for them can come again."""
        rows: dict[str, DeliveryRow | None] = dict.fromkeys(self._expiring.removals(at))
        for id_ in rows:
            del self._closed[id_]
        return rows


def _within_pause(alert: Deliverable, at: datetime) -> Deliverable:
    """Return the alert with its next attempt at most the longest pause after ``at``: who planned it may have had a
    clock that was ahead, by which it would wait for as long after the clock is right again."""
    delivery = alert.delivery
    latest = at + longest_pause(delivery.attempts - delivery.base)
    if delivery.next_at is None or delivery.status != "retrying" or delivery.next_at <= latest:
        return alert
    return replace(alert, delivery=replace(delivery, next_at=latest))


def _way(alert: Deliverable) -> tuple[str, str]:
    return alert.track, alert.receiver_name


def _is_earlier(delivery: Delivery, known: Delivery) -> bool:
    """Return whether the same state is now due earlier, because an attempt was requested by hand."""
    return delivery.next_at is not None and known.next_at is not None and delivery.next_at < known.next_at
