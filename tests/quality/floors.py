"""Pinned floors in one file; raised by what was reached, lowered only one by one and with a reason that stays there."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from streams.contract.errors import UsageError
from tests.quality.figures import FIGURES, Figure

FLOORS = Path(__file__).with_name("floors.json")
SCALE = 1_000  # three digits: what is below moves with versions of libraries
NOISE = 1e-9  # of sums in another order: no figure fails by it


@dataclass
class Floors:
    """``floors`` by name of the figure; for figures where lower is better they are ceilings. ``lowered``: a log."""

    floors: dict[str, float] = field(default_factory=dict)
    lowered: list[dict[str, str | float | None]] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path) -> "Floors":
        """Raises `UsageError` for a file that is not one of floors, or that names a figure which nothing measures."""
        if not path.exists():
            return cls()
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            known = cls({name: float(value) for name, value in stored["floors"].items()}, list(stored["lowered"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{path}: not a file of floors: {type(error).__name__}: {error}") from error
        for name in known.floors:
            if name not in FIGURES:
                raise UsageError(f"{path}: nothing measures {name}: was it renamed?")
        return known

    def save(self, path: Path) -> None:
        ordered = {name: self.floors[name] for name in FIGURES if name in self.floors}
        text = json.dumps({"floors": ordered, "lowered": self.lowered}, indent=2, ensure_ascii=False)
        path.write_text(f"{text}\n", encoding="utf-8")

    def holds(self, figure: Figure) -> bool:
        """A figure without a floor yet holds."""
        floor = self.floors.get(figure.name)
        if floor is None:
            return True
        if FIGURES[figure.name].lower_is_better:
            return figure.value <= floor + NOISE
        return figure.value >= floor - NOISE

    def raised(self, figures: Iterable[Figure]) -> list[str]:
        """Pin what was reached where it is better than the floor; the names of those that changed."""
        changed = []
        for figure in figures:
            reached, floor = rounded(figure), self.floors.get(figure.name)
            if floor is None or (reached < floor if FIGURES[figure.name].lower_is_better else reached > floor):
                self.floors[figure.name] = reached
                changed.append(figure.name)
        return changed

    def lower(self, figure: Figure, reason: str) -> None:
        """Pin what was reached although it is worse, and say why for ever."""
        before, reached = self.floors.get(figure.name), rounded(figure)
        self.floors[figure.name] = reached
        self.lowered.append({"name": figure.name, "from": before, "to": reached, "reason": reason})


def rounded(figure: Figure) -> float:
    """To three digits, to the side that holds."""
    if FIGURES[figure.name].lower_is_better:
        return math.ceil(figure.value * SCALE - NOISE) / SCALE
    return math.floor(figure.value * SCALE + NOISE) / SCALE
