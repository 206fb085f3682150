"""The order of a partition's alerts: when each is due, by its next attempt and by the state of its receiver."""

import heapq
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from streams.alerts.deliver.attempts import RunningAttempts
from streams.alerts.deliver.limits import Limit, Limits
from streams.alerts.deliver.receiver_states import PROBE_EVERY, ReceiverStates
from streams.contract.messages import Deliverable

# (due at, made at, alert id)
QueuePosition = tuple[datetime, datetime, str]


class DueOrder:
    """A heap of positions for each receiver. Those of an alert's former states stay until they come up."""

    def __init__(self, alerts: Mapping[str, Deliverable], receivers: ReceiverStates) -> None:
        """``alerts``: the open ones by id, as they are at each call."""
        self._open = alerts
        self._receivers = receivers
        self._queues: dict[str, list[QueuePosition]] = {}  # by receiver

    def add(self, alert: Deliverable) -> None:
        """Add an open alert in its latest state."""
        heapq.heappush(self._queues.setdefault(alert.receiver, []), self._position(alert))

    def rebuild(self, receivers: Collection[str]) -> None:
        """Build the queues of some receivers again, whose alerts have other positions by now."""
        for receiver in receivers:
            self._queues.pop(receiver, None)
        for alert in self._open.values():
            if alert.receiver in receivers:
                self.add(alert)

    def heads(self, attempts: RunningAttempts, limits: Limits) -> Iterator[tuple[QueuePosition, datetime]]:
        """Yield the first current positions of each receiver that has room, each with the time when it is due."""
        for receiver in list(self._queues):
            yield from self.heads_of(receiver, attempts, limits)

    def heads_of(
        self, receiver: str, attempts: RunningAttempts, limits: Limits
    ) -> list[tuple[QueuePosition, datetime]]:
        """Return those of one receiver."""
        if receiver not in self._queues:
            return []
        limit = limits(receiver)
        alone = limit.opens_at is not None or self._receivers.is_paused(receiver)
        room = limit.concurrency - attempts.count(receiver)
        if limit.held or room <= 0 or (self._receivers.is_paused(receiver) and attempts.is_busy(receiver)):
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

    def _due_at(self, head: QueuePosition, limit: Limit) -> datetime:
        """Return when the head of a queue is due: at once if its receiver is off, where nothing has to wait."""
        receiver = self._open[head[2]].receiver
        if self._receivers.off(receiver) is not None:
            return head[1]
        due = head[0]
        if self._receivers.is_paused(receiver):  # whichever alert it is serves as a probe
            failed = self._receivers.last_failed(receiver)
            due = due if failed is None else failed + PROBE_EVERY
            if limit.resumed_at is not None and (failed is None or limit.resumed_at > failed):
                due = min(due, limit.resumed_at)
        return due if limit.opens_at is None else max(due, limit.opens_at)

    def _position(self, alert: Deliverable) -> QueuePosition:
        """Return the position of an alert in its queue. What a receiver missed in a pause is due by its age."""
        due, recovered = alert.delivery.next_at or alert.made_at, self._receivers.recovered_at(alert.receiver)
        if recovered is not None and (alert.delivery.at or due) <= recovered:
            due = alert.made_at
        return (due, alert.made_at, alert.id)
