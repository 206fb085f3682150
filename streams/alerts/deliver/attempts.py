"""The attempts of this process: those that run, and those whose outcome is not yet read from the log."""

from collections import defaultdict
from collections.abc import Callable

from streams.alerts.outcomes import rank
from streams.contract.messages import Deliverable

MOST_TURNS = 10_000  # receivers whose latest turn is known; one without comes first


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
