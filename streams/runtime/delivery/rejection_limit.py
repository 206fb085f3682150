"""What became of a stage's last messages in; whether its refusals have become a flood, out.

One publisher whose pages changed must stop nobody else, so each counts for a tenth of the window at most. When many
publishers' messages are refused, the fault is more likely ours (a bad release, another schema, a mapping), and a topic
must not drain into the dead letters. A message without a publisher counts as one of an unknown one.

The window is kept in a file: a stage that ends with each message would otherwise never see the flood.
"""

import os
from collections import Counter, deque
from pathlib import Path

import msgspec

LEAST_PUBLISHERS = 5  # four that break on one day are a coincidence that happens
DEADLY_COUNTS = 10  # each one has cost three starts, so that a fifth of the usual number is enough
SAVED_EVERY = 20  # passed messages: a crash forgets fewer than that
PASSED = ""  # stands for no publisher


class _Kept(msgspec.Struct):
    window: list[tuple[str, int]]  # publisher of a refused message, or PASSED; how much it counts
    paused: bool = False


class Flood:
    """The last ``messages`` outcomes of a stage, and when they are too many refusals: over ``percent`` of them."""

    def __init__(self, path: Path, messages: int, percent: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._messages = messages
        self._percent = percent
        self._most_of_one = max(1, messages // 10)
        self._least = messages // 4  # a few refusals after a quiet hour are no flood
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        except (FileNotFoundError, msgspec.DecodeError):  # the first start, or a power cut in the middle of a write
            kept = _Kept([])
        self._window: deque[tuple[str, int]] = deque(kept.window, maxlen=messages)
        self._paused = kept.paused
        self._unsaved = 0

    def passed(self) -> None:
        """One message was not refused. The first one after a pause begins a new window: the cause is gone."""
        if self._paused:
            self._window.clear()
            self._paused = False
            self._save()
        self._window.append((PASSED, 1))
        self._unsaved += 1
        if self._unsaved >= SAVED_EVERY:
            self._save()

    def refuse(self, publisher: str, *, deadly: bool = False) -> str | None:
        """Count a refusal, or say why it is one too many; then it is not counted, and the stage has to pause."""
        this = (publisher or "unknown", DEADLY_COUNTS if deadly else 1)
        last = [*self._window, this][-self._messages :]
        refused: Counter[str] = Counter()
        for name, counts in last:
            if name != PASSED:
                refused[name] += counts
        passed = sum(name == PASSED for name, _ in last)
        weighed = sum(min(count, self._most_of_one) for count in refused.values())
        if (
            len(refused) >= LEAST_PUBLISHERS
            and weighed >= self._least
            and weighed > (weighed + passed) * self._percent / 100
        ):
            self._paused = True
            self._save()
            return f"{len(last) - passed} of the last {len(last)} messages were refused, of {len(refused)} publishers"
        self._window.append(this)
        self._save()
        return None

    def _save(self) -> None:
        self._unsaved = 0
        temporary = self._path.with_suffix(f".{os.getpid()}.tmp")  # two workers may share a folder
        temporary.write_bytes(msgspec.json.encode(_Kept(list(self._window), self._paused)))
        temporary.replace(self._path)
