"""Stem and language -> inverse document frequency, from the fixed tables in `frequencies/`.

df(w) = 1 - exp(-L p(w)), p the frequency of the stem in wordfreq's corpora and L the words of a typical text: the
Poisson estimate of Church and Gale (1995). A fixed table needs no warm-up and gives the same answer after a restart;
learning df from the stream was worse, because the words of a large story then count as common.
"""

import lzma
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources

from streams.stories.similarity import exact

ARTICLE_WORDS = 150  # L for articles: 150 and 300 gave the same result
HEADLINE_WORDS = 10  # L for headlines; 100 was worse
RAREST = 1e-7  # floor of p: 1e-6 to 1e-8 made no difference
COMMON = 1e-3  # words as common as this ("said", "new", "would") tell nothing in any language
MOST_DIGITS = 30  # longer figures are keys or primes, which nobody reads
FIGURE_PLACES = 12  # decimal places of the share of a figure among those of its length
_NEUTRAL = 1e-5  # p of every word where there is no table
_TABLES = {"no": "nb", "nn": "nb", "hr": "sh", "bs": "sh", "tl": "fil"}  # table of the closest written language


@cache
def _table(language: str) -> dict[str, float] | None:
    file = resources.files("streams.stories.similarity") / "frequencies" / f"{_TABLES.get(language, language)}.xz"
    if not (language.isalpha() and file.is_file()):
        return None
    lines = lzma.decompress(file.read_bytes()).decode().split("\n")
    table: dict[str, float] = {}
    for k, line in enumerate(lines):
        table |= dict.fromkeys(line.split(), exact.power_of_ten(Decimal(-k) / 100))
    return table


def known(language: str) -> bool:
    """Return whether there is a table for ``language``; without one all words have the same frequency."""
    return _table(language) is not None


@lru_cache(maxsize=100_000)
def frequency(stem: str, language: str) -> float:
    """Return the share of a stem among all words of ``language``, between 0 and 1."""
    table = _table(language)
    if table is None:
        return _NEUTRAL
    if stem[0].isdigit() and stem.replace(".", "").isdigit():
        if len(stem) > MOST_DIGITS:
            return RAREST  # wordfreq's estimate for so many digits is below the floor
        from wordfreq.numbers import digit_freq, smash_numbers  # here: wordfreq takes 20 MB, and figures are few

        estimated = round(digit_freq(stem), FIGURE_PLACES)  # a power by the C library's `pow`
        return max(RAREST, table.get(smash_numbers(stem), RAREST) * estimated)
    direct = table.get(stem, RAREST)
    if len(stem) == 2 and not stem.isascii() and stem[0] in table:  # a pair may span two words by chance
        direct += table[stem[0]] * table.get(stem[1], RAREST)
    return direct


def idf(stem: str, language: str, words: int = ARTICLE_WORDS) -> float:
    """Return -ln of the share of texts of ``words`` words that contain the stem."""
    return exact.poisson_idf(frequency(stem, language), words)
