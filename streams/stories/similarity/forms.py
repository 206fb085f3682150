"""Text -> the parts of its words, by which languages other than English are compared beside whole words.

Endings and compounds make different words of one: "Schlägerei" and "Massenschlägerei" share most of their 4-grams. A
gram is one of `BUCKETS`, whose rarity a table of one byte each states for all languages, and has a weight of 2 bits:
160 grams take 320 bytes. All arithmetic is that of integers, so the result is the same on every machine.
"""

import unicodedata
import zlib
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from streams.stories.similarity import exact, terms
from streams.stories.similarity.vectors import EMPTY, Vector

Integers = npt.NDArray[np.int64]

NOT_COMPARED = frozenset({"en"})  # words alone did as well there, and the weights were fitted to them
GRAM = 4  # characters, with a space for each edge of a word
BUCKETS = 2**14
MOST = 128  # forms of a text, the heaviest; fewer were worse
MOST_OPENING = 32
OPENING_WORDS = 50  # words of a text whose forms are compared on their own as well
OPENING_EXTRA = 2  # they count three times, as in `features`
LEVELS = 4  # of weights
COUNTS = 256  # of one form in a text; more count as these
SCALE = 64  # of the logarithms of counts
_NOTHING = np.empty(0, np.int64)


def measure(text: str, language: str) -> tuple[bytes, bytes]:
    """Return the packed forms of a text and of its first words; both empty for languages compared by words alone."""
    if language in NOT_COMPARED:
        return b"", b""
    words = [_buckets(word, unspaced) for word, unspaced in terms.written(text)]
    opening = _count(words[:OPENING_WORDS])
    return _packed(_count(words) + OPENING_EXTRA * opening, MOST), _packed(opening, MOST_OPENING)


def unpack(packed: bytes) -> Vector:
    """Return packed forms as a vector."""
    values = np.frombuffer(packed, "<u2")
    return Vector((values // LEVELS).astype(np.uint32), values % LEVELS + 1) if packed else EMPTY


@lru_cache(maxsize=200_000)
def grams(word: str, *, unspaced: bool) -> tuple[str, ...]:
    """Return the pairs of characters of a run without spaces, or the 4-grams of a word with its edges."""
    word = unicodedata.normalize("NFKC", word).lower()
    if unspaced:
        return tuple(word[at : at + 2] for at in range(len(word) - 1))
    edged = f" {word} "
    return tuple(edged[at : at + GRAM] for at in range(max(1, len(edged) - GRAM + 1)))


def bucket_of(gram: str) -> int:
    """Return the bucket of a gram."""
    return zlib.crc32(gram.encode(errors="surrogatepass")) % BUCKETS


@lru_cache(maxsize=100_000)
def _buckets(word: str, unspaced: bool) -> Integers:
    return np.array([bucket_of(gram) for gram in grams(word, unspaced=unspaced)], np.int64)


def _count(words: Sequence[Integers]) -> Integers:
    return np.bincount(np.concatenate([_NOTHING, *words]), minlength=BUCKETS)


def _packed(counts: Integers, most: int) -> bytes:
    """Pack the heaviest, the lowest bucket first where weights are equal: bucket and weight in 16 bits each."""
    present = np.flatnonzero(counts)
    weights = _logarithms()[np.minimum(counts[present], COUNTS)] * _rarity()[present]
    kept = np.argsort(-weights, kind="stable")[:most]
    kept = np.sort(kept[weights[kept] > 0])
    levels = np.minimum(LEVELS - 1, LEVELS * weights[kept] // weights.max(initial=1))
    packed: bytes = (LEVELS * present[kept] + levels).astype("<u2").tobytes()
    return packed


@cache
def _rarity() -> Integers:
    """Return for each bucket the inverse document frequency of its grams, scaled to a byte; 0 for the most common."""
    table = (resources.files("streams.stories.similarity") / "frequencies" / "forms.bin").read_bytes()
    return np.frombuffer(table, np.uint8).astype(np.int64)


@cache
def _logarithms() -> Integers:
    """Return 1 + ln of each count."""
    return np.array([0, *(round(SCALE * (1 + exact.ln(count))) for count in range(1, COUNTS + 1))], np.int64)
