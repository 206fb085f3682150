"""How many articles of an archive may be in the pipeline at a time, and which of those sent have left it.

An article has left it when every stage on its way has committed past it: past the end that the input of the stage had
once the stage before it had committed. Live articles that follow move these ends and are passed soon after.

A window limits the articles on their way, as TCP limits the bytes: it shrinks by half when articles take too long, and
grows while they are in time. So live articles, which travel on the same topics, never have more of an archive before
them than the stages do within moments, also on a machine with other work.
"""

from collections import deque
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from kafka import TopicPartition

from connectors.kafka.load import Positions

GROWTH = 0.25  # of the window, while as many articles pass in time as it holds

Leg = AbstractSet[tuple[str, str]]  # (consumer group, name of a topic that it reads)


@dataclass
class _Batch:
    """Articles that were sent between two measurements, and how far they are: ``marks`` are where ``leg`` ends."""

    count: int
    sent: float  # the first of them
    leg: int = 0
    marks: dict[tuple[str, TopicPartition], int] = field(default_factory=dict)


class BackfillWindow:
    """The window of one sender. All times are by the clock of the measurements, in seconds."""

    def __init__(self, legs: Sequence[Leg], most: int, late_seconds: float) -> None:
        """``most``: articles on their way at a time, at most. ``late_seconds``: longer on their way is too long."""
        self._legs = legs
        self._most = most
        self._late_seconds = late_seconds
        self._size = float(most)
        self._shrunk = float("-inf")
        self._batches: deque[_Batch] = deque()

    @property
    def under_way(self) -> int:
        """Articles that were sent and have not left the pipeline, by the last measurement."""
        return sum(batch.count for batch in self._batches)

    def admits(self, count: int) -> bool:
        """Whether so many more may be sent. Some always may when none is on its way."""
        return not self._batches or self.under_way + count <= self._size

    def add(self, count: int, now: float) -> None:
        """So many are sent now, and in the log before the next measurement."""
        newest = self._batches[-1] if self._batches else None
        if newest is None or newest.marks or newest.leg:
            self._batches.append(_Batch(count, now))
        else:
            newest.count += count

    def update(self, positions: Positions) -> None:
        """Take a measurement into account."""
        for batch in self._batches:
            self._advance(batch, positions)
        self._adapt(positions.measured)

    def _advance(self, batch: _Batch, positions: Positions) -> None:
        while batch.leg < len(self._legs):
            batch.marks = batch.marks or self._marks(batch.leg, positions)
            if any(positions.committed[group][part] < mark for (group, part), mark in batch.marks.items()):
                return
            batch.leg += 1
            batch.marks = {}

    def _marks(self, leg: int, positions: Positions) -> dict[tuple[str, TopicPartition], int]:
        return {
            (group, part): end
            for group, topic in self._legs[leg]
            for part, end in positions.ends.items()
            if part.topic == topic
        }

    def _adapt(self, now: float) -> None:
        while self._batches and self._batches[0].leg == len(self._legs):
            batch = self._batches.popleft()
            if now - batch.sent <= self._late_seconds:
                self._size = min(self._most, self._size + GROWTH * batch.count)
        if self._batches:
            oldest = self._batches[0].sent
            if now - oldest > self._late_seconds and oldest > self._shrunk:
                self._size = max(1.0, self._size / 2)
                self._shrunk = now
