"""Token buckets: how many requests each API key may send to this process."""

import math
import time
from collections.abc import Callable

BURST_SECONDS = 2.0  # a bucket holds what comes into it in this time


class RateLimit:
    """One bucket for each name. There are as many as there are keys, which an operator makes."""

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._most = max(1.0, per_second * BURST_SECONDS)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # name -> tokens, and when they were counted

    def take(self, name: str) -> int:
        """Take one token: 0 if there was one, else the seconds after which there is one, rounded up."""
        now = self._clock()
        tokens, counted = self._buckets.get(name, (self._most, now))
        tokens = min(self._most, tokens + (now - counted) * self._per_second)
        if tokens < 1:
            self._buckets[name] = tokens, now
            return math.ceil((1 - tokens) / self._per_second)
        self._buckets[name] = tokens - 1, now
        return 0
