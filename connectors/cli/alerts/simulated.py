"""The faults that `listen` can simulate."""

from enum import StrEnum


class Simulated(StrEnum):
    """How a receiver can fail."""

    ERROR = "500"
    GONE = "410"
    SLOW = "slow"  # answers later than a sender waits
