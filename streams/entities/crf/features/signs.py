"""The features of scripts that do not separate words (Chinese, Japanese), and of Korean: each sign is a token."""

from collections import Counter
from functools import cache
from itertools import pairwise

import babel
import numpy as np

from streams.entities.crf.features.hashing import Attributes, Numbers, Template, Templates, shifted, string_hash
from streams.entities.crf.features.lexicon import Frequencies
from streams.entities.crf.languages import Language
from streams.entities.crf.tokens import Tokens
from streams.entities.lexicon import gazetteer

LONGEST_WORD = 8  # signs of a word of the frequency list
LONGEST_SPACED = 6  # signs of the rest of a spaced word
KANA, KATAKANA, HAN, HANGUL, DIGIT, LETTER, OTHER = range(1, 8)
_BLOCKS = ((0x3040, 0x30A0, KANA), (0x30A0, 0x3100, KATAKANA), (0x3400, 0xA000, HAN), (0xAC00, 0xD7B0, HANGUL))
PLACE_FIRST, PLACE_NEXT, PLACE_LAST = 1, 2, 3
COUNTRY, CITY = 10, 20

_SPACED = (
    Template(("in_word",)),
    Template(("begin_to_here",)),
    Template(("here_to_end",)),
    Template(("here_to_end+1",)),
    Template(("in_word", "sign")),
)
TEMPLATES = Templates(
    [
        *(Template((f"sign{offset:+d}" if offset else "sign",)) for offset in range(-3, 4)),
        Template(("sign-2", "sign-1")),
        Template(("sign-1", "sign")),
        Template(("sign", "sign+1")),
        Template(("sign+1", "sign+2")),
        Template(("sign-1", "sign+1")),
        Template(("sign-2", "sign-1", "sign")),
        Template(("sign-1", "sign", "sign+1")),
        Template(("sign", "sign+1", "sign+2")),
        Template(("sign+1", "sign+2", "sign+3")),
        Template(("sign-3", "sign-2", "sign-1")),
        *(Template((f"script{offset:+d}" if offset else "script",)) for offset in range(-2, 3)),
        Template(("script-1", "script", "script+1")),
        Template(("script-2", "script-1", "script", "script+1", "script+2")),
        Template(("position",)),
        Template(("word", "position")),
        Template(("frequency", "position")),
        Template(("previous_word", "position")),
        Template(("next_word", "position")),
        Template(("position-1", "position")),
        Template(("position", "position+1")),
        Template(("frequency-1", "frequency", "frequency+1")),
        Template(("place",), "place"),
        Template(("place-1",), "place-1"),
        Template(("place+1",), "place+1"),
        Template(("place", "position")),
        Template(("space", "space_after")),
        Template(("space", "sign")),
        Template(("space_after", "sign")),
        Template(("space_after", "sign", "sign+1")),
        Template(("repeated",)),
        Template(("repeated", "position")),
        *_SPACED,
    ],
    first_salt=101,
)


def attributes(tokens: Tokens, language: Language, frequencies: Frequencies) -> Attributes:
    """Return the attributes of each sign that the templates combine."""
    lower = ["0" if t.isdigit() else "\n" if t[0] == "\n" else t.lower() for t in tokens.written]
    size = len(lower)
    starts, ends = np.array(tokens.starts, np.int64), np.array(tokens.ends, np.int64)
    space = np.zeros(size, np.int64)
    space[1:] = starts[1:] > ends[:-1]
    found: dict[str, Numbers] = {
        "sign": np.array([string_hash(sign) for sign in lower], np.int64),
        "script": np.array([script_of(sign[0]) for sign in lower], np.int64),
        "space": space,
        "space_after": shifted(space, 1, 0),
        "place": _places(lower, language),
        "repeated": _repeated(lower),
    }
    _words(found, lower, frequencies)
    _spaced_words(found, lower, space)
    return found


def script_of(sign: str) -> int:
    """The script of a sign, which often changes where a name begins or ends."""
    code = ord(sign)
    for first, after, script in _BLOCKS:
        if first <= code < after:
            return script
    return DIGIT if sign.isdigit() else LETTER if sign.isalpha() else OTHER


