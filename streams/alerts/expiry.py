"""Keys and the log's times at which they were last needed in; those that nothing can ask for any more, out."""

from datetime import datetime, timedelta

# Longer than anything can come again: an update is kept for 30 days and an alert for 90, and a story takes articles for
# at most 90 after its last one.
TTL = timedelta(days=100)
REFRESH = timedelta(days=1)  # a row is written again for a new time once a day, not with each message
REMOVALS = 20  # rows removed in one call: many that grow old together must not hold up the stream


class ExpiringKeys:
    """Each key has the time at which it was last met; a row of an older version has none, and stays."""

    def __init__(self) -> None:
        self._last_used: dict[str, datetime] = {}  # oldest first

    def restore(self, key: str, at: datetime | None) -> None:
        """`touch` for many keys in any order; `settle` has to follow."""
        if at is not None:
            self._last_used[key] = at

    def settle(self) -> None:
        self._last_used = dict(sorted(self._last_used.items(), key=lambda item: (item[1], item[0])))

    def touch(self, key: str, at: datetime) -> bool:
        """A key is needed at ``at``, the log's time; whether its row should be written with that."""
        before = self._last_used.get(key)
        if before is not None and at - before < REFRESH:  # a difference of two times is never out of range
            return False
        self._last_used.pop(key, None)
        self._last_used[key] = at
        return True

    def forget(self, key: str) -> None:
        self._last_used.pop(key, None)

    def removals(self, now: datetime) -> list[str]:
        """Some of the keys that have grown too old, which are forgotten here."""
        old: list[str] = []
        for key, at in self._last_used.items():
            if now - at <= TTL or len(old) == REMOVALS:
                break
            old.append(key)
        for key in old:
            del self._last_used[key]
        return old
