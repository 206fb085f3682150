"""The text of a whole page in, the lines of the article out: the run of lines with the greatest sum of weights.

A line weighs what speaks for prose (its words) or against it (menus, notices, repeats); Kadane's algorithm finds the
run with the greatest sum, and what weighs against prose inside of it goes. (J. Bentley, Programming Pearls, 1984.)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from streams.cleaning.text.characters import fold, words
from streams.cleaning.text.phrases import ends_sentence, heads_comments, heads_others, is_control, is_notice, is_pointer

# Weights chosen on 179 labelled pages, where -10 to -20 for a menu line differ by .01 in both directions.
_PROSE_CAP = 60  # one endless line must not outweigh a whole article
_MENU = -10.0
_MENU_SHORT = -5.0  # up to 4 words: subheadings are that short too
_WALL = -1e6  # no run goes from the article on to its comments
_READERS = 0.1  # what readers write below "Comments" is prose too, and often more of it than the article has ...
_ARTICLE = 60.0  # ... but the same word in a bar above the text heads nothing: this much prose has to stand before
_OTHERS = -30.0
_CAPITALS = 0.6  # share of capitalised words; German prose has up to .45
_NOTICE = -15.0
_POINTER = -8.0
_REPEAT = -2.0
_PROSE_WORDS = 10  # a line this long that ends a sentence is prose
_LONG_WORDS = 25  # and one this long is prose however it ends
_SHORT_WORDS = 4
_FEW_LINES = 2  # between two lines of prose: one to six differ by .003
_MOST = 0.5
_ITEM = re.compile(r"\d|^[*•–-]\s")
_LINK = -12.0  # and a weight of its own, since such a line never belongs to the text around it
_LINK_CAPITALS = 5  # this many words, all in capitals: a link to another story
_NOTICE_CAP = 90  # a longer paragraph may well speak of "all rights reserved"


@dataclass(frozen=True)
class Run:
    """The article's stretch of a page: lines ``start`` to ``end`` (exclusive), of which ``kept`` are its text."""

    start: int
    end: int
    kept: tuple[int, ...]


def lines(page: str) -> list[str]:
    """The lines of a page that hold something."""
    return [line for line in (raw.strip() for raw in page.split("\n")) if line]


def find(page: Sequence[str]) -> Run:
    """Find the article among the lines of a page; ``kept`` is empty when there is none."""
    weights = _weights(page)
    start, end = _best_run(weights)
    gaps = _gaps(page, weights, start, end)
    kept = tuple(i for i in range(start, end) if weights[i] > 0 or i in gaps)
    return Run(start, end, kept)


def _weights(page: Sequence[str]) -> list[float]:
    seen: set[str] = set()
    weights: list[float] = []
    run = best = 0.0  # of the lines so far
    of_readers = False
    for line, following in zip_longest(page, page[1:], fillvalue=""):
        folded = fold(line)
        weight = min(_weight(line), _REPEAT) if folded in seen else _weight(line)
        if not of_readers and best >= _ARTICLE and heads_comments(line) and not _is_bar(following):
            of_readers = True
            weight = _WALL
        run = max(0.0, run + weight)
        best = max(best, run)
        weights.append(weight * _READERS if of_readers and weight > 0 else weight)
        seen.add(folded)
    return weights


def _is_bar(line: str) -> bool:
    """One more button: then the word before it is one too, and heads nothing."""
    return is_control(line) or heads_others(line)


def _weight(line: str) -> float:
    count = words(line)
    if heads_comments(line) or heads_others(line):
        return _OTHERS
    if count <= _NOTICE_CAP and is_notice(line):
        return _NOTICE
    if is_pointer(line) or is_control(line):
        return _POINTER
    if count >= _LINK_CAPITALS and line.isupper():
        return _LINK
    if _is_names(line, count):
        return _MENU
    if count >= _LONG_WORDS or (count >= _PROSE_WORDS and ends_sentence(line)):
        return float(min(count, _PROSE_CAP))
    if count >= _SHORT_WORDS and ends_sentence(line):
        return count / 2
    return _MENU_SHORT if count <= _SHORT_WORDS else _MENU


def _is_names(line: str, count: int) -> bool:
    """Most words begin with a capital and no sentence ends: menus that lost their line breaks."""
    capitals = sum(word[:1].isupper() for word in line.split())
    return count >= _PROSE_WORDS and not ends_sentence(line) and capitals > _CAPITALS * len(line.split())


def _best_run(weights: Sequence[float]) -> tuple[int, int]:
    best = total = 0.0
    best_start = best_end = start = 0
    for i, weight in enumerate(weights):
        if total <= 0:
            total, start = 0.0, i
        total += weight
        if total > best:
            best, best_start, best_end = total, start, i + 1
    return best_start, best_end


def _gaps(page: Sequence[str], weights: Sequence[float], start: int, end: int) -> set[int]:
    """Lines between two of prose that belong to the text: a subheading, or the items of a list."""
    kept: set[int] = set()
    gap: list[int] = []
    for i in range(start, end):
        if weights[i] <= 0:
            gap.append(i)
            continue
        if all(weights[j] in (_MENU, _MENU_SHORT) for j in gap) and _is_list(page, gap):
            kept.update(gap)
        gap = []
    return kept


def _is_list(page: Sequence[str], gap: Sequence[int]) -> bool:
    """Few lines, or most of them begin with a bullet or hold a figure, as dates, results and prices do."""
    return len(gap) <= _FEW_LINES or sum(bool(_ITEM.search(page[j])) for j in gap) >= _MOST * len(gap)
