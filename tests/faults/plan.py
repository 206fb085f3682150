"""The order of the faults from a seed: every kind occurs before one occurs more often than its weight."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.catalogue import FAULTS
from tests.faults.faults import Fault

ROUND = 20  # faults between two audits


@dataclass(frozen=True)
class Plan:
    """What a run does. ``only``: faults whose name contains it."""

    faults: int
    seed: int
    quick: bool = False
    outage_seconds: float = 60.0
    only: str = ""

    def order(self) -> Iterator[Fault]:
        """Never ends. All kinds once, in a random order, then all as often as they weigh, and so on."""
        chance = random.Random(self.seed)
        kinds = [fault for fault in FAULTS if self.only in fault.name and (fault.quick or not self.quick)]
        if not kinds:
            raise SystemExit(f"no fault is called {self.only!r}")
        waiting: deque[Fault] = deque(chance.sample(kinds, len(kinds)))
        while True:
            if not waiting:
                deck = [fault for fault in kinds for _ in range(fault.weight)]
                waiting.extend(chance.sample(deck, len(deck)))
            yield waiting.popleft()
