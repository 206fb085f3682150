"""The delivery queues of webhook receivers: alerts and the outcomes of attempts -> the alerts that are due.

The only message type is an `Alert` in some state of its delivery. A new one opens a row; an outcome updates or closes
it. Nothing here sends: the stage's background work asks what is due, sends, and reports the outcome as a message to the
same stage, so that rows are written in log order only.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.expiry import ExpiringKeys
from streams.alerts.receivers import origin
from streams.alerts.schedule import next_attempt
from streams.alerts.size import check_size
from streams.contract.messages import Alert, Answer, Delivery
from streams.contract.trace import Trace

MOST_ANSWERS = 20  # of one alert: the schedule makes eleven attempts, and more can be requested by hand
MOST_ERROR_CHARACTERS = 500  # of an answer's error, since a receiver may answer anything


class OpenAlert(Struct, frozen=True, array_like=True, tag="open"):
    """Row: an alert that is not delivered yet, in its latest state."""

    alert: Alert
    trace: Trace = ()  # of its article up to this stage; outcomes continue it


class ClosedAlert(Struct, frozen=True, array_like=True, tag="closed"):
    """Row: how the delivery of an alert ended, so that the same alert is not delivered again."""

    status: str
    attempts: int
    at: datetime  # log time


class ReceiverOff(Struct, frozen=True, array_like=True, tag="off"):
    """Row: a receiver that answered 410, by ``receiver:`` and its id, until it accepts an attempt again."""

    since: datetime


DeliveryRow = OpenAlert | ClosedAlert | ReceiverOff

OFF = "receiver:"  # prefix of a receiver's id; no alert's id has a colon


class RunningAttempts:
    """The attempts of this process: those that run, and those whose outcome is sent but not yet read from the log.

    It outlives the queues, which are built again at each rebalance, so that an attempt that runs meanwhile is not
    repeated.
    """

    def __init__(self) -> None:
        self._busy: set[str] = set()  # receivers
        self._reported: dict[str, int] = {}  # alert id -> its rank with the outcome

    def begin(self, alert: Alert) -> None:
        """Mark the alert's receiver as busy: it gets no other alert meanwhile."""
        self._busy.add(alert.receiver)

    def end(self, alert: Alert, reported: Alert | None) -> None:
        """End the attempt. ``reported``: the outcome that was sent to the log, None if none was."""
        self._busy.discard(alert.receiver)
        if reported is not None:
            self._reported[alert.id] = _rank(reported)

    def is_busy(self, receiver: str) -> bool:
        return receiver in self._busy

    def outcome_is_coming(self, alert: Alert) -> bool:
        """Return whether the log has an outcome newer than this state of the alert."""
        return self._reported.get(alert.id, -1) > _rank(alert)

    def forget(self, came: Callable[[str, int], bool]) -> None:
        """Forget the reported outcomes for which ``came(alert id, rank)`` is true."""
        for id_ in [id_ for id_, rank in self._reported.items() if came(id_, rank)]:
            del self._reported[id_]


