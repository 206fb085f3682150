"""Builds `frequencies/` from wordfreq's word lists: one compressed table of stem frequencies for each language.

Run it again after a change of tokens or stems: ``python -m streams.stories.similarity.build_frequencies`` (about five
minutes). A stem's frequency is the sum over the words that share it, which a list of words cannot answer at run time. A
table is text: line k has the stems of frequency 10 ** (-k / 100), as in wordfreq's own format. Stems rarer than the
floor are omitted, because everything unknown counts as rare. `forms.bin` has one byte for each bucket of
`streams.stories.similarity.forms`: the inverse document frequency of its forms in all languages.
"""

import lzma
import math
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import wordfreq

from streams.stories.similarity import forms, terms
from streams.stories.similarity.idf import ARTICLE_WORDS

FOLDER = Path(__file__).parent / "frequencies"
FLOOR = {"en": 1e-7}  # English lists contain rarer words, and the thresholds are measured with them
OTHERS_FLOOR = 3e-6  # keeps the tables of all languages together under 3 MB
RAREST_FORM = 1e-6  # floor of the share of a form, and of the words that are counted
FORM_IN = 4  # a form occurs in a quarter of the languages: its mean share over all would make it rarer than it is


def table(language: str) -> dict[str, float]:
    """Return the frequency by stem, or by character and pair of characters for scripts without spaces."""
    sums: defaultdict[str, float] = defaultdict(float)
    for word, frequency in wordfreq.get_frequency_dict(language, "best").items():
        for token in terms.tokens(word, language):
            sums[terms.stem(token.word, language)] += frequency
        for run in terms.unspaced_runs(word):
            for character in set(run):
                if len(run) > 1:
                    sums[character] += frequency
    return dict(sums)


def packed(frequencies: dict[str, float], floor: float) -> bytes:
    """Return the table as compressed text; the same input always gives the same bytes."""
    lines: defaultdict[int, list[str]] = defaultdict(list)
    for stem, frequency in frequencies.items():
        if frequency >= floor:
            lines[max(0, round(-100 * math.log10(frequency)))].append(stem)
    text = "\n".join(" ".join(sorted(lines[k])) for k in range(max(lines) + 1))
    return lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)


def rarity_of_forms(languages: Iterable[str]) -> bytes:
    """Return the inverse document frequency of each bucket of forms, in units of 1/255 of the largest possible one."""
    shares: list[list[float]] = [[] for _ in range(forms.BUCKETS)]
    used = [language for language in languages if language not in forms.NOT_COMPARED]
    for language in used:
        own: defaultdict[int, list[float]] = defaultdict(list)
        for word, frequency in wordfreq.get_frequency_dict(language, "best").items():
            if frequency >= RAREST_FORM:
                for part, unspaced in terms.written(word):
                    for gram in forms.grams(part, unspaced=unspaced):
                        own[forms.bucket_of(gram)].append(frequency)
        for bucket, found in own.items():
            shares[bucket].append(math.fsum(found))
    most = _idf(RAREST_FORM)
    return bytes(round(255 * _idf(max(RAREST_FORM, FORM_IN * math.fsum(found) / len(used))) / most) for found in shares)


def _idf(share: float) -> float:
    return -math.log(-math.expm1(-ARTICLE_WORDS * share))


def main() -> None:
    """Write the tables of all languages."""
    (FOLDER / "forms.bin").write_bytes(rarity_of_forms(sorted(wordfreq.available_languages("best"))))
    for language in sorted(wordfreq.available_languages("best")):
        data = packed(table(language), FLOOR.get(language, OTHERS_FLOOR))
        (FOLDER / f"{language}.xz").write_bytes(data)


if __name__ == "__main__":
    main()
