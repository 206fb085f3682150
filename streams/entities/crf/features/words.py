"""The features that depend on one word: its letters, case, lists and frequency."""

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from streams.entities.canonical import fold, listed
from streams.entities.crf.features.hashing import MULTIPLIER, Numbers, mix, numbered, string_hash
from streams.entities.crf.features.lexicon import Frequencies, Lexicon

OFFSETS = (0, -1, 1, -2, 2)  # tokens whose words are features of a token
CONNECTING = listed("of the and for de la del & - ’ ' al el bin van von der da dos do du le di des 's")
RARE = 6  # band of frequency below which a word of a script without capitals may be a name
SHORTEST_RARE = 3  # letters
LONGEST_WITH_GRAMS = 20  # letters; longer tokens are addresses
LENGTHS = 12  # from which on all lengths are the same
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_REPEATED = re.compile(r"(.)\1{2,}")
_SALTS = np.array([string_hash(f"offset {offset}") for offset in OFFSETS], np.uint64) * MULTIPLIER


@dataclass(slots=True, eq=False)
class Word:
    """What is known of one spelling."""

    lower: str
    folded: str
    case: str
    marks: tuple[str, ...]
    capital: bool  # may be part of a name, by its first letter or because it is rare
    connects: bool  # may stand between the words of a name
    ids: tuple[int, int, int, int]  # hashes of case, marks, frequency with case, and letters
    hashes: bytes  # uint32, of its features, those for the farthest tokens first
    cuts: tuple[int, int]  # how many of them are features of the tokens two and one away


class Words:
    """Makes the words of a language. ``neutral`` ones have no features that are words of one language."""

    def __init__(self, lexicon: Lexicon, frequencies: Frequencies, *, neutral: bool = False) -> None:
        self._lexicon = lexicon
        self._frequencies = frequencies
        self._neutral = neutral

    def make(self, tokens: Sequence[str]) -> list[Word]:
        """Return what is known of each token."""
        lowered = [_lowered(token) for token in tokens]
        hashes = np.array([string_hash(lower) for lower in lowered], np.uint32)
        bands = self._frequencies.bands(hashes).tolist()
        return [self._make(*one) for one in zip(tokens, lowered, bands, strict=True)]

    def _make(self, token: str, lower: str, band: int) -> Word:
        case = case_of(token)
        alphabetic = lower[0].isalpha()
        folded = fold(token) if alphabetic else ""
        marks = self._lexicon.marks(folded) if folded else ()
        kind = _kind(case, str(band) if alphabetic else "-", marks)
        whole, ends, begins, grams = _parts(lower, kind.last3)
        last3, last2, last1, last4, cased3 = ends
        stem = folded[: max(4, len(folded) - 2)]
        near = [last3, last2, _text_hash(shape_of(token), _SHAPE), _text_hash(stem, _STEM)]
        own = [_text_hash(token, _W), *begins, last1, last4, kind.lengths[min(len(lower), LENGTHS)], cased3]
        if case[0] in "Aau" and len(lower) <= LONGEST_WITH_GRAMS:
            own += grams
        core = [whole, *kind.core]
        identity = string_hash(lower)
        if self._neutral:
            near = [near[2], kind.lengths[min(len(lower), LENGTHS)]]
            own = [_text_hash(folded[-n:], kind.ends) for n in (2, 3, 4)] + [begins[2], begins[3]]
            own += [_text_hash(token, _W)] if case[0] == "A" else []
            if alphabetic:
                core, identity = core[1:], kind.whole
        rare = case == "u" and bool(self._frequencies) and band < RARE and len(lower) >= SHORTEST_RARE
        return Word(
            lower,
            folded,
            case,
            marks,
            case[0] == "A" or case == "aA" or rare or (case == "u" and bool(marks)),
            lower in CONNECTING,
            (*kind.ids, identity),
            array("I", core + near + own).tobytes(),
            (len(core), len(core) + len(near)),
        )


class _Kind(NamedTuple):
    """The hashes that words of one case, frequency and lists share."""

    ids: tuple[int, int, int]  # of case, marks, and frequency with case
    core: tuple[int, ...]
    lengths: tuple[int, ...]  # by length of the word
    last3: int  # of the prefix of the last three letters with the case
    ends: int  # of the prefix of any last letters with the case
    whole: int


