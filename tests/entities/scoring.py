"""Labelled tokens -> plain text with gold spans; and the two F1 scores of entities."""

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from streams.contract.messages import EntityType
from streams.entities.canonical import fold

GOLD_TYPES = {
    "Person": EntityType.PERSON,
    "Organization": EntityType.ORGANISATION,
    "Location": EntityType.PLACE,
    "NORP": EntityType.GROUP,
}

Labelled = tuple[int, int, EntityType]

NO_SPACE_BEFORE = set(",.;:?!)]%”…’") | {"'s", "’s", "n't", "n’t", "'re", "'ve", "'m", "'d", "'ll"}
NO_SPACE_AFTER = set("([$£€“‘")
CONTRACTED = {"s", "d", "t", "m", "re", "ll", "ve"}


def read(path: Path) -> list[list[list[tuple[str, str]]]]:
    """The articles of a file: each a list of paragraphs of (token, BIO tag)."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [[[(w, t) for w, t in s] for s in json.loads(line)["sentences"]] for line in lines]


def written(article: list[list[tuple[str, str]]]) -> tuple[str, list[Labelled]]:
    """The article as plain text, with its gold spans."""
    text = ""
    gold: list[Labelled] = []
    for paragraph in article:
        if text:
            text += "\n\n"
        starts, ends, text = _paragraph(text, [word for word, _ in paragraph])
        gold += _spans([tag for _, tag in paragraph], starts, ends)
    return text, gold


def _paragraph(text: str, words: Sequence[str]) -> tuple[list[int], list[int], str]:
    starts, ends = [], []
    open_quote = False
    glue = True
    for i, word in enumerate(words):
        before = words[i - 1] if i else ""
        after = words[i + 1] if i + 1 < len(words) else ""
        closing = word == '"' and open_quote
        if word == '"':
            open_quote = not open_quote
        if not (glue or closing or _sticks(before, word, after)):
            text += " "
        starts.append(len(text))
        text += word
        ends.append(len(text))
        glue = word in NO_SPACE_AFTER or (word == '"' and open_quote) or _binds(before, word, after)
    return starts, ends, text


def _sticks(before: str, word: str, after: str) -> bool:
    """Whether no space precedes this word."""
    if word in NO_SPACE_BEFORE:
        return True
    return word == "-" and _hyphen(before, after)


def _binds(before: str, word: str, after: str) -> bool:
    """Whether no space follows this word."""
    if word == "-":
        return _hyphen(before, after)
    if word in "’'" and after in CONTRACTED:
        return True
    initial = len(before) == 1 and before.isupper()
    return word == "." and initial and ((len(after) == 1 and after.isupper()) or after == "-")


def _hyphen(before: str, after: str) -> bool:
    months = "January February March April May June July August September October November December"
    return before not in months.split() and (before + after)[:1].isalnum()


def _spans(tags: Sequence[str], starts: Sequence[int], ends: Sequence[int]) -> Iterable[Labelled]:
    begun: tuple[int, int, str] | None = None
    for tag, start, end in zip(tags, starts, ends, strict=True):
        kind = tag[2:]
        if begun and tag.startswith("I-") and kind == begun[2]:
            begun = (begun[0], end, kind)
            continue
        if begun and begun[2] in GOLD_TYPES:
            yield begun[0], begun[1], GOLD_TYPES[begun[2]]
        begun = (start, end, kind) if tag != "O" else None
    if begun and begun[2] in GOLD_TYPES:
        yield begun[0], begun[1], GOLD_TYPES[begun[2]]


def distinct(text: str, spans: Iterable[Labelled]) -> set[tuple[str, EntityType]]:
    return {(fold(text[start:end]), kind) for start, end, kind in spans}


class Score:
    """Counts over articles, and their ``f1``."""

    def __init__(self) -> None:
        self.right = self.found = self.wanted = 0

    def add(self, gold: Iterable[object], found: Iterable[object]) -> None:
        wanted, got = set(gold), set(found)
        self.right += len(wanted & got)
        self.found += len(got)
        self.wanted += len(wanted)

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.wanted) if self.found + self.wanted else 1.0
