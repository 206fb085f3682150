"""Countries and large cities named in scripts without capitals, as whole words."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from streams.contract.messages import EntityType
from streams.entities.canonical import fold, without_case
from streams.entities.lexicon import caseless
from streams.entities.lexicon.affixes import without_endings, without_prefixes
from streams.entities.lexicon.caseless import Names
from streams.entities.lexicon.gazetteer import CASELESS
from streams.entities.spans import Span, without_overlaps

SAMPLE = 5_000  # characters by which the script of a text is told
LONGEST = 16  # characters of a word in a script without spaces
LAST_LATIN = "\u024f"
_UNSPACED = caseless.UNSPACED.pattern
# vowel signs, which `\w` does not match
_MARKS = r"\u0300-\u036f\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u0640-\u065f\u0900-\u0dff"
RUN = re.compile(
    rf"(?P<unspaced>{_UNSPACED}+)"
    rf"|(?P<word>(?:(?!{_UNSPACED})[^\W\d_])(?:(?!{_UNSPACED})[^\W\d_]|[{_MARKS}]|[\"'׳״](?=[א-ת]))*)"
)
KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc-\u30fe]+")  # foreign names: each run is one word
JOINTS = (" ", "\u00a0", "-", "־", "\u200c")
KANA, HAN, HANGUL = re.compile(r"[\u3041-\u30fe]"), re.compile(r"[\u4e00-\u9fff]"), re.compile("[가-힣]")


def has_case(text: str) -> bool:
    """Return whether most letters of the text belong to a script with capitals."""
    letters = _letters(text)
    return 2 * sum(count for c, count in letters.items() if not without_case(c)) >= letters.total()


def is_latin(text: str) -> bool:
    """Return whether most letters of the text are Latin."""
    letters = _letters(text)
    latin = sum(count for c, count in letters.items() if c <= LAST_LATIN or "\u1e00" <= c <= "\u1eff")
    return 2 * latin > letters.total()


def _letters(text: str) -> Counter[str]:
    return Counter({c: count for c, count in Counter(text[:SAMPLE]).items() if c.isalpha()})


def find(text: str, language: str) -> list[Span]:
    """Return spans in order: of names in ``language`` if it has a table, else in the language that the script tells.

    A name counts as a whole word only: with particles and endings that its script writes together with names, and
    in scripts without spaces where the longest known words end with it.
    """
    names = caseless.names(language if language in CASELESS else _guessed(text))
    words: list[re.Match[str]] = []
    found: list[tuple[int, int]] = []
    for run in RUN.finditer(text):
        if run.lastgroup == "word":
            words.append(run)
        else:
            found += _unspaced(run.group(), run.start(), names)
    found += _spaced(text, words, names)
    return without_overlaps(Span(start, end, EntityType.PLACE) for start, end in found)


def _guessed(text: str) -> str:
    head = text[:SAMPLE]
    letters = ((KANA, "ja"), (HANGUL, "ko"), (HAN, "zh"))
    return next((language for letter, language in letters if letter.search(head)), "")


def _unspaced(run: str, offset: int, names: Names) -> Iterator[tuple[int, int]]:
    """Cut a run into the longest known words from the left, and yield those that are names."""
    known = names.words or names.unspaced
    start = 0
    while start < len(run):
        ends = (end for end in range(min(start + LONGEST, len(run)), start, -1) if run[start:end] in known)
        end = next((end for end in ends if not _within_katakana(run, end)), 0)
        if run[start:end] in names.unspaced:
            yield offset + start, offset + end
        whole = KATAKANA.match(run, start)
        start = end or (whole.end() if whole else start + 1)


def _within_katakana(run: str, end: int) -> bool:
    return bool(KATAKANA.match(run[end : end + 1]) and KATAKANA.match(run[end - 1]))


def _spaced(text: str, words: Sequence[re.Match[str]], names: Names) -> Iterator[tuple[int, int]]:
    for i, word in enumerate(words):
        folded = fold(word.group())
        prefixes = without_prefixes(folded) if len(folded) == len(word.group()) else ()
        for cut, first in ((0, folded), *prefixes):
            if end := _end(text, words, i, first, names):
                yield word.start() + cut, end
                break


def _end(text: str, words: Sequence[re.Match[str]], i: int, first: str, names: Names) -> int:
    """Return where the longest name ends whose first word is the ``i``th word, written ``first``; 0 without a name."""
    if first[:1] not in names.initials:
        return 0
    for length in (n for _, form in _forms(first) for n in names.lengths.get(form, ())):
        several = words[i : i + length]
        if len(several) < length or any(text[a.end() : b.start()] not in JOINTS for a, b in pairwise(several)):
            continue
        written = (first, *(fold(word.group()) for word in several[1:]))
        for ending, form in _forms(written[-1]):
            exact = not ending or len(fold(several[-1].group())) == len(several[-1].group())
            if exact and (*written[:-1], form) in names.spaced:
                return several[-1].end() - ending
    return 0


@lru_cache(maxsize=20_000)
def _forms(word: str) -> tuple[tuple[int, str], ...]:
    """Return a word and its forms without endings, each with the length of the ending."""
    return ((0, word), *((len(word) - length, form) for length, form in without_endings(word)))
