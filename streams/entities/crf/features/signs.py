"""The features of scripts that do not separate words (Chinese, Japanese), and of Korean: each sign is a token."""

from collections import Counter
from functools import cache
from itertools import pairwise
from operator import add
from zlib import crc32

import babel
import numpy as np
import numpy.typing as npt

from streams.entities.crf.features.hashing import Attributes, Numbers, Template, Templates, shifted
from streams.entities.crf.features.lexicon import Frequencies
from streams.entities.crf.languages import Language
from streams.entities.crf.tokens import Tokens
from streams.entities.lexicon import gazetteer

Hashes = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]

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
    scripts = {sign: script_of(sign[0]) for sign in set(lower)}
    grams = _grams(lower)
    space = np.zeros(size, np.int64)
    space[1:] = starts[1:] > ends[:-1]
    found: dict[str, Numbers] = {
        "sign": grams[0].astype(np.int64),
        "script": np.array([scripts[sign] for sign in lower], np.int64),
        "space": space,
        "space_after": shifted(space, 1, 0),
        "place": _places(lower, language),
        "repeated": _repeated(lower),
    }
    _words(found, grams, np.array([len(sign) == 1 and sign.isalpha() for sign in lower]), frequencies)
    _spaced_words(found, grams, np.array([sign[0].isalpha() for sign in lower]), space)
    return found


def script_of(sign: str) -> int:
    """The script of a sign, which often changes where a name begins or ends."""
    code = ord(sign)
    for first, after, script in _BLOCKS:
        if first <= code < after:
            return script
    return DIGIT if sign.isdigit() else LETTER if sign.isalpha() else OTHER


def _grams(lower: list[str]) -> Hashes:
    """The hashes of the signs from each place on: row k has those of k + 1 signs, and 0 beyond the text."""
    encoded = [sign.encode("utf-8", "surrogatepass") for sign in lower]
    grams = np.zeros((LONGEST_WORD, len(lower)), np.uint32)
    hashes = [0] * len(lower)
    for k in range(min(LONGEST_WORD, len(lower))):
        hashes = list(map(crc32, encoded[k:], hashes))  # a hash goes on where that of the signs before ended
        grams[k, : len(hashes)] = hashes
    return grams


def _words(found: dict[str, Numbers], grams: Hashes, alphabetic: Flags, frequencies: Frequencies) -> None:
    """Split the signs into words: at each place the longest of the frequency list, of letters only."""
    size = len(alphabetic)
    at = np.arange(size)
    longest, bands = np.ones(size, np.int64), frequencies.bands(grams[0])
    whole = alphabetic
    for k in range(1, LONGEST_WORD):
        whole = whole & np.append(alphabetic[k:], np.zeros(k, bool))[:size]
        (places,) = np.nonzero(whole)
        band = frequencies.bands(grams[k, places])
        known = places[band >= 0]
        longest[known], bands[known] = k + 1, band[band >= 0]
    steps = longest.tolist()
    begins, i = [], 0
    while i < size:
        begins.append(i)
        i += steps[i]
    first = np.array(begins, np.int64)
    lengths = longest[first]
    number = np.repeat(np.arange(len(first)), lengths)
    hashes = grams[lengths - 1, first].astype(np.int64)
    around = np.concatenate([[0], hashes, [0]])
    found["position"] = np.minimum(at - first[number], 3) * 6 + np.minimum(lengths, 5)[number]
    found["word"], found["frequency"] = hashes[number], bands[first][number]
    found["previous_word"], found["next_word"] = around[number], around[number + 2]


def _places(lower: list[str], language: Language) -> Numbers:
    """Mark the longest names of places."""
    table = _names_of_places(language.territories or language.code)
    found = [0] * len(lower)
    after = 0
    for i, pair in enumerate(map(add, lower, lower[1:])):
        for name, kind in table.get(pair, ()) if i >= after else ():
            if "".join(lower[i : i + len(name)]) == name:
                after = i + len(name)
                found[i] = kind + PLACE_FIRST
                found[i + 1 : after] = [kind + PLACE_NEXT] * (len(name) - 1)
                found[after - 1] = kind + PLACE_LAST
                break
    return np.array(found, np.int64)


@cache
def _names_of_places(code: str) -> dict[str, tuple[tuple[str, int], ...]]:
    """Names of countries and large cities in scripts without capitals, by their first two signs, the longest first."""
    names = dict.fromkeys(sorted(babel.Locale.parse(code).territories.values()), COUNTRY)
    for city in gazetteer.cities():
        for other in city.others:
            if other and KANA <= script_of(other[0]) <= HANGUL:
                names.setdefault(other, CITY)
    table: dict[str, list[tuple[str, int]]] = {}
    for name, kind in names.items():
        if len(name) > 1:
            table.setdefault(name[:2].lower(), []).append((name.lower(), kind))
    return {first: tuple(sorted(found, key=lambda one: (-len(one[0]), one))) for first, found in table.items()}


def _repeated(lower: list[str]) -> Numbers:
    """How often the pairs of signs that end and begin here stand in the document, up to three times."""
    pairs = Counter(pairwise(lower))
    counts = [min(pairs[pair], 3) for pair in pairwise(lower)]
    return np.array([*counts, 0], np.int64) * 4 + np.array([0, *counts], np.int64)


def _spaced_words(found: dict[str, Numbers], grams: Hashes, letter: Flags, space: Numbers) -> None:
    """The parts of a spaced word before and after each sign, for Korean, whose endings are joined to names."""
    size = len(letter)
    at = np.arange(size)
    begins = ~letter | (space > 0)
    begin = np.maximum.accumulate(np.where(begins, at, 0))
    end = np.minimum.accumulate(np.where(np.append(begins[1:], True), at + 1, size)[::-1])[::-1]
    first = np.maximum(begin, at - LONGEST_SPACED)
    found["in_word"] = np.minimum(at - begin, 5)
    found["begin_to_here"] = grams[at - first, first].astype(np.int64)
    found["here_to_end"] = grams[np.minimum(end - at, LONGEST_SPACED) - 1, at].astype(np.int64)