class Queues:
    """The alerts of the receivers of one partition."""

    Row: ClassVar = DeliveryRow

    def __init__(self) -> None:
        self._open: dict[str, Alert] = {}
        self._traces: dict[str, Trace] = {}  # of the open alerts
        self._of_track: defaultdict[str, dict[str, None]] = defaultdict(dict)  # track -> ids of its open alerts
        self._closed: dict[str, ClosedAlert] = {}
        self._queues: dict[str, list[QueuePosition]] = {}  # receiver -> heap of its alerts, some entries outdated
        self._off: dict[str, ReceiverOff] = {}  # receiver -> since when
        self._expiring = ExpiringKeys()  # of closed alerts

    def restore(self, key: str, row: DeliveryRow) -> None:
        if isinstance(row, OpenAlert):
            self._enqueue(row.alert, row.trace)
        elif isinstance(row, ReceiverOff):
            self._off[key.removeprefix(OFF)] = row
        else:
            self._closed[key] = row
            self._expiring.restore(key, row.at)

    def build_indexes(self) -> None:
        """Order the closed alerts by their end once all rows are restored."""
        self._expiring.settle()

    def take(self, alert: Alert, at: datetime, trace: Trace = ()) -> tuple[str, Mapping[str, DeliveryRow | None]]:
        """Handle one message at the log time ``at``. Returns the label of what it was, and the rows to store.

        An older state never undoes a newer one. Two processes may both send an alert while its partition moves from
        one to the other: of two outcomes of one attempt the final one counts, and a success counts whenever it comes.

        Raises `TooLarge` for an alert whose outcomes might not fit a message: it would be sent again at each start.
        """
        check_size(alert)
        if alert.delivery.status == "held":
            return "held", self._removals(at)  # it comes again once it may be sent
        closed, known = self._closed.get(alert.id), self._open.get(alert.id)
        delivery = alert.delivery
        rows = {**self._removals(at), **self._switch_receiver(alert)}
        final = _is_final(delivery)
        if closed is not None and not (delivery.status == "delivered" and closed.status == "failed"):
            return "repeated", rows
        if known is not None and delivery.status != "delivered":
            behind = _rank(alert) - _rank(known)
            if behind < 0 or (behind == 0 and not _is_earlier(delivery, known.delivery)):
                return "repeated", rows
        if not final:
            trace = self._traces.get(alert.id, trace)  # that before the first attempt
            self._enqueue(alert, trace)
            return ("retrying" if delivery.attempts else "queued"), {**rows, alert.id: OpenAlert(alert, trace)}
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

    def off(self, receiver: str) -> ReceiverOff | None:
        """Return the row of a receiver that is switched off, else None."""
        return self._off.get(receiver)

    def all_off(self) -> dict[str, datetime]:
        """Return since when each receiver is off; tracks may have resumed some of them meanwhile."""
        return {receiver: row.since for receiver, row in self._off.items()}

    def due(self, now: datetime, attempts: RunningAttempts) -> list[Alert]:
        """Return the alerts to send at ``now``: at most one for each receiver, the longest due first."""
        heads = [head for head in self._heads(attempts) if self._due_at(head) <= now]
        return [self._open[id_] for _, _, id_ in sorted(heads)]

    def abandoned(self, delivers: Callable[[str], bool], attempts: RunningAttempts) -> list[Alert]:
        """Return at most one alert for each receiver whose track, by ``delivers``, has no webhook any more."""
        found: dict[str, Alert] = {}
        for track in [track for track in self._of_track if not delivers(track)]:
            for id_ in self._of_track[track]:
                alert = self._open[id_]
                if not attempts.is_busy(alert.receiver) and not attempts.outcome_is_coming(alert):
                    found.setdefault(alert.receiver, alert)
        return list(found.values())

    def next_due(self, attempts: RunningAttempts) -> datetime | None:
        """Return when the next alert can be sent, as far as is known now; None if no alert waits."""
        return min((self._due_at(head) for head in self._heads(attempts)), default=None)

    def trace(self, alert: Alert) -> Trace:
        """Return the trace of an open alert up to this stage."""
        return self._traces[alert.id]

    def awaits(self, id_: str, rank: int) -> bool:
        """Return whether the alert is open in a state below ``rank``."""
        known = self._open.get(id_)
        return known is not None and _rank(known) < rank

    def _due_at(self, head: "QueuePosition") -> datetime:
        """Return when the head of a queue is due: at once if its receiver is off, where nothing has to wait."""
        return head[1] if self._open[head[2]].receiver in self._off else head[0]

    def _switch_receiver(self, alert: Alert) -> dict[str, DeliveryRow | None]:
        """Switch the receiver off or on if this state of the alert says so, and return its row."""
        receiver, delivery = alert.receiver, alert.delivery
        known = self._off.get(receiver)
        if delivery.at is None or (known is not None and delivery.at <= known.since):
            return {}
        if delivery.off:
            self._off[receiver] = row = ReceiverOff(delivery.at)
            return {f"{OFF}{receiver}": row}
        was_attempted = bool(delivery.answers) and delivery.answers[-1].at == delivery.at
        if known is None or not was_attempted:
            return {}
        del self._off[receiver]
        return {f"{OFF}{receiver}": None}

    def _heads(self, attempts: RunningAttempts) -> Iterator["QueuePosition"]:
        """Yield the first current entry of each receiver that is not busy."""
        for receiver in [receiver for receiver in self._queues if not attempts.is_busy(receiver)]:
            queue = self._queues[receiver]
            while queue and not self._is_current(queue[0], attempts):
                heapq.heappop(queue)
            if queue:
                yield queue[0]
            else:
                del self._queues[receiver]

    def _is_current(self, place: "QueuePosition", attempts: RunningAttempts) -> bool:
        """Return whether a queue entry is still valid. An outcome from the log gives its alert another position."""
        alert = self._open.get(place[2])
        return alert is not None and _queue_position(alert) == place and not attempts.outcome_is_coming(alert)

    def _enqueue(self, alert: Alert, trace: Trace) -> None:
        self._open[alert.id] = alert
        self._of_track[alert.track][alert.id] = None
        self._traces[alert.id] = trace
        heapq.heappush(self._queues.setdefault(alert.receiver, []), _queue_position(alert))

    def _leave_track(self, alert: Alert) -> None:
        del self._of_track[alert.track][alert.id]
        if not self._of_track[alert.track]:
            del self._of_track[alert.track]

    def _removals(self, at: datetime) -> dict[str, DeliveryRow | None]:
        """Remove the rows of alerts closed so long ago that no message for them can come again."""
        rows: dict[str, DeliveryRow | None] = dict.fromkeys(self._expiring.removals(at))
        for id_ in rows:
            del self._closed[id_]
        return rows


