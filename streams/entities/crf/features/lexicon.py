"""Word lists of a language, as attributes of words: places, given names, titles, and how frequent a word is."""

import zlib
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from streams.entities.crf.languages import Language
from streams.entities.lexicon import gazetteer, word_lists
from streams.entities.lexicon import words as english
from streams.entities.lexicon.given_names import GIVEN
from streams.entities.multilingual import words as multilingual
from streams.entities.resolve.organisations import ALIASES

KNOWN = 50_000  # words whose marks are cached
BANDS = 1.5  # bands of frequency per unit of the Zipf scale
BILLION = 900  # a word's frequency in hundredths of a power of ten, above one in a billion, is BILLION minus its line
STEM = 4  # letters of a word that may be the name of a country with an ending of up to three letters

IN_ENGLISH = frozenset({"in", "at", "near", "across", "from", "to"})
SAID_ENGLISH = frozenset({"said", "says", "told", "added", "who", "has", "was", "is"})

_ENGLISH_LISTS = (
    ("n", frozenset(english.GROUPS | english.GROUP_PAIRS)),
    ("f", GIVEN),
    ("t", english.TITLE_HEADS),
    ("m", english.TITLE_MODIFIERS),
    ("ol", english.ORG_LAST),
    ("of", english.ORG_FIRST),
    ("pl", english.PLACE_LAST),
    ("pf", english.PLACE_FIRST),
    ("nn", english.NOT_NAMES),
    ("s", english.SMALL),
    ("oa", frozenset(ALIASES)),
)
_OTHER_LISTS = (
    ("f", GIVEN),
    ("oa", frozenset(ALIASES)),
    ("t", multilingual.TITLES),
    ("o", multilingual.ORGANISATION),
    ("pl", multilingual.PLACE),
    ("in", multilingual.IN),
    ("nn", multilingual.NOT_NAMES),
)


@cache
def _marks_of(lists: tuple[tuple[str, frozenset[str]], ...]) -> dict[str, tuple[str, ...]]:
    """The lists that have each word."""
    found: dict[str, tuple[str, ...]] = {}
    for mark, words in lists:
        for word in words:
            found[word] = (*found.get(word, ()), mark)
    return found


class Lexicon:
    """The lists of one language."""

    def __init__(self, language: Language) -> None:
        self._english = language.code == "en"
        self._territories = language.territories or language.code
        self._stems = gazetteer.country_stems(self._territories)
        self._listed = _marks_of(_ENGLISH_LISTS if self._english else _OTHER_LISTS)
        self.titles = english.TITLE_HEADS if self._english else multilingual.TITLES
        self.places_follow = IN_ENGLISH if self._english else multilingual.IN
        self.people_precede = SAID_ENGLISH if self._english else frozenset[str]()
        self.marks: Callable[[str], tuple[str, ...]] = lru_cache(KNOWN)(self._marks)
        self.phrase: Callable[[str], int] = lru_cache(KNOWN)(self._phrase)

    def _marks(self, folded: str) -> tuple[str, ...]:
        """The lists that have a folded word, by short names."""
        place = self._place(folded)
        marks = [f"p{place}"] if place else []
        if self._english:
            if folded not in english.GROUPS and folded in gazetteer.groups():
                marks.append("n")
        elif not place and len(folded) > STEM and self._is_inflected_country(folded):
            marks.append("ps")
        marks += self._listed.get(folded, ())
        if not self._english:
            if folded.endswith(multilingual.ORGANISATION_ENDS) and "o" not in marks:
                marks.append("o")
            if folded.endswith(multilingual.PLACE_ENDS) and "pl" not in marks:
                marks.append("pl")
        return tuple(marks)

    def _is_inflected_country(self, folded: str) -> bool:
        stems = self._stems
        return folded in stems or folded[:-1] in stems or folded[:-2] in stems or folded[:-3] in stems

    def _phrase(self, folded: str) -> int:
        """What a folded phrase of several words is: a place (its level), a group (4), an organisation (5), or 0."""
        place = self._place(folded)
        if place:
            return place
        if self._english and folded in gazetteer.groups():
            return 4
        return 5 if folded in ALIASES else 0

    def _place(self, folded: str) -> int:
        if self._english:
            return int(gazetteer.level(folded))
        found = gazetteer.place(folded, self._territories)
        return int(found.level) if found else 0


class Frequencies:
    """How frequent the words of a language are, by wordfreq's list: two arrays instead of a table of 40 MB."""

    def __init__(self, language: Language) -> None:
        lines = word_lists.bands(language.frequencies or language.code, "large")
        words = chain.from_iterable(lines)
        hashes = np.fromiter(map(zlib.crc32, map(str.encode, words)), np.uint32)  # those of `string_hash`
        bands = np.repeat(
            np.array([int((BILLION - number) / 100 * BANDS) for number in range(len(lines))], np.uint8),
            np.array([len(line) for line in lines], np.int64),
        )
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._bands = hashes[order], bands[order]

    def __bool__(self) -> bool:
        return bool(len(self._hashes))

    def bands(self, hashes: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        """The band of frequency of words by their hashes; -1 for words that the list lacks."""
        if not self:
            return np.full(len(hashes), -1)
        at = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        return np.where(self._hashes[at] == hashes, self._bands[at].astype(np.int64), -1)
