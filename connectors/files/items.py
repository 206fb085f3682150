"""What a reader yields between articles: inputs that were refused, and checkpoints."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class RefusedInput:
    """An input that was refused: its place, as the user gave it, and one line on why."""

    origin: str
    reason: str


@dataclass(frozen=True)
class Checkpoint:
    """Marks a place between two items. ``reached`` is called once the broker has confirmed all items before it."""

    reached: Callable[[], None]
