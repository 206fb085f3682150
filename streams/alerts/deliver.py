"""Alerts and the outcomes of their attempts in, what is due to be sent out: the queues of the receivers.

One message type comes in: an `Alert` in some state of its delivery. A new one opens a row; an outcome moves it on or
closes it. Nothing here sends: the stage's background work asks what is due, sends, and reports the outcome as a
message to this same stage, so that a row is written only in the order of the log.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.expiry import Ageing
from streams.alerts.receivers import origin
from streams.alerts.schedule import next_attempt
from streams.alerts.size import check_size
from streams.contract.messages import Alert, Answer, Delivery
from streams.contract.trace import Trace

MOST_ANSWERS = 20  # kept of one alert: the schedule makes eleven attempts, and somebody may ask for more by hand
MOST_ERROR_CHARACTERS = 500  # of what an answer was: a receiver may say anything


class Open(Struct, frozen=True, array_like=True, tag="open"):
    """Row: an alert that is not delivered yet, in its latest state."""

    alert: Alert
    way: Trace = ()  # of its article to here; an outcome goes on with it


class Closed(Struct, frozen=True, array_like=True, tag="closed"):
    """Row: what became of an alert, so that the same alert again is known to be done."""

    status: str
    attempts: int
    at: datetime  # the log's time of it


class Off(Struct, frozen=True, array_like=True, tag="off"):
    """Row: a receiver that answered 410, kept by ``receiver:`` and its id until it takes an attempt again."""

    since: datetime


Kept = Open | Closed | Off

OFF = "receiver:"  # before a receiver's id: no alert's id has a colon


class Attempts:
    """The attempts of this process: what is asked right now, and what was reported and is not back from the log yet.

    It outlives the queues, which are built again at each rebalance: an attempt that runs meanwhile is not made twice.
    """

    def __init__(self) -> None:
        self._asked: set[str] = set()  # receivers
        self._reported: dict[str, int] = {}  # alert -> the rank that it had with the outcome

    def begin(self, alert: Alert) -> None:
        """This alert is being sent: its receiver is asked for nothing else meanwhile."""
        self._asked.add(alert.receiver)

    def end(self, alert: Alert, reported: Alert | None) -> None:
        """The attempt is over; ``reported`` is the outcome that was sent to the log, if it was."""
        self._asked.discard(alert.receiver)
        if reported is not None:
            self._reported[alert.id] = _rank(reported)

    def asking(self, receiver: str) -> bool:
        return receiver in self._asked

    def outcome_is_coming(self, alert: Alert) -> bool:
        """Whether the log has an outcome that is newer than this state of the alert."""
        return self._reported.get(alert.id, -1) > _rank(alert)

    def forget(self, came: Callable[[str, int], bool]) -> None:
        """Forget the reports for which ``came(alert id, rank)`` holds."""
        for id_ in [id_ for id_, rank in self._reported.items() if came(id_, rank)]:
            del self._reported[id_]


class Queues:
    """The alerts of the receivers of one partition."""

    Row: ClassVar = Kept

    def __init__(self) -> None:
        self._open: dict[str, Alert] = {}
        self._ways: dict[str, Trace] = {}  # of the open ones
        self._of_track: defaultdict[str, dict[str, None]] = defaultdict(dict)  # track -> ids of its open alerts
        self._closed: dict[str, Closed] = {}
        self._queues: dict[str, list[Place]] = {}  # receiver -> heap of what may be due; outdated places are skipped
        self._off: dict[str, Off] = {}  # receiver -> since when
        self._ageing = Ageing()  # of closed alerts

    def restore(self, key: str, row: Kept) -> None:
        if isinstance(row, Open):
            self._enter(row.alert, row.way)
        elif isinstance(row, Off):
            self._off[key.removeprefix(OFF)] = row
        else:
            self._closed[key] = row
            self._ageing.restore(key, row.at)

    def build_indexes(self) -> None:
        """All rows are there: closed alerts grow old in the order in which they were closed."""
        self._ageing.settle()

    def take(self, alert: Alert, at: datetime, way: Trace = ()) -> tuple[str, Mapping[str, Kept | None]]:
        """One message of the log in, at the log's time and with its way; what it was, and the rows to keep.

        Older states never undo newer ones. Two processes may both have asked a receiver while a partition went from
        one to the other: of two outcomes of one attempt the final one holds, and a delivery is one whenever it comes.

        Raises `TooLarge` for an alert whose outcomes might not fit a message: it would be sent again at each start.
        """
        check_size(alert)
        closed, known = self._closed.get(alert.id), self._open.get(alert.id)
        delivery = alert.delivery
        gone = {**self._removals(at), **self._switched(alert)}
        final = _is_final(delivery)
        if closed is not None and not (delivery.status == "delivered" and closed.status == "failed"):
            return "repeated", gone
        if known is not None and delivery.status != "delivered":
            behind = _rank(alert) - _rank(known)
            if behind < 0 or (behind == 0 and not _sooner(delivery, known.delivery)):
                return "repeated", gone
        if not final:
            way = self._ways.get(alert.id, way)  # as it was before the first attempt
            self._enter(alert, way)
            return ("retrying" if delivery.attempts else "queued"), {**gone, alert.id: Open(alert, way)}
        if self._open.pop(alert.id, None) is not None:
            self._leave_track(alert)
        self._ways.pop(alert.id, None)
        self._ageing.meet(alert.id, at)
        self._closed[alert.id] = row = Closed(delivery.status, delivery.attempts, at)
        return row.status, {**gone, alert.id: row}

    def waiting(self) -> int:
        return len(self._open)

    def oldest(self) -> datetime | None:
        """When the oldest alert that is not delivered yet was made."""
        return min((alert.made_at for alert in self._open.values()), default=None)

    def failing(self) -> set[str]:
        """The receivers whose last answer to an alert that still waits was no success."""
        return {alert.receiver for alert in self._open.values() if alert.delivery.attempts}

    def off(self, receiver: str) -> Off | None:
        """Since when a receiver is switched off; None for one that is not."""
        return self._off.get(receiver)

    def all_off(self) -> dict[str, datetime]:
        """The receivers that are switched off, since when; some may have been resumed by their tracks meanwhile."""
        return {receiver: row.since for receiver, row in self._off.items()}

    def due(self, now: datetime, attempts: Attempts) -> list[Alert]:
        """At most one alert a receiver, the longest due first: what can be sent at ``now``."""
        heads = [head for head in self._heads(attempts) if self._due(head) <= now]
        return [self._open[id_] for _, _, id_ in sorted(heads)]

    def abandoned(self, delivers: Callable[[str], bool], attempts: Attempts) -> list[Alert]:
        """At most one alert a receiver: one that nobody waits for, because for its track ``delivers`` does not hold."""
        found: dict[str, Alert] = {}
        for track in [track for track in self._of_track if not delivers(track)]:
            for id_ in self._of_track[track]:
                alert = self._open[id_]
                if not attempts.asking(alert.receiver) and not attempts.outcome_is_coming(alert):
                    found.setdefault(alert.receiver, alert)
        return list(found.values())

    def next_due(self, attempts: Attempts) -> datetime | None:
        """When the next alert can be sent, as far as is known now."""
        return min((self._due(head) for head in self._heads(attempts)), default=None)

    def way(self, alert: Alert) -> Trace:
        """The way of an open alert to here."""
        return self._ways[alert.id]

    def awaits(self, id_: str, rank: int) -> bool:
        """Whether the alert is open in a state of a lower rank than that."""
        known = self._open.get(id_)
        return known is not None and _rank(known) < rank

    def _due(self, head: "Place") -> datetime:
        """When the head of a queue is to be looked at: at once where its receiver is off, where nothing is to wait."""
        return head[1] if self._open[head[2]].receiver in self._off else head[0]

    def _switched(self, alert: Alert) -> dict[str, Kept | None]:
        """The row of the alert's receiver, where this state of the alert switches it off, or on again by an attempt."""
        receiver, delivery = alert.receiver, alert.delivery
        known = self._off.get(receiver)
        if delivery.at is None or (known is not None and delivery.at <= known.since):
            return {}
        if delivery.off:
            self._off[receiver] = row = Off(delivery.at)
            return {f"{OFF}{receiver}": row}
        asked = bool(delivery.answers) and delivery.answers[-1].at == delivery.at
        if known is None or not asked:
            return {}
        del self._off[receiver]
        return {f"{OFF}{receiver}": None}

    def _heads(self, attempts: Attempts) -> Iterator["Place"]:
        """The first place of each receiver that is not being asked."""
        for receiver in [receiver for receiver in self._queues if not attempts.asking(receiver)]:
            queue = self._queues[receiver]
            while queue and not self._stands(queue[0], attempts):
                heapq.heappop(queue)
            if queue:
                yield queue[0]
            else:
                del self._queues[receiver]

    def _stands(self, place: "Place", attempts: Attempts) -> bool:
        """Whether the alert is still in this place. When its outcome comes from the log it gets another one."""
        alert = self._open.get(place[2])
        return alert is not None and _place(alert) == place and not attempts.outcome_is_coming(alert)

    def _enter(self, alert: Alert, way: Trace) -> None:
        self._open[alert.id] = alert
        self._of_track[alert.track][alert.id] = None
        self._ways[alert.id] = way
        heapq.heappush(self._queues.setdefault(alert.receiver, []), _place(alert))

    def _leave_track(self, alert: Alert) -> None:
        del self._of_track[alert.track][alert.id]
        if not self._of_track[alert.track]:
            del self._of_track[alert.track]

    def _removals(self, at: datetime) -> dict[str, Kept | None]:
        """Rows of alerts that were closed so long ago that no message of theirs can come again."""
        gone: dict[str, Kept | None] = dict.fromkeys(self._ageing.removals(at))
        for id_ in gone:
            del self._closed[id_]
        return gone


