"""How long to wait before the same work is tried again."""

import random
from collections.abc import Iterator

FIRST_SECONDS = 0.2
LONGEST_SECONDS = 10.0  # a server that came back is noticed within this time


def exponential_backoff(longest: float = LONGEST_SECONDS, first: float = FIRST_SECONDS) -> Iterator[float]:
    """Endless pauses in seconds: from ``first`` doubling up to ``longest``, each shortened at random by up to half.

    The randomness keeps many waiting workers from asking a recovering server in step ("full jitter", halved).
    """
    pause = first
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
        pause = min(longest, pause * 2)
