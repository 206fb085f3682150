"""The delivery queues of receivers: alerts and the outcomes of attempts -> the alerts that are due.

A message is an alert, or a notice about a source, in some state of its delivery; here both are called alerts. A new one
opens a row; an outcome updates or closes it. Nothing here sends: the stage's background work asks what is due, sends,
and reports the outcome as a message to the same stage, so that rows are written in log order only.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.expiry import ExpiringKeys
from streams.alerts.outcomes import is_final, rank
from streams.alerts.schedule import longest_pause
from streams.alerts.size import check_size
from streams.contract.messages import Alert, Deliverable, Delivery, SourceNotice
from streams.contract.trace import Trace

# A receiver is paused after so many failures in a row, over at least so long: one alert alone never gets there, whose
# own attempts are probes enough, and neither does a receiver that restarts.
PAUSE_FAILURES = 20
PAUSE_AFTER = timedelta(hours=1)
PROBE_EVERY = timedelta(minutes=5)
MOST_TURNS = 10_000  # receivers whose latest turn is known; one without comes first
GIVE_UP_AFTER = timedelta(days=4)  # of alerts that wait for a paused receiver: longer than all attempts take


class OpenAlert(Struct, frozen=True, array_like=True, tag="open"):
    """Row: an alert that is not delivered yet, in its latest state."""

    alert: Alert
    trace: Trace = ()  # of its article up to this stage; outcomes continue it


class OpenNotice(Struct, frozen=True, array_like=True, tag="notice"):
    """Row: a notice that is not delivered yet, in its latest state."""

    alert: SourceNotice


class ClosedAlert(Struct, frozen=True, array_like=True, tag="closed"):
    """Row: how the delivery of an alert ended, so that the same alert is not delivered again."""

    status: str
    attempts: int
    at: datetime  # log time


class ReceiverOff(Struct, frozen=True, array_like=True, tag="off"):
    """Row: a receiver that answered 410, by ``receiver:`` and its id, until it accepts an attempt again."""

    since: datetime


class ReceiverPaused(Struct, frozen=True, array_like=True, tag="paused"):
    """Row: a receiver that kept failing, by ``paused:`` and its id. It gets probes until it accepts one."""

    since: datetime
    recovered: datetime | None = None  # then what it missed is due, the oldest first


DeliveryRow = OpenAlert | OpenNotice | ClosedAlert | ReceiverOff | ReceiverPaused

OFF, PAUSED = "receiver:", "paused:"  # prefixes of a receiver's id; no alert's id has a colon


class Limit(NamedTuple):
    """What a receiver takes now."""

    concurrency: int = 1  # attempts at the same time
    opens_at: datetime | None = None  # with a limit of rate: when its next attempt may start
    held: bool = False  # paused by hand: its alerts wait
    resumed_at: datetime | None = None  # by hand


Limits = Callable[[str], Limit]  # by receiver id


def no_limits(receiver: str) -> Limit:
    """One attempt at a time, as the webhooks of tracks take them."""
    return Limit()


class Failures(NamedTuple):
    """Failed attempts at a receiver since it last accepted one."""

    number: int
    since: datetime
    last: datetime


class RunningAttempts:
    """The attempts of this process: those that run, and those whose outcome is sent but not yet read from the log.

    It outlives the queues, which are built again at each rebalance, so that an attempt that runs meanwhile is not
    repeated.
    """

    def __init__(self) -> None:
        self._running: defaultdict[str, set[str]] = defaultdict(set)  # receiver -> ids of alerts
        self._turns: dict[str, int] = {}  # receiver -> number of its latest attempt among all
        self._begun = 0
        self._reported: dict[str, int] = {}  # alert id -> its rank with the outcome

    def begin(self, alert: Deliverable) -> None:
        """Note that an attempt runs: its receiver has room for one less meanwhile."""
        self._running[alert.receiver].add(alert.id)
        self._begun += 1
        self._turns.pop(alert.receiver, None)  # so that the first of them had none for longest
        self._turns[alert.receiver] = self._begun
        if len(self._turns) > MOST_TURNS:
            del self._turns[next(iter(self._turns))]

    def end(self, alert: Deliverable, reported: Deliverable | None) -> None:
        """End the attempt. ``reported``: the outcome that was sent to the log, None if none was."""
        self._running[alert.receiver].discard(alert.id)
        if not self._running[alert.receiver]:
            del self._running[alert.receiver]
        if reported is not None:
            self._reported[alert.id] = rank(reported)

    def turn(self, receiver: str) -> int:
        """Return the number of the receiver's latest attempt among all of this process, 0 before its first."""
        return self._turns.get(receiver, 0)

    def is_busy(self, receiver: str) -> bool:
        return receiver in self._running

    def count(self, receiver: str) -> int:
        """Return how many attempts at the receiver run."""
        return len(self._running[receiver]) if receiver in self._running else 0

    def runs(self, alert: Deliverable) -> bool:
        return alert.receiver in self._running and alert.id in self._running[alert.receiver]

    def outcome_is_coming(self, alert: Deliverable) -> bool:
        """Return whether the log has an outcome newer than this state of the alert."""
        return self._reported.get(alert.id, -1) > rank(alert)

    def unread(self) -> int:
        """Return how many outcomes are sent but not yet read, behind which new alerts wait in the log."""
        return len(self._reported)

    def forget(self, came: Callable[[str, int], bool]) -> None:
        """Forget the reported outcomes for which ``came(alert id, rank)`` is true."""
        for id_ in [id_ for id_, place in self._reported.items() if came(id_, place)]:
            del self._reported[id_]


