"""What the layers hand on: spans of a text with a label. Nothing here knows where they came from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from streams.contract.messages import EntityType


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters [start, end) of the text and what they name."""

    start: int
    end: int
    type: EntityType

    def of(self, text: str) -> str:
        return text[self.start : self.end]

    def typed(self, kind: EntityType) -> "Span":
        return self if kind is self.type else replace(self, type=kind)


# The beginning of a text -> the spans of its names, in any order. An extension for one language (`docs/extending.md`).
Tagger = Callable[[str], Iterable[Span]]

Layer = Callable[[str, list[Span]], list[Span]]  # (text, spans in order) -> spans in order, none overlapping


def apart(spans: Iterable[Span]) -> list[Span]:
    """In order and without overlaps: of two that overlap the longer stays, else the earlier."""
    kept: list[Span] = []
    for span in sorted(set(spans), key=lambda s: (s.start, -s.end, s.type)):
        if kept and span.start < kept[-1].end:
            if span.end - span.start > kept[-1].end - kept[-1].start:
                kept[-1] = span
            continue
        kept.append(span)
    return kept


def uncovered(spans: Iterable[Span], more: Iterable[Span]) -> list[Span]:
    """``spans`` and those of ``more`` that overlap none of them (nor each other: the first wins)."""
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
