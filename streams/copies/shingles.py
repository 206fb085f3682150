"""Text -> its shingles: sorted 64-bit hashes of five words each, and which of them are outside quotation marks.

Scripts without spaces between words (Han, Kana, Thai ...) are cut into twelve letters instead. See Broder, "On the
resemblance and containment of documents" (1997), for shingles and for the sketch of the smallest hashes.
"""

import hashlib
import re
import sys
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]

SHINGLE_WORDS = 5  # chance repeats of five words are rare; of three they are not
SHINGLE_LETTERS = 12  # unrelated pages of one language shared 0.06 % of these, and 12 % of five letters
QUOTE_LETTERS = 10  # shorter quotations are titles and turns of phrase, which do not distinguish copies from reports

_MARKS = "".join(chr(c) for c in range(sys.maxunicode >> 4) if unicodedata.category(chr(c)).startswith("M"))
_WORD = re.compile(rf"[\w{re.escape(_MARKS)}]+")  # with the vowel signs of Indic scripts, which \w does not match
_ASCII_WORD = re.compile(r"\w+")  # the same words of a text in ASCII, found much faster
_SPACELESS = re.compile(
    r"[\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"  # Kana, Han
    r"\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff]"  # Thai, Lao, Myanmar, Khmer
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

# An opening mark without a closing one quotes to the end of its paragraph, as in speech over several paragraphs.
_PAIRS = (("“”", "”"), ("„“”", "“”"), ("«»", "»"), ("»«", "«"), ("「」", "」"), ("『』", "』"))
_QUOTED = re.compile(
    "|".join(
        [rf"{marks[0]}[^{marks}\n]{{{QUOTE_LETTERS},}}(?:[{closing}]|$)" for marks, closing in _PAIRS]
        + [
            rf'"(?=\S)[^"\n]{{{QUOTE_LETTERS},}}(?:"|$)',
            rf"``[^`\n]{{{QUOTE_LETTERS},}}?(?:''|$)",
            rf"(?<!\w)‘[^‘\n]{{{QUOTE_LETTERS},}}?’(?!\w)",  # not the apostrophe inside a word
            rf"(?<!\w)'(?=\w)[^\n]{{{QUOTE_LETTERS},}}?'(?!\w)",
        ]
    ),
    re.MULTILINE,
)


@dataclass(frozen=True)
class Shingles:
    """``hashes`` are unique and sorted. ``outside[i]``: whether hash i also occurs outside quotation marks.

    ``total``: the number of hashes before `smallest`. ``words``: the length of the text in words, or in letters for
    scripts without spaces.
    """

    hashes: Hashes
    outside: Mask
    total: int
    words: int
    spaceless: bool

    @property
    def sampled(self) -> bool:
        """Whether `smallest` dropped hashes."""
        return self.total > len(self.hashes)

    def smallest(self, most: int) -> "Shingles":
        """The ``most`` smallest hashes: an unbiased sample, with the same choice in every text."""
        if len(self.hashes) <= most:
            return self
        return Shingles(self.hashes[:most], self.outside[:most], self.total, self.words, self.spaceless)

    def without(self, dropped: Hashes) -> "Shingles":
        """These shingles without the ``dropped`` ones."""
        if not len(dropped) or not len(self.hashes):
            return self
        rest = ~np.isin(self.hashes, dropped)
        share = rest.sum() / len(self.hashes)
        return Shingles(self.hashes[rest], self.outside[rest], round(self.total * share), self.words, self.spaceless)


def fold(text: str) -> str:
    """The text in NFKC and lower case, so that all ways to write the same letters are equal."""
    return unicodedata.normalize("NFKC", text).casefold()


def words_of(text: str) -> list[str]:
    """The words of a text, folded."""
    return _split(fold(text))


def is_spaceless(text: str) -> bool:
    """Whether most letters belong to scripts without spaces."""
    if not _SPACELESS.search(text):
        return False
    return 2 * len(_SPACELESS.findall(text)) > sum(map(len, _split(text)))


def shingle(text: str) -> Shingles:
    """Cut a body into shingles. A text shorter than one shingle has none."""
    folded = fold(text)
    spaceless = is_spaceless(folded)
    units, quoted = _units(folded, spaceless)
    size, glue = (SHINGLE_LETTERS, b"") if spaceless else (SHINGLE_WORDS, b" ")
    count = len(units) - size + 1
    if count < 1:
        return Shingles(np.empty(0, np.uint64), np.empty(0, np.bool_), 0, len(units), spaceless)
    coded = [unit.encode() for unit in units]
    every = np.array([xxh3_64_intdigest(glue.join(coded[i : i + size])) for i in range(count)], np.uint64)
    before = np.concatenate([[0], np.cumsum(quoted)])
    unquoted = before[size:] == before[:-size]
    hashes, place = np.unique(every, return_inverse=True)
    outside = np.zeros(len(hashes), np.bool_)
    outside[place[unquoted]] = True
    return Shingles(hashes, outside, len(hashes), len(units), spaceless)


def text_digest(text: str) -> bytes:
    """16 bytes, equal for texts of the same words, whatever the case, punctuation and line breaks; b"" for no words."""
    words = words_of(text)
    return hashlib.blake2b(" ".join(words).encode(), digest_size=16).digest() if words else b""


def number_digest(text: str) -> bytes:
    """8 bytes, equal for texts with the same numbers; b"" for a text without numbers."""
    numbers = sorted(set(_NUMBER.findall(fold(text))))
    return xxh3_64_intdigest(" ".join(numbers).encode()).to_bytes(8, "little") if numbers else b""


def _split(folded: str) -> list[str]:
    pattern = _ASCII_WORD if folded.isascii() else _WORD
    return pattern.findall(folded)


def _units(folded: str, spaceless: bool) -> tuple[list[str], list[bool]]:
    """Words (or letters) in order, and for each whether it is quoted."""
    units: list[str] = []
    quoted: list[bool] = []

    def take(part: str, is_quoted: bool) -> None:
        found = _split(part)
        if spaceless:
            found = list("".join(found))
        units.extend(found)
        quoted.extend([is_quoted] * len(found))

    end = 0
    for match in _QUOTED.finditer(folded):
        take(folded[end : match.start()], False)
        take(match.group(), True)
        end = match.end()
    take(folded[end:], False)
    return units, quoted
