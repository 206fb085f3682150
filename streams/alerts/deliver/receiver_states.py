"""Outcomes of attempts -> which receivers of a partition are off, paused or failing, and when they last accepted one.

A receiver that answers 410 is off until it accepts an attempt again. One that keeps failing is paused: it gets one
attempt every `PROBE_EVERY` until it accepts one, and then what it missed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from streams.alerts.deliver.rows import OFF, PAUSED, ReceiverOff, ReceiverPaused
from streams.contract.messages import Deliverable, Delivery

# A receiver is paused after so many failures in a row, over at least so long: one alert alone never gets there, whose
# own attempts are probes enough, and neither does a receiver that restarts.
PAUSE_FAILURES = 20
PAUSE_AFTER = timedelta(hours=1)
PROBE_EVERY = timedelta(minutes=5)

ReceiverRows = Mapping[str, ReceiverOff | ReceiverPaused | None]


class Failures(NamedTuple):
    """Failed attempts at a receiver since it last accepted one."""

    number: int
    since: datetime
    last: datetime


class ReceiverStates:
    """The states of the receivers of one partition."""

    def __init__(self) -> None:
        self._off: dict[str, ReceiverOff] = {}  # receiver -> since when
        self._paused: dict[str, ReceiverPaused] = {}
        self._failures: dict[str, Failures] = {}  # receiver -> its failures in a row
        self._accepted: dict[str, datetime] = {}  # receiver -> when it last accepted an attempt, since the start

    def restore(self, key: str, row: ReceiverOff | ReceiverPaused) -> None:
        if isinstance(row, ReceiverOff):
            self._off[key.removeprefix(OFF)] = row
        else:
            self._paused[key.removeprefix(PAUSED)] = row

    def off(self, receiver: str) -> ReceiverOff | None:
        """Return the row of a receiver that is switched off, else None."""
        return self._off.get(receiver)

    def all_off(self) -> dict[str, datetime]:
        """Return since when each receiver is off; tracks may have resumed some of them meanwhile."""
        return {receiver: row.since for receiver, row in self._off.items()}

    def is_paused(self, receiver: str) -> bool:
        return self.paused_since(receiver) is not None

    def paused_since(self, receiver: str) -> datetime | None:
        """Return since when the receiver is paused because it kept failing, None if it is not."""
        paused = self._paused.get(receiver)
        return paused.since if paused is not None and paused.recovered is None else None

    def all_paused(self) -> dict[str, datetime]:
        """Return since when each receiver is paused because it kept failing."""
        return {receiver: row.since for receiver, row in self._paused.items() if row.recovered is None}

    def were_paused(self) -> set[str]:
        """Return the receivers that are or were paused."""
        return set(self._paused)

    def recovered_at(self, receiver: str) -> datetime | None:
        """Return when the receiver's last pause ended, None if it is paused or never was."""
        paused = self._paused.get(receiver)
        return None if paused is None else paused.recovered

    def last_failed(self, receiver: str) -> datetime | None:
        """Return when the receiver last failed, None if it has accepted an attempt since."""
        failures = self._failures.get(receiver)
        return None if failures is None else failures.last

    def last_accepted(self, receiver: str) -> datetime | None:
        """Return when the receiver last accepted an attempt, None if that was before the start of this process."""
        return self._accepted.get(receiver)

    def would_pause(self, receiver: str, at: datetime) -> bool:
        """Return whether one more failure, at ``at``, pauses the receiver."""
        failures = self._failures.get(receiver)
        enough = failures is not None and failures.number + 1 >= PAUSE_FAILURES and at - failures.since >= PAUSE_AFTER
        return enough and not self.is_paused(receiver)

    def switch(self, alert: Deliverable) -> ReceiverRows:
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

    def note_accepted(self, alert: Deliverable) -> ReceiverRows:
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
        return {f"{PAUSED}{receiver}": row}

    def note_failure(self, alert: Deliverable, known: Deliverable | None) -> ReceiverRows:
        """Count a failed attempt, and return the receiver's row if it is paused by it."""
        receiver, delivery = alert.receiver, alert.delivery
        if delivery.status not in ("retrying", "failed") or delivery.at is None or not _was_attempted(delivery):
            return {}
        self.count_failures(alert, max(0, delivery.attempts - (known.delivery.attempts if known is not None else 0)))
        if delivery.paused_at != delivery.at or self.is_paused(receiver):
            return {}
        self._paused[receiver] = row = ReceiverPaused(delivery.at)
        return {f"{PAUSED}{receiver}": row}

    def count_failures(self, alert: Deliverable, count: int) -> None:
        """Count ``count`` failed attempts, whose answers the alert carries."""
        if not count or not alert.delivery.answers:
            return
        first, last = alert.delivery.answers[0].at, alert.delivery.answers[-1].at
        before = self._failures.get(alert.receiver, Failures(0, first, last))
        self._failures[alert.receiver] = Failures(
            before.number + count, min(before.since, first if not before.number else last), max(before.last, last)
        )


def _was_attempted(delivery: Delivery) -> bool:
    """Return whether this state is the outcome of an attempt."""
    return bool(delivery.answers) and delivery.answers[-1].at == delivery.at
