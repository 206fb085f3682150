"""Recasing: lines in Title Case or ALL CAPS -> the same lines in sentence case.

The recogniser was trained on sentences and finds names everywhere in such a headline. The text keeps its length, so
that offsets stay valid.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from functools import cache
from itertools import compress

from streams.entities.canonical import fold
from streams.entities.lexicon import gazetteer, word_lists
from streams.entities.lexicon.gazetteer import Level
from streams.entities.lexicon.given_names import GIVEN

WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+(?:['’][^\W\d_]+)*")
LONG = 4  # letters; shorter words are often in lower case in headlines too
CAPITALISED = 0.75  # share of the long words; headlines leave few in lower case, and sentences full of names stay below
FEWEST = 3  # long words that a line needs before its case tells anything
HEADLINE_WORDS = 25  # a line in Title Case longer than this is a list of names
COMMON = 12_000  # most frequent words of a language, which without other evidence are no names


def truecase(text: str, language: str = "en") -> str:
    """Recase lines in capitals and headlines in Title Case. The result is as long as ``text``.

    A word gets the case that it mostly has within the sentences of the text; else it keeps its capital if it is a known
    name, loses it if it is a common word of the language, and otherwise stays as it is.
    """
    lines = text.split("\n")
    headlines = [_is_headline(line) for line in lines]
    if not any(headlines):
        return text
    seen = _inside_sentences(
        [line for line, headline in zip(lines, headlines, strict=True) if not headline],
        {word.lower() for line in compress(lines, headlines) for word in _words(line)},
    )
    return "\n".join(
        _recase(line, seen, language) if headline else line for line, headline in zip(lines, headlines, strict=True)
    )


def _words(line: str) -> Iterator[str]:
    return (word.group() for word in WORD.finditer(line))


def _is_headline(line: str) -> bool:
    if line.lower() == line.upper():
        return False  # a script without capitals
    if line.rstrip().endswith(".") and any(not w.isupper() for w in _words(line) if len(w) >= LONG):
        return False  # most lines: known by their first long word
    words = list(_words(line))
    long = [w for w in words if len(w) >= LONG]
    if len(long) < FEWEST or not any(w.lower() != w.upper() for w in long):
        return False
    if all(w.isupper() for w in long):
        return True
    if len(words) > HEADLINE_WORDS or line.rstrip().endswith("."):
        return False
    return sum(w[0].isupper() for w in long) >= CAPITALISED * len(long)


def _inside_sentences(lines: list[str], wanted: Collection[str]) -> dict[str, str]:
    """Return the most frequent spelling of each wanted word where no sentence begins, by the word in lower case."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        for word in WORD.finditer(line):
            lower = word.group().lower()
            if lower in wanted and not begins_sentence(line, word.start()):
                forms[lower][word.group()] += 1
    return {lower: max(count, key=lambda form: (count[form], form)) for lower, count in forms.items()}


def begins_sentence(text: str, start: int) -> bool:
    """Return whether the word at ``start`` begins a line, sentence or quotation, so that its capital tells nothing."""
    before = text[max(0, start - 4) : start].rstrip(" \u00a0\"“”„«»‘'’([¿¡-–—•*")
    if start <= 4 and not before:
        return True
    return not before or before[-1] in ".!?:…\n"


def _recase(line: str, seen: dict[str, str], language: str) -> str:
    """Recase the words of one line."""
    capitals = all(w.group().isupper() for w in WORD.finditer(line) if len(w.group()) >= LONG)
    words = list(WORD.finditer(line))
    out, end = [], 0
    for i, match in enumerate(words):
        before = fold(words[i - 1].group()) if i else ""
        after = fold(words[i + 1].group()) if i + 1 < len(words) else ""
        cast = _word(match.group(), (before, after), seen, language, capitals=capitals, first=i == 0)
        out.append(line[end : match.start()] + (cast if len(cast) == len(match.group()) else match.group()))
        end = match.end()
    return "".join(out) + line[end:]


def _word(
    word: str, around: tuple[str, str], seen: dict[str, str], language: str, *, capitals: bool, first: bool
) -> str:
    if "." in word:
        return word
    lower = word.lower()
    capital = word[0].upper() + word[1:].lower() if capitals else word
    if lower in seen:
        form = seen[lower]
        return form[0].upper() + form[1:] if first else form
    folded = fold(word)
    if capitals and len(word) <= 3 and gazetteer.level(folded) is Level.COUNTRY:
        return word
    before, after = around
    known = folded in gazetteer.groups() or folded in GIVEN or gazetteer.level(folded) >= Level.CITY
    pair = {f"{before} {folded}", f"{folded} {after}"}
    if known or first or any(gazetteer.level(two) >= Level.CITY for two in pair):
        return capital
    return lower if folded in common(language) else capital


@cache
def common(language: str, count: int = COMMON) -> frozenset[str]:
    """Return the most frequent words of a language, folded; empty without a list."""
    return frozenset(fold(word) for word in word_lists.most_frequent(language, count))
