"""Limits how many old articles are in flight, as the congestion window of TCP limits bytes.

An article has left the pipeline when every stage on its path has committed past it: past the end that the input of the
stage had once the stage before it had committed. Live articles that follow move these ends, and are passed soon after.

The window shrinks by half when articles take too long, and grows while they are in time. Live articles, which travel
on the same topics, wait for no more old ones than the stages handle in moments, also on a loaded machine.
"""

from collections import deque
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from kafka import TopicPartition

from connectors.kafka.load import Positions

GROWTH = 0.25  # of the window, while as many articles pass in time as it holds

Step = AbstractSet[tuple[str, str]]  # (consumer group, name of a topic that it reads)


@dataclass
class _Batch:
    """Articles that were sent between two measurements. ``marks``: the offsets at which they passed ``step``."""

    count: int
    sent: float  # the first of them
    step: int = 0
    marks: dict[tuple[str, TopicPartition], int] = field(default_factory=dict)


class BackfillWindow:
    """The window of one sender. All times are by the clock of the measurements, in seconds."""

    def __init__(self, steps: Sequence[Step], most: int, late_seconds: float) -> None:
        """``most``: articles in flight, at most. ``late_seconds``: an article that is in flight for longer is late."""
        self._steps = steps
        self._most = most
        self._late_seconds = late_seconds
        self._size = float(most)
        self._shrunk = float("-inf")
        self._batches: deque[_Batch] = deque()

    @property
    def in_flight(self) -> int:
        """Articles that had not left the pipeline at the last measurement, and those sent since."""
        return sum(batch.count for batch in self._batches)

    def admits(self, count: int) -> bool:
        """Whether ``count`` more articles may be sent. They may whenever none is in flight."""
        return not self._batches or self.in_flight + count <= self._size

    def add(self, count: int, now: float) -> None:
        """Record that ``count`` articles are sent now. They are in the log before the next measurement."""
        newest = self._batches[-1] if self._batches else None
        if newest is None or newest.marks or newest.step:
            self._batches.append(_Batch(count, now))
        else:
            newest.count += count

    def update(self, positions: Positions) -> None:
        """Take a measurement into account."""
        for batch in self._batches:
            self._advance(batch, positions)
        self._adapt(positions.measured)

    def _advance(self, batch: _Batch, positions: Positions) -> None:
        while batch.step < len(self._steps):
            batch.marks = batch.marks or self._marks(batch.step, positions)
            if any(positions.committed[group][part] < mark for (group, part), mark in batch.marks.items()):
                return
            batch.step += 1
            batch.marks = {}

    def _marks(self, step: int, positions: Positions) -> dict[tuple[str, TopicPartition], int]:
        return {
            (group, part): end
            for group, topic in self._steps[step]
            for part, end in positions.ends.items()
            if part.topic == topic
        }

    def _adapt(self, now: float) -> None:
        while self._batches and self._batches[0].step == len(self._steps):
            batch = self._batches.popleft()
            if now - batch.sent <= self._late_seconds:
                self._size = min(self._most, self._size + GROWTH * batch.count)
        if self._batches:
            oldest = self._batches[0].sent
            if now - oldest > self._late_seconds and oldest > self._shrunk:
                self._size = max(1.0, self._size / 2)
                self._shrunk = now
