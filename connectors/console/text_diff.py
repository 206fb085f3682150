"""A change of a text -> what a page shows of it: paragraphs with what was removed and added, word for word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from connectors.views.articles import Hunk, Revision

MOST_WORDS = 400  # of a paragraph that is compared word for word, since that takes the square of their number
LEAST_ALIKE = 0.4  # of the words of two paragraphs: others are shown one after the other
_WORDS = re.compile(r"\s{1,1000}|[^\s]{1,1000}")

Part = tuple[Literal["same", "removed", "added"], str]


@dataclass(frozen=True)
class Shown:
    """A paragraph in parts, after ``unchanged`` paragraphs that are not shown."""

    unchanged: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class TextChange:
    """What a page shows of a change. ``left_out``: paragraphs that it does not show."""

    paragraphs: tuple[Shown, ...]
    left_out: int


def text_change(found: Revision, most_paragraphs: int, most_characters: int) -> TextChange:
    """The first ``most_paragraphs`` of a change, each cut to ``most_characters``."""
    every = [shown for hunk in found.hunks for shown in _hunk(hunk, most_characters)]
    return TextChange(tuple(every[:most_paragraphs]), found.left_out + max(0, len(every) - most_paragraphs))


def _hunk(hunk: Hunk, most: int) -> Iterator[Shown]:
    """Paragraphs that resemble each other are one, in the order of both texts."""
    unchanged = hunk.after
    added = [_cut(text, most) for text in hunk.added]
    for text in (_cut(one, most) for one in hunk.removed):
        parts = word_changes(text, added[0]) if added else None
        if parts is not None:
            added = added[1:]
        yield Shown(unchanged, parts or (("removed", text),))
        unchanged = 0
    for text in added:
        yield Shown(unchanged, (("added", text),))
        unchanged = 0


def word_changes(before: str, after: str) -> tuple[Part, ...] | None:
    """One paragraph with what was removed from and added to another; None if they have little in common."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > 2 * MOST_WORDS:
        return None
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.quick_ratio() < LEAST_ALIKE or matcher.ratio() < LEAST_ALIKE:
        return None
    parts: list[Part] = []
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        if kind == "equal":
            parts.append(("same", _text(old[i:i_end])))
        else:
            parts += [("removed", _text(old[i:i_end]))] if i < i_end else []
            parts += [("added", _text(new[j:j_end]))] if j < j_end else []
    return tuple(parts)


def _text(words: Sequence[str]) -> str:
    return "".join(words)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
