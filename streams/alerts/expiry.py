"""Expiry of row keys by the log time at which they were last needed."""

from datetime import datetime, timedelta

# Longer than any message can come again: updates are retained for 30 days and alerts for 90, and a story takes articles
# for at most 90 days after its last one.
TTL = timedelta(days=100)
REFRESH = timedelta(days=1)  # a row's time is updated once a day, not with each message
REMOVALS = 20  # rows removed in one call, so that many expiring together do not block the stream


class ExpiringKeys:
    """Keys with the time of their last use. Rows of older versions have no time and never expire."""

    def __init__(self) -> None:
        self._last_used: dict[str, datetime] = {}  # oldest first

    def restore(self, key: str, at: datetime | None) -> None:
        """`touch` for many keys in any order; `settle` has to follow."""
        if at is not None:
            self._last_used[key] = at

    def settle(self) -> None:
        self._last_used = dict(sorted(self._last_used.items(), key=lambda item: (item[1], item[0])))

    def touch(self, key: str, at: datetime) -> bool:
        """Record that a key is needed at the log time ``at``. Returns whether its row should be written again."""
        before = self._last_used.get(key)
        if before is not None and at - before < REFRESH:  # unlike a sum, a difference of times never overflows
            return False
        self._last_used.pop(key, None)
        self._last_used[key] = at
        return True

    def forget(self, key: str) -> None:
        self._last_used.pop(key, None)

    def removals(self, now: datetime) -> list[str]:
        """Forget and return up to `REMOVALS` of the keys that have expired at ``now``."""
        old: list[str] = []
        for key, at in self._last_used.items():
            if now - at <= TTL or len(old) == REMOVALS:
                break
            old.append(key)
        for key in old:
            del self._last_used[key]
        return old
