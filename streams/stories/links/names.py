"""Names and figures -> forms that are alike in all languages."""

import re
from collections.abc import Iterable
from functools import cache

import babel

from streams.contract.messages import Entity
from streams.entities.canonical import fold

MOST_NAMES = 40
MOST_FIGURES = 30
SHORTEST = 3  # consonants of a word; fewer are in too many names
_LATIN = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "j", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "і": "i", "ї": "i", "є": "e", "ґ": "g",
    "ا": "a", "ب": "b", "ت": "t", "ث": "t", "ج": "j", "ح": "h", "خ": "h", "د": "d", "ذ": "d", "ر": "r", "ز": "z",
    "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "", "غ": "g", "ف": "f", "ق": "k", "ك": "k",
    "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "u", "ي": "i", "ة": "", "ء": "", "ئ": "", "ؤ": "u",
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "t", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "ks", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "i", "φ": "f",
    "χ": "h", "ψ": "ps", "ω": "o",
})  # fmt: skip
# spellings of one sound in several languages; v, w, y and j stand for each other and for vowels
_SOUNDS = (
    (re.compile("s?ch|tsch|tch|sz|cz|sh|zh"), "s"),
    (re.compile("ph"), "f"),
    (re.compile("[ckqgx]"), "k"),
    (re.compile("[zs]+|ts"), "s"),
    (re.compile("[bp]"), "p"),
    (re.compile("[dt]h?"), "t"),
    (re.compile("[aeiouyjvwh]"), ""),
)
_REPEATED = re.compile(r"(.)\1+")
_DATE = re.compile(r"\d{4}-\d\d|--\d\d-\d\d")
_VALUE = re.compile(r"\d+(?:\.\d+)?")


def common_names(entities: Iterable[Entity], text: str, language: str) -> tuple[str, ...]:
    """Return the names of an article, sorted: codes of countries, and consonants of the other words of names.

    Countries are found in the text too, since few names are found in scripts without spaces.
    """
    countries = _countries(language)
    found: set[str] = set()
    for entity in entities:
        folded = entity.key.partition(":")[2]
        if folded in countries:
            found.add(countries[folded])
            continue
        found |= {consonants for word in folded.split() if len(consonants := _consonants(word)) >= SHORTEST}
    if language in _WITHOUT_SPACES:
        found |= {code for name, code in countries.items() if name in text}
    return tuple(sorted(found)[:MOST_NAMES])


def common_figures(numbers: Iterable[str]) -> tuple[str, ...]:
    """Return the values of figures of two digits and more, sorted; dates and percentages of one digit are left out."""
    values = {match.group() for one in numbers if not _DATE.match(one) and (match := _VALUE.match(one))}
    return tuple(sorted(value for value in values if len(value) > 1)[:MOST_FIGURES])


_WITHOUT_SPACES = frozenset({"zh", "ja"})


def _consonants(word: str) -> str:
    latin = word.translate(_LATIN)
    for pattern, sound in _SOUNDS:
        latin = pattern.sub(sound, latin)
    return _REPEATED.sub(r"\1", "".join(letter for letter in latin if letter.isascii() and letter.isalpha()))


@cache
def _countries(language: str) -> dict[str, str]:
    """Return the folded name of each country in a language -> its code with a mark that no other name has."""
    try:
        territories = babel.Locale.parse(language).territories
    except (babel.UnknownLocaleError, ValueError):
        return {}
    return {fold(name): f"={code}" for code, name in territories.items() if len(code) == 2 and code.isalpha()}
