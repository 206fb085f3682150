"""Pairs of names in languages with cases, of `cases.tsv`: one name in two cases, or two names that look alike."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from streams.contract.messages import EntityType
from streams.entities.resolve.mentions import entities
from streams.entities.spans import Span

PAIRS = Path(__file__).with_name("cases.tsv")


class Pair(NamedTuple):
    """Two names of a language. ``same``: whether they are one."""

    language: str
    type: EntityType
    same: bool
    names: tuple[str, str]

    def meet_within(self) -> bool:
        """Whether the names have one key in one article."""
        return len(_keys(self, *self.names)) == 1

    def meet_across(self) -> bool:
        """Whether the names have one key in two articles, each with one of them alone."""
        first, second = self.names
        return _keys(self, first) == _keys(self, second)


def pairs() -> Iterator[Pair]:
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            language, kind, same, first, second = line.split("\t")
            yield Pair(language, EntityType(kind), {"same": True, "other": False}[same], (first, second))


def _keys(pair: Pair, *names: str) -> list[str]:
    text = "".join(f"{name} – " for name in names)
    starts = [text.index(f"{name} – ") for name in names]
    spans = [Span(start, start + len(name), pair.type) for start, name in zip(starts, names, strict=True)]
    return [entity.key for entity in entities(text, spans, pair.language)]