@lru_cache(maxsize=20_000)
def _kind(case: str, band: str, marks: tuple[str, ...]) -> _Kind:
    joined = "+".join(marks)
    frequency = f"{band}{case}"
    core = [f"c {case}", f"g {joined}", f"z {frequency}"]
    core += [f"1 {mark}" for mark in marks] + [f"m {mark}{case}" for mark in marks]
    return _Kind(
        (string_hash(case), string_hash(joined), string_hash(frequency)),
        tuple(map(string_hash, core)),
        tuple(string_hash(f"n {length}{case}") for length in range(LENGTHS + 1)),
        string_hash(f"sc {case} "),
        string_hash(f"e {case} "),
        string_hash(f"k {joined} {frequency}"),
    )


def _parts(lower: str, cased3: int) -> tuple[int, tuple[int, ...], list[int], list[int]]:
    """The hashes of a word, of its ends, of its beginnings, and of all its parts of four letters."""
    encoded = lower.encode("utf-8", "surrogatepass")
    size = len(lower)
    at: Sequence[int] = range(size + 1)  # the first byte of each letter
    if len(encoded) > size:
        at = [i for i, byte in enumerate(encoded) if byte & 0xC0 != 0x80]
        at.append(len(encoded))
    last3 = encoded[at[max(0, size - 3)] :]
    ends = (
        crc32(last3, _S3), crc32(encoded[at[max(0, size - 2)] :], _S2), crc32(encoded[at[size - 1] :], _S1),
        crc32(encoded[at[max(0, size - 4)] :], _S4), crc32(last3, cased3),
    )  # fmt: skip
    begins = [
        crc32(encoded[: at[min(count, size)]], prefix) for count, prefix in enumerate((_P1, _P2, _P3, _P4, _P5), 1)
    ]
    return crc32(encoded, _L), ends, begins, [crc32(encoded[i:j], _Q) for i, j in zip(at, at[4:], strict=False)]


def _text_hash(text: str, prefix: int) -> int:
    """The hash of a string that begins with the string of the hash ``prefix``: it goes on where that one ended."""
    return crc32(text.encode("utf-8", "surrogatepass"), prefix)


# hashes of what a feature is about: the beginning of its string
_L, _S1, _S2, _S3, _S4 = (string_hash(prefix) for prefix in ("l ", "s1 ", "s2 ", "s3 ", "s4 "))
_P1, _P2, _P3, _P4, _P5 = (string_hash(prefix) for prefix in ("p1 ", "p2 ", "p3 ", "p4 ", "p5 "))
_SHAPE, _STEM, _W, _Q = (string_hash(prefix) for prefix in ("sh ", "st ", "w ", "q "))


def feature_numbers(words: Sequence[Word]) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Return the numbers of features of each word at each offset, one after another, and where each part begins.

    The second array has a position for each word and offset: ``words x OFFSETS`` in order.
    """
    flat = np.frombuffer(b"".join(word.hashes for word in words), np.uint32)
    sizes = np.array([len(word.hashes) for word in words]) // flat.itemsize
    firsts = np.cumsum(sizes) - sizes
    far, near = (np.array([word.cuts[k] for word in words]) for k in (0, 1))
    lengths = np.stack([sizes, near, near, far, far], 1).ravel()
    begins = np.cumsum(lengths) - lengths
    within = np.arange(lengths.sum()) - np.repeat(begins, lengths)
    source = np.repeat(np.repeat(firsts, len(OFFSETS)), lengths) + within
    salts = np.repeat(np.tile(_SALTS, len(words)), lengths)
    return numbered(mix(salts, flat.take(source).astype(np.uint64))), begins


def _lowered(token: str) -> str:
    if token[0] == "\n":
        return "\n"
    return _DIGIT.sub("0", token)[:6] if token[0].isdigit() else token.lower()


def case_of(token: str) -> str:
    """The pattern of capitals: A, AA, A., Aa, AaA, a, aA, u (no case), d (digits), or the sign itself."""
    first = token[0]
    if first == "\n":
        return "\n"
    if first.isdigit():
        return "d"
    if not first.isalpha():
        return first if len(token) == 1 else "."
    if first.upper() == first.lower():
        return "u"
    if first.isupper():
        if len(token) == 1:
            return "A"
        if token.isupper():
            return "A." if "." in token else "AA"
        return "Aa" if token[1:].islower() else "AaA"
    return "a" if token.islower() else "aA"


def shape_of(token: str) -> str:
    """The letters as X and x and the digits as 9, with no more than two of a kind together."""
    if token.isalpha():
        if token.islower():
            return "xx"[: len(token)]
        if token[0].isupper() and token[1:].islower():
            return "Xxx"[: len(token)]
    shape = "".join("9" if c.isdigit() else ("X" if c.isupper() else "x") if c.isalpha() else c for c in token)
    return _REPEATED.sub(r"\1\1", shape)