# (due at, made at, alert id): the order of a receiver's queue
QueuePosition = tuple[datetime, datetime, str]


def _queue_position(alert: Alert) -> QueuePosition:
    return (alert.delivery.next_at or alert.made_at, alert.made_at, alert.id)


def _is_final(delivery: Delivery) -> bool:
    return delivery.status not in ("pending", "retrying")


def _rank(alert: Alert) -> int:
    """Order the states of one alert: by attempts, and with equal attempts a final state is later."""
    return 2 * alert.delivery.attempts + _is_final(alert.delivery)


def _is_earlier(delivery: Delivery, known: Delivery) -> bool:
    """Return whether the same state is now due earlier, because an attempt was requested by hand."""
    return delivery.next_at is not None and known.next_at is not None and delivery.next_at < known.next_at


def closed(alert: Alert, why: str) -> Alert:
    """Return the alert as failed, without a further attempt."""
    state = replace(alert.delivery, status="failed", error=why, next_at=None)
    return replace(alert, url=_origin(alert), delivery=state)


def hurried(alert: Alert, now: datetime) -> Alert | None:
    """Return the alert with its next attempt due at ``now``; None if it waits for no later one."""
    if alert.delivery.status != "retrying" or alert.delivery.next_at is None or alert.delivery.next_at <= now:
        return None
    return replace(alert, delivery=replace(alert.delivery, next_at=now))


def _origin(alert: Alert) -> str | None:
    return None if alert.url is None else origin(alert.url)  # older messages hold the whole URL


def after_attempt(
    alert: Alert,
    at: datetime,
    *,
    delivered: bool,
    give_up: bool = False,
    off: bool = False,
    code: int | None = None,
    error: str | None = None,
    retry_after_seconds: float | None = None,
) -> Alert:
    """Return the alert in its state after one more attempt. ``off``: the answer switched the receiver off."""
    attempts = max(alert.delivery.attempts, 0) + 1
    error = _short(error)
    before = [replace(one, error=_short(one.error)) for one in alert.delivery.answers]
    answers = (*before, Answer(at=at, code=code, error=error))[-MOST_ANSWERS:]
    if delivered:
        state = Delivery(status="delivered", attempts=attempts, at=at, code=code, answers=answers)
    else:
        pause = None if give_up else next_attempt(attempts, retry_after_seconds, alert.id)
        state = Delivery(
            status="failed" if pause is None else "retrying",
            attempts=attempts,
            at=at,
            code=code,
            error=error,
            next_at=None if pause is None else at + pause,
            off=off,
            answers=answers,
        )
    return replace(alert, url=_origin(alert), delivery=state)


def _short(error: str | None) -> str | None:
    """Cut an error to `MOST_ERROR_CHARACTERS` and make it valid UTF-8."""
    return error and error[:MOST_ERROR_CHARACTERS].encode(errors="replace").decode()
