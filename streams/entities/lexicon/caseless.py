"""The names that are searched in scripts without capitals: of countries, parts of the world and large cities."""

import math
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from streams.entities.canonical import fold_once, without_case
from streams.entities.lexicon import gazetteer, word_lists
from streams.entities.lexicon.affixes import without_prefixes
from streams.entities.lexicon.gazetteer import CASELESS
from streams.entities.lexicon.tables import City
from streams.entities.lexicon.truecase import common

UNSPACED = re.compile(r"[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f]")
HIRAGANA = re.compile(r"[\u3040-\u309f]+")
SHORTEST = 3  # letters of a name where words are separated
SHORTEST_UNSPACED = 2  # characters elsewhere, and syllables of Korean: 中国, 미국
SHORTEST_UNLISTED = 5  # characters of a name where neither spaces nor a list of words tell its ends: Thai, Khmer
# A city's name that is far more frequent than a city of this size, and than its English name in English, is mostly
# another word of the language ("the new", "in order to"). Both in powers of ten.
EXCESS = -0.8  # frequency in a thousand million words, divided by inhabitants
ABROAD = 1.6  # frequency divided by that of the English name
RARE = 1e-9
FREQUENT = 1_000  # most frequent words, which with a particle before them are more often meant than a city


class Names(NamedTuple):
    """Names of one language: as folded words where spaces separate words, else as written."""

    spaced: frozenset[tuple[str, ...]]
    lengths: dict[str, tuple[int, ...]]  # first word -> numbers of words of its names, the largest first
    initials: frozenset[str]  # first signs of first words
    unspaced: frozenset[str]
    words: frozenset[str]  # of the language, and the names without spaces; empty without a list


@cache
def names(language: str) -> Names:
    """Return the names in ``language`` if it has a table, else in all languages without capitals."""
    found = set(_countries(language))
    scripts = {_script(name[0]) for name in found - gazetteer.ALIASES.keys()}
    for city in gazetteer.cities():
        if city.people < gazetteer.LARGE:
            break
        found.update(n for n in city.others if n and _script(n[0]) in scripts and _searched(n, city, language))
    listed = frozenset(word for word in _frequencies(language) if UNSPACED.match(word))
    shortest = SHORTEST_UNSPACED if listed else SHORTEST_UNLISTED
    unspaced = frozenset(name for name in found if UNSPACED.match(name) and len(name) >= shortest)
    spaced = frozenset(words for name in found if not UNSPACED.match(name) and (words := _words(name)))
    lengths: dict[str, set[int]] = {}
    for words in spaced:
        lengths.setdefault(words[0], set()).add(len(words))
    return Names(
        spaced,
        {first: tuple(sorted(numbers, reverse=True)) for first, numbers in lengths.items()},
        frozenset(first[0] for first in lengths),
        unspaced,
        listed | unspaced if listed else listed,
    )


@lru_cache(maxsize=10_000)
def _script(letter: str) -> str:
    """Return the script of a letter: the first word of its Unicode name, such as "ARABIC" or "CJK"."""
    return unicodedata.name(letter, "").split(" ")[0]


def _words(name: str) -> tuple[str, ...]:
    words = tuple(fold_once(name).split())
    shortest = SHORTEST_UNSPACED if "가" <= name[0] <= "힣" else SHORTEST
    return words if len("".join(words)) >= shortest else ()


def _countries(language: str) -> Iterator[str]:
    for known in (language,) if language in CASELESS else CASELESS:
        yield from (name for name in gazetteer.country_names(known) if without_case(name[0]))


def _searched(name: str, city: City, language: str) -> bool:
    """Return whether a name of a city is searched: not if it is more often another word, or a particle and a word."""
    if HIRAGANA.fullmatch(name):
        return False
    frequency = _frequencies(language)
    folded = fold_once(name)
    own = math.log10(1e9 * max(frequency.get(name, RARE), frequency.get(folded, RARE)))
    if own - math.log10(city.people) > EXCESS and own - _english(city.name) > ABROAD:
        return False
    return all(rest not in common(language, FREQUENT) for _, rest in without_prefixes(folded))


@cache
def _english(name: str) -> float:
    frequency = _frequencies("en")
    return math.log10(1e9 * min(frequency.get(word, RARE) for word in fold_once(name).split()))


@cache
def _frequencies(language: str) -> dict[str, float]:
    return word_lists.frequencies(language)