def _words(found: dict[str, Numbers], lower: list[str], frequencies: Frequencies) -> None:
    """Split the signs into words: at each place the longest of the frequency list."""
    size = len(lower)
    candidates: list[tuple[int, int]] = []
    hashes: list[int] = []
    for i in range(size):
        word = lower[i]
        candidates.append((i, 1))
        hashes.append(string_hash(word))
        for j in range(i + 1, min(i + LONGEST_WORD, size)):
            if len(lower[j]) > 1 or not lower[j].isalpha() or not word.isalpha() or len(lower[i]) > 1:
                break
            word += lower[j]
            candidates.append((i, j + 1 - i))
            hashes.append(string_hash(word))
    bands = frequencies.bands(np.array(hashes, np.uint32)).tolist()
    longest: list[tuple[int, int, int]] = [(1, string_hash(sign), -1) for sign in lower]
    for (i, length), word_hash, band in zip(candidates, hashes, bands, strict=True):
        if band >= 0:
            longest[i] = (length, word_hash, band)
    position, word_ids, frequency, number = ([0] * size for _ in range(4))
    words: list[int] = []
    i = 0
    while i < size:
        length, word_hash, band = longest[i]
        for j in range(i, i + length):
            position[j] = min(j - i, 3) * 6 + min(length, 5)
            word_ids[j], frequency[j], number[j] = word_hash, band, len(words)
        words.append(word_hash)
        i += length
    at = np.array(number, np.int64)
    around = np.array([0, *words, 0], np.int64)
    found["position"], found["word"] = np.array(position, np.int64), np.array(word_ids, np.int64)
    found["frequency"] = np.array(frequency, np.int64)
    found["previous_word"], found["next_word"] = around[at], around[at + 2]


def _places(lower: list[str], language: Language) -> Numbers:
    """Mark the longest names of places."""
    table = _names_of_places(language.territories or language.code)
    found = [0] * len(lower)
    i = 0
    while i < len(lower):
        step = 1
        for name, kind in table.get(lower[i], ()):
            if "".join(lower[i : i + len(name)]) == name:
                step = len(name)
                found[i] = kind + PLACE_FIRST
                found[i + 1 : i + step] = [kind + PLACE_NEXT] * (step - 1)
                found[i + step - 1] = kind + PLACE_LAST
                break
        i += step
    return np.array(found, np.int64)


@cache
def _names_of_places(code: str) -> dict[str, tuple[tuple[str, int], ...]]:
    """Names of countries and large cities in scripts without capitals, by their first sign, the longest first."""
    names = dict.fromkeys(sorted(babel.Locale.parse(code).territories.values()), COUNTRY)
    for city in gazetteer.cities():
        for other in city.others:
            if other and KANA <= script_of(other[0]) <= HANGUL:
                names.setdefault(other, CITY)
    table: dict[str, list[tuple[str, int]]] = {}
    for name, kind in names.items():
        if len(name) > 1:
            table.setdefault(name[0].lower(), []).append((name.lower(), kind))
    return {first: tuple(sorted(found, key=lambda one: (-len(one[0]), one))) for first, found in table.items()}


def _repeated(lower: list[str]) -> Numbers:
    """How often the pairs of signs that end and begin here stand in the document, up to three times."""
    pairs = Counter(pairwise(lower))
    counts = [min(pairs[pair], 3) for pair in pairwise(lower)]
    return np.array([*counts, 0], np.int64) * 4 + np.array([0, *counts], np.int64)


def _spaced_words(found: dict[str, Numbers], lower: list[str], space: Numbers) -> None:
    """The parts of a spaced word before and after each sign, for Korean, whose endings are joined to names."""
    size = len(lower)
    in_word, to_here, to_end = ([0] * size for _ in range(3))
    spaces = space.tolist()
    begin = 0
    for i, sign in enumerate(lower):
        if spaces[i] or not sign[0].isalpha():
            begin = i
        in_word[i] = min(i - begin, 5)
        to_here[i] = string_hash("".join(lower[max(begin, i - LONGEST_SPACED) : i + 1]))
    end = size
    for i in range(size - 1, -1, -1):
        if i + 1 < size and (spaces[i + 1] or not lower[i + 1][0].isalpha()):
            end = i + 1
        to_end[i] = string_hash("".join(lower[i : min(end, i + LONGEST_SPACED)]))
    found["in_word"] = np.array(in_word, np.int64)
    found["begin_to_here"], found["here_to_end"] = np.array(to_here, np.int64), np.array(to_end, np.int64)
