"""The lines of a page as plain text -> those of its article: the run of lines with the greatest sum of weights.

Prose has positive weights, by its words; menus, notices and repeats have negative ones. Kadane's algorithm finds the
run with the greatest sum, and lines of negative weight in it are dropped. (J. Bentley, Programming Pearls, 1984.)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from streams.cleaning.text.characters import count_words, fold
from streams.cleaning.text.phrases import (
    ends_sentence,
    is_comments_heading,
    is_control,
    is_notice,
    is_pointer,
    is_related_heading,
)

# Weights chosen on 179 labelled pages, where -10 to -20 for a menu line differ by .01 in both directions.
_PROSE_CAP = 60  # one endless line must not outweigh a whole article
_MENU = -10.0
_MENU_SHORT = -5.0  # up to 4 words: subheadings are that short too
_WALL = -1e6  # no run extends from the article into its comments
_COMMENTS_FACTOR = 0.1  # comments are prose too, and often longer than the article ...
_ARTICLE = 60.0  # ... but only after this much prose: "Comments" in a bar above the text does not begin comments
_RELATED = -30.0
_CAPITALS = 0.6  # share of capitalised words; German prose has up to .45
_NOTICE = -15.0
_POINTER = -8.0
_REPEAT = -2.0
_PROSE_WORDS = 10  # a line this long that ends with a sentence is prose
_LONG_WORDS = 25  # a line this long is prose however it ends
_SHORT_WORDS = 4
_FEW_LINES = 2  # between two lines of prose: one to six differ by .003
_MOST = 0.5
_ITEM = re.compile(r"\d|^[*•–-]\s")
_LINK = -12.0  # distinct from the weight of menus, since such a line never belongs to the text around it
_LINK_CAPITALS = 5  # this many words, all in capitals: a link to another story
_NOTICE_CAP = 90  # a longer paragraph may well speak of "all rights reserved"


@dataclass(frozen=True)
class BodyRun:
    """Lines ``start`` to ``end`` (exclusive) of a page, of which those at ``body`` are the article's text."""

    start: int
    end: int
    body: tuple[int, ...]


def split_lines(page: str) -> list[str]:
    """The lines of a page that are not blank, stripped."""
    return [line for line in (raw.strip() for raw in page.split("\n")) if line]


def find_body(page: Sequence[str]) -> BodyRun:
    """Find the article among the lines of a page; ``body`` is empty when there is none."""
    weights = _weights(page)
    start, end = _best_run(weights)
    gaps = _gaps(page, weights, start, end)
    return BodyRun(start, end, tuple(i for i in range(start, end) if weights[i] > 0 or i in gaps))


def _weights(page: Sequence[str]) -> list[float]:
    seen: set[str] = set()
    weights: list[float] = []
    run = best = 0.0  # of the lines so far
    in_comments = False
    for line, following in zip_longest(page, page[1:], fillvalue=""):
        folded = fold(line)
        weight = min(_weight(line), _REPEAT) if folded in seen else _weight(line)
        if not in_comments and best >= _ARTICLE and is_comments_heading(line) and not _is_button(following):
            in_comments = True
            weight = _WALL
        run = max(0.0, run + weight)
        best = max(best, run)
        weights.append(weight * _COMMENTS_FACTOR if in_comments and weight > 0 else weight)
        seen.add(folded)
    return weights


def _is_button(line: str) -> bool:
    """Whether a line is a button or a heading, in which case "Comments" before it is a button too."""
    return is_control(line) or is_related_heading(line)


def _weight(line: str) -> float:
    count = count_words(line)
    if is_comments_heading(line) or is_related_heading(line):
        return _RELATED
    if count <= _NOTICE_CAP and is_notice(line):
        return _NOTICE
    if is_pointer(line) or is_control(line):
        return _POINTER
    if count >= _LINK_CAPITALS and line.isupper():
        return _LINK
    if _is_menu(line, count):
        return _MENU
    if count >= _LONG_WORDS or (count >= _PROSE_WORDS and ends_sentence(line)):
        return float(min(count, _PROSE_CAP))
    if count >= _SHORT_WORDS and ends_sentence(line):
        return count / 2
    return _MENU_SHORT if count <= _SHORT_WORDS else _MENU


def _is_menu(line: str, count: int) -> bool:
    """Whether most words begin with a capital and no sentence ends: a menu that lost its line breaks."""
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
    """Lines between two lines of prose that belong to the text: a subheading, or the items of a list."""
    belonging: set[int] = set()
    gap: list[int] = []
    for i in range(start, end):
        if weights[i] <= 0:
            gap.append(i)
            continue
        if all(weights[j] in (_MENU, _MENU_SHORT) for j in gap) and _is_list(page, gap):
            belonging.update(gap)
        gap = []
    return belonging


def _is_list(page: Sequence[str], gap: Sequence[int]) -> bool:
    """Whether these are few lines, or most of them begin with a bullet or contain a digit (dates, results, prices)."""
    return len(gap) <= _FEW_LINES or sum(bool(_ITEM.search(page[j])) for j in gap) >= _MOST * len(gap)
