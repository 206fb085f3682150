"""Countries and large cities named in scripts without capitals."""

import re
from functools import cache

import babel

from streams.contract.messages import EntityType
from streams.entities.lexicon import gazetteer
from streams.entities.lexicon.gazetteer import CASELESS
from streams.entities.spans import Span

UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f\u1780-\u17ff\u1000-\u109f]")
SAMPLE = 5_000  # characters by which the script of a text is told
SHORTEST_UNSPACED = 2  # characters, and syllables of Korean: 中国, 미국
SHORTEST = 3  # letters of alphabets without case
PREFIXES = "والبفكلهשבלמהוכ"  # and, the, in, for: joined to the name in Arabic and Hebrew


def has_case(text: str) -> bool:
    """Return whether most letters of the text belong to a script with capitals."""
    letters = [c for c in text[:SAMPLE] if c.isalpha()]
    return 2 * sum(c.lower() != c.upper() for c in letters) >= len(letters)


def find(text: str, language: str) -> list[Span]:
    """Return spans in order: of names in ``language`` if it has a table, else in all languages without capitals."""
    names = _names(language if language in CASELESS else "")
    found = []
    i = 0
    while i < len(text):
        name = next((n for n in names.get(text[i : i + 2], ()) if text.startswith(n, i)), None)
        if name and _whole(text, i, i + len(name)):
            found.append(Span(i, i + len(name), EntityType.PLACE))
            i += len(name)
        else:
            i += 1
    return found


def _whole(text: str, start: int, end: int) -> bool:
    """Return whether a word begins at ``start``, if the script separates words; Korean and others add endings."""
    if UNSPACED.match(text[start]):
        return True
    before = text[max(0, start - 3) : start]
    word = re.split(r"[^\w]", before)[-1]
    return not word or all(c in PREFIXES for c in word)


@cache
def _names(language: str) -> dict[str, tuple[str, ...]]:
    """Return names by their first two characters, the longest first."""
    names: set[str] = set()
    for known in [language] if language else CASELESS:
        names.update(babel.Locale.parse(known).territories[c] for c in gazetteer.countries() if _has(known, c))
    for city in gazetteer.cities():
        names.update(city.others if city.people >= gazetteer.LARGE else ())
    table: dict[str, list[str]] = {}
    for name in sorted(filter(None, names), key=lambda n: (-len(n), n)):
        shortest = SHORTEST_UNSPACED if UNSPACED.match(name) or "가" <= name[0] <= "힣" else SHORTEST
        if len(name) >= shortest and name[0].lower() == name[0].upper() and name[0].isalpha():
            table.setdefault(name[:2], []).append(name)
    return {start: tuple(found) for start, found in table.items()}


def _has(language: str, country: str) -> bool:
    return country in babel.Locale.parse(language).territories