# when it is due, when it was made, and the alert's id: the order of a receiver's queue
Place = tuple[datetime, datetime, str]


def _place(alert: Alert) -> Place:
    return (alert.delivery.next_at or alert.made_at, alert.made_at, alert.id)


def _is_final(delivery: Delivery) -> bool:
    return delivery.status not in ("pending", "retrying")


def _rank(alert: Alert) -> int:
    """Orders the states of one alert: by attempts, and of two with as many the final one is the later."""
    return 2 * alert.delivery.attempts + _is_final(alert.delivery)


def _sooner(delivery: Delivery, known: Delivery) -> bool:
    """Whether somebody wants the next attempt earlier: the same state, due before its time."""
    return delivery.next_at is not None and known.next_at is not None and delivery.next_at < known.next_at


def closed(alert: Alert, why: str) -> Alert:
    """The alert when it is given up without a further attempt."""
    state = replace(alert.delivery, status="failed", error=why, next_at=None)
    return replace(alert, url=_origin(alert), delivery=state)


def hurried(alert: Alert, now: datetime) -> Alert | None:
    """The alert with its next attempt due now, if it waits for a later one."""
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
    """The alert in the state that one more attempt leaves it in. ``off``: the answer switched the receiver off."""
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
    """What a message can carry of it, whatever a receiver has said."""
    return error and error[:MOST_ERROR_CHARACTERS].encode(errors="replace").decode()
