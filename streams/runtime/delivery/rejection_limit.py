"""Limits rejections: many publishers' messages rejected at once pause the stage instead of filling the dead letters.

One publisher whose pages changed must stop no other one, so each counts for a tenth of the window at most. When the
messages of many publishers are rejected, the cause is more likely ours (a bad release, another schema, a mapping). A
message without a publisher counts as one of an unknown publisher.

The window is kept in a file: a process that ends with each message would otherwise never reach the limit.
"""

from collections import Counter, deque
from pathlib import Path

import msgspec

from streams.runtime.files import atomic_write

LEAST_PUBLISHERS = 5  # four that break on one day are a coincidence that happens
CRASH_LOOP_WEIGHT = 10  # each one has cost three starts, so that a fifth of the usual number is enough
SAVED_EVERY = 20  # passed messages: a crash forgets fewer than that
PASSED = ""  # stands for no publisher


class _Saved(msgspec.Struct):
    window: list[tuple[str, int]]  # publisher of a rejected message, or PASSED; its weight
    paused: bool = False


class RejectionLimit:
    """The last ``messages`` outcomes of a stage; the limit is exceeded by rejections of over ``percent`` of them."""

    def __init__(self, path: Path, messages: int, percent: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._messages = messages
        self._percent = percent
        self._most_of_one = max(1, messages // 10)
        self._least = messages // 4  # a few rejections after a quiet hour are not many
        try:
            saved = msgspec.json.decode(path.read_bytes(), type=_Saved)
        except (FileNotFoundError, msgspec.DecodeError):  # the first start, or a power cut in the middle of a write
            saved = _Saved([])
        self._window: deque[tuple[str, int]] = deque(saved.window, maxlen=messages)
        self._paused = saved.paused
        self._unsaved = 0

    def count_passed(self) -> None:
        """Count a message that passed. The first one after a pause begins a new window: the cause is gone."""
        if self._paused:
            self._window.clear()
            self._paused = False
            self._save()
        self._window.append((PASSED, 1))
        self._unsaved += 1
        if self._unsaved >= SAVED_EVERY:
            self._save()

    def count_rejection(self, publisher: str, *, crash_loop: bool = False) -> str | None:
        """Count a rejection, and return None. If the limit is exceeded by it, do not count it, and return the reason
        to pause."""
        this = (publisher or "unknown", CRASH_LOOP_WEIGHT if crash_loop else 1)
        last = [*self._window, this][-self._messages :]
        rejected: Counter[str] = Counter()
        for name, weight in last:
            if name != PASSED:
                rejected[name] += weight
        passed = sum(name == PASSED for name, _ in last)
        weighed = sum(min(count, self._most_of_one) for count in rejected.values())
        if (
            len(rejected) >= LEAST_PUBLISHERS
            and weighed >= self._least
            and weighed > (weighed + passed) * self._percent / 100
        ):
            self._paused = True
            self._save()
            return f"{len(last) - passed} of the last {len(last)} messages were refused, of {len(rejected)} publishers"
        self._window.append(this)
        self._save()
        return None

    def _save(self) -> None:
        self._unsaved = 0
        atomic_write(self._path, msgspec.json.encode(_Saved(list(self._window), self._paused)))
