"""Pauses between attempts at the same work."""

import random
from collections.abc import Iterator

FIRST_SECONDS = 0.2
LONGEST_SECONDS = 10.0  # the longest time until the return of a server is noticed


def exponential_backoff(longest: float = LONGEST_SECONDS, first: float = FIRST_SECONDS) -> Iterator[float]:
    """Yields pauses in seconds, without end: from ``first`` doubling up to ``longest``, each shortened by up to half.

    The jitter keeps many waiting workers from calling a recovering server at the same moments ("equal jitter": Brooker,
    "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
    """
    pause = first
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
        pause = min(longest, pause * 2)
