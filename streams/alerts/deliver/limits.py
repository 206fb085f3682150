"""What a receiver takes: how many attempts at the same time, and from when on."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple


class Limit(NamedTuple):
    """What a receiver takes now."""

    concurrency: int = 1  # attempts at the same time
    opens_at: datetime | None = None  # with a limit of rate: when its next attempt may start
    held: bool = False  # paused by hand: its alerts wait
    resumed_at: datetime | None = None  # by hand


Limits = Callable[[str], Limit]  # by receiver id


def no_limits(receiver: str) -> Limit:
    """One attempt at a time, as the webhooks of tracks take them."""
    return Limit()