class Queues:
    """The alerts of the receivers of one partition."""

    Row: ClassVar = DeliveryRow

    def __init__(self) -> None:
        self._open: dict[str, Deliverable] = {}
        self._traces: dict[str, Trace] = {}  # of the open alerts
        # (track, name of the receiver or "") -> ids of open alerts
        self._of_track: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._closed: dict[str, ClosedAlert] = {}
        self._queues: dict[str, list[QueuePosition]] = {}  # receiver -> heap of its alerts, some entries outdated
        self._off: dict[str, ReceiverOff] = {}  # receiver -> since when
        self._paused: dict[str, ReceiverPaused] = {}
        self._failures: dict[str, Failures] = {}  # receiver -> its failures in a row
        self._accepted: dict[str, datetime] = {}  # receiver -> when it last accepted an attempt, since the start
        self._expiring = ExpiringKeys()  # of closed alerts

    def restore(self, key: str, row: DeliveryRow) -> None:
        if isinstance(row, OpenAlert | OpenNotice):
            self._enqueue(row.alert, row.trace if isinstance(row, OpenAlert) else ())
            self._count_failures(row.alert, row.alert.delivery.attempts)
        elif isinstance(row, ReceiverOff):
            self._off[key.removeprefix(OFF)] = row
        elif isinstance(row, ReceiverPaused):
            self._paused[key.removeprefix(PAUSED)] = row
        else:
            self._closed[key] = row
            self._expiring.restore(key, row.at)

    def build_indexes(self) -> None:
        """Order the alerts once all rows are restored: the closed ones by their end, those of receivers that came back
        by their age."""
        self._expiring.settle()
        self._requeue(self._paused.keys())

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
        rows = {**self._removals(at), **self._switch_receiver(alert), **self._end_pause(alert)}
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
            return ("retrying" if delivery.attempts else "queued"), {**rows, alert.id: _open_row(alert, trace)}
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

    def last_accepted(self, receiver: str) -> datetime | None:
        """Return when the receiver last accepted an attempt, None if that was before the start of this process."""
        return self._accepted.get(receiver)

    def all_off(self) -> dict[str, datetime]:
        """Return since when each receiver is off; tracks may have resumed some of them meanwhile."""
        return {receiver: row.since for receiver, row in self._off.items()}

    def all_paused(self) -> dict[str, datetime]:
        """Return since when each receiver is paused because it kept failing."""
        return {receiver: row.since for receiver, row in self._paused.items() if row.recovered is None}

    def would_pause(self, receiver: str, at: datetime) -> bool:
        """Return whether one more failure, at ``at``, pauses the receiver."""
        failures = self._failures.get(receiver)
        enough = failures is not None and failures.number + 1 >= PAUSE_FAILURES and at - failures.since >= PAUSE_AFTER
        return enough and not self._is_paused(receiver)

    def due(self, now: datetime, attempts: RunningAttempts, limits: Limits = no_limits) -> list[Deliverable]:
        """Return the alerts to send at ``now``: as many for each receiver as it takes, the longest due first.

        The receivers take turns: one that had no attempt for long comes first, whatever waits for the others.
        """
        due = [self._open[place[2]] for place, at in sorted(self._heads(attempts, limits)) if at <= now]
        return sorted(due, key=lambda alert: attempts.turn(alert.receiver))

    def due_for(
        self, receiver: str, now: datetime, attempts: RunningAttempts, limits: Limits = no_limits
    ) -> Deliverable | None:
        """Return the next alert of one receiver, if one is due."""
        heads = self._heads_of(receiver, attempts, limits) if receiver in self._queues else []
        return next((self._open[place[2]] for place, at in heads if at <= now), None)

    def overdue(self, now: datetime) -> list[Deliverable]:
        """Return alerts that have waited for too long for a receiver that is paused."""
        return [alert for alert in self._open.values() if self.gives_up(alert, now) is not None]

    def gives_up(self, alert: Deliverable, now: datetime) -> datetime | None:
        """Return since when the receiver is paused, if that is too long for this alert."""
        paused = self._paused.get(alert.receiver)
        if paused is None or paused.recovered is not None or now - alert.made_at <= GIVE_UP_AFTER:
            return None
        return paused.since

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
        return min((at for _, at in self._heads(attempts, limits)), default=None)

    def trace(self, alert: Deliverable) -> Trace:
        """Return the trace of an open alert up to this stage."""
        return self._traces[alert.id]

    def awaits(self, id_: str, place: int) -> bool:
        """Return whether the alert is open in a state of a lower rank than ``place``."""
        known = self._open.get(id_)
        return known is not None and rank(known) < place

    def _due_at(self, head: "QueuePosition", limit: Limit) -> datetime:
        """Return when the head of a queue is due: at once if its receiver is off, where nothing has to wait."""
        receiver = self._open[head[2]].receiver
        if receiver in self._off:
            return head[1]
        due = head[0]
        if self._is_paused(receiver):  # whichever alert it is serves as a probe
            failures = self._failures.get(receiver)
            due = due if failures is None else failures.last + PROBE_EVERY
            if limit.resumed_at is not None and (failures is None or limit.resumed_at > failures.last):
                due = min(due, limit.resumed_at)
        return due if limit.opens_at is None else max(due, limit.opens_at)

    def _is_paused(self, receiver: str) -> bool:
        paused = self._paused.get(receiver)
        return paused is not None and paused.recovered is None

    def _reopen(self, id_: str) -> None:
        """Forget how the delivery of an alert ended."""
        self._closed.pop(id_, None)
        self._expiring.forget(id_)

    def _end_pause(self, alert: Deliverable) -> dict[str, DeliveryRow | None]:
        """Note that a receiver accepted an attempt, and return its row if that ends its pause."""
        receiver, delivery = alert.receiver, alert.delivery
        if delivery.status != "delivered" or delivery.at is None:
            return {}
        self._accepted[receiver] = max(delivery.at, self._accepted.get(receiver, delivery.at))
        failures, paused = self._failures.get(receiver), self._paused.get(receiver)
        if failures is not None and delivery.at >= failures.last:
            del self._failures[receiver]
        if paused is None or paused.recovered is not None or delivery.at <= paused.since:
            return {}
        self._paused[receiver] = row = ReceiverPaused(paused.since, delivery.at)
        self._requeue([receiver])
        return {f"{PAUSED}{receiver}": row}

    def _note_failure(self, alert: Deliverable, known: Deliverable | None) -> dict[str, DeliveryRow | None]:
        """Count a failed attempt, and return the receiver's row if it is paused by it."""
        receiver, delivery = alert.receiver, alert.delivery
        if delivery.status not in ("retrying", "failed") or delivery.at is None or not _was_attempted(delivery):
            return {}
        self._count_failures(alert, max(0, delivery.attempts - (known.delivery.attempts if known is not None else 0)))
        if delivery.paused_at != delivery.at or self._is_paused(receiver):
            return {}
        self._paused[receiver] = row = ReceiverPaused(delivery.at)
        self._requeue([receiver])  # what it missed in an earlier pause was due by its age
        return {f"{PAUSED}{receiver}": row}

    def _count_failures(self, alert: Deliverable, count: int) -> None:
        if not count or not alert.delivery.answers:
            return
        first, last = alert.delivery.answers[0].at, alert.delivery.answers[-1].at
        before = self._failures.get(alert.receiver, Failures(0, first, last))
        self._failures[alert.receiver] = Failures(
            before.number + count, min(before.since, first if not before.number else last), max(before.last, last)
        )

    def _requeue(self, receivers: Collection[str]) -> None:
        """Build the queues of some receivers again, whose alerts have other positions by now."""
        for receiver in receivers:
            self._queues.pop(receiver, None)
        for alert in self._open.values():
            if alert.receiver in receivers:
                heapq.heappush(self._queues.setdefault(alert.receiver, []), self._position(alert))

    def _switch_receiver(self, alert: Deliverable) -> dict[str, DeliveryRow | None]:
        """Switch the receiver off or on if this state of the alert says so, and return its row."""
        receiver, delivery = alert.receiver, alert.delivery
        known = self._off.get(receiver)
        if delivery.at is None or (known is not None and delivery.at <= known.since):
            return {}
        if delivery.off:
            self._off[receiver] = row = ReceiverOff(delivery.at)
            return {f"{OFF}{receiver}": row}
        if known is None or not _was_attempted(delivery):
            return {}
        del self._off[receiver]
        return {f"{OFF}{receiver}": None}

    def _heads(self, attempts: RunningAttempts, limits: Limits) -> Iterator[tuple["QueuePosition", datetime]]:
        """Yield the first current positions of each receiver that has room, each with the time when it is due."""
        for receiver in list(self._queues):
            yield from self._heads_of(receiver, attempts, limits)

    def _heads_of(
        self, receiver: str, attempts: RunningAttempts, limits: Limits
    ) -> list[tuple["QueuePosition", datetime]]:
        limit = limits(receiver)
        alone = limit.opens_at is not None or self._is_paused(receiver)
        room = limit.concurrency - attempts.count(receiver)
        if limit.held or room <= 0 or (self._is_paused(receiver) and attempts.is_busy(receiver)):
            return []
        queue, current = self._queues[receiver], []
        found: list[tuple[QueuePosition, datetime]] = []
        while queue and len(found) < (1 if alone else room):
            place = heapq.heappop(queue)
            alert = self._open.get(place[2])
            if alert is None or self._position(alert) != place or attempts.outcome_is_coming(alert):
                continue  # outdated: an outcome from the log gives its alert another position
            current.append(place)
            if not attempts.runs(alert):
                found.append((place, self._due_at(place, limit)))
        for place in current:
            heapq.heappush(queue, place)
        if not queue:
            del self._queues[receiver]
        return found

    def _position(self, alert: Deliverable) -> "QueuePosition":
        """Return the position of an alert in its queue. What a receiver missed in a pause is due by its age."""
        due, paused = alert.delivery.next_at or alert.made_at, self._paused.get(alert.receiver)
        if paused is not None and paused.recovered is not None and (alert.delivery.at or due) <= paused.recovered:
            due = alert.made_at
        return (due, alert.made_at, alert.id)

    def _enqueue(self, alert: Deliverable, trace: Trace) -> None:
        self._open[alert.id] = alert
        self._of_track[_way(alert)][alert.id] = None
        self._traces[alert.id] = trace
        heapq.heappush(self._queues.setdefault(alert.receiver, []), self._position(alert))

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


def _open_row(alert: Deliverable, trace: Trace) -> OpenAlert | OpenNotice:
    match alert:
        case Alert():
            return OpenAlert(alert, trace)
        case SourceNotice():
            return OpenNotice(alert)
    raise TypeError(f"{type(alert).__name__} is nothing that is delivered")


# (due at, made at, alert id): the order of a receiver's queue
QueuePosition = tuple[datetime, datetime, str]


def _way(alert: Deliverable) -> tuple[str, str]:
    return alert.track, alert.receiver_name


def _was_attempted(delivery: Delivery) -> bool:
    """Return whether this state is the outcome of an attempt."""
    return bool(delivery.answers) and delivery.answers[-1].at == delivery.at


def _is_earlier(delivery: Delivery, known: Delivery) -> bool:
    """Return whether the same state is now due earlier, because an attempt was requested by hand."""
    return delivery.next_at is not None and known.next_at is not None and delivery.next_at < known.next_at
