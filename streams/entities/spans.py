"""Labelled spans of a text, which the layers of the taggers exchange."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from streams.contract.messages import EntityType

BY_RULE = 50  # confidence of rules and lists, which do not weigh what they find


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The characters [start, end) of a text, and the type of what they name.

    ``confidence`` is a whole number from 0 to 100; two spans that differ only in it are equal.
    """

    start: int
    end: int
    type: EntityType
    confidence: int = field(default=BY_RULE, compare=False)

    def of(self, text: str) -> str:
        return text[self.start : self.end]

    def typed(self, kind: EntityType) -> "Span":
        return self if kind is self.type else replace(self, type=kind)


# The beginning of a text -> the spans of its names with type and confidence, in any order. An extension for one
# language (`docs/extending.md`).
Tagger = Callable[[str], Iterable[Span]]

Layer = Callable[[str, list[Span]], list[Span]]  # (text, spans in order) -> spans in order, none overlapping


def apply(layers: Iterable[Layer], text: str, found: list[Span]) -> list[Span]:
    """Return the spans after all layers, in order and without overlaps."""
    for layer in layers:
        found = without_overlaps(layer(text, found))
    return found


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Sort spans and resolve overlaps: of two the longer stays, of equal ones the earlier."""
    kept: list[Span] = []
    for span in sorted(set(spans), key=lambda s: (s.start, -s.end, s.type)):
        if kept and span.start < kept[-1].end:
            if span.end - span.start > kept[-1].end - kept[-1].start:
                kept[-1] = span
            continue
        kept.append(span)
    return kept


def uncovered(spans: Iterable[Span], more: Iterable[Span]) -> list[Span]:
    """Return ``spans`` and those of ``more`` that overlap neither them nor an earlier one of ``more``."""
    kept = sorted(spans)
    added: list[Span] = []
    taken = [(s.start, s.end) for s in kept]
    position = 0
    for span in sorted(more, key=lambda s: (s.start, -s.end, s.type)):
        while position < len(taken) and taken[position][1] <= span.start:
            position += 1
        if position < len(taken) and taken[position][0] < span.end:
            continue
        if added and added[-1].end > span.start:
            continue
        added.append(span)
    return sorted(kept + added)
