"""Builds `frequencies/` from wordfreq's word lists: one compressed table of stem frequencies for each language.

Run it again after a change of tokens or stems: ``python -m streams.stories.similarity.build_frequencies`` (about five
minutes). A stem's frequency is the sum over the words that share it, which a list of words cannot answer at run time. A
table is text: line k has the stems of frequency 10 ** (-k / 100), as in wordfreq's own format. Stems rarer than the
floor are omitted, because everything unknown counts as rare.
"""

import lzma
import math
from collections import defaultdict
from pathlib import Path

import wordfreq

from streams.stories.similarity import terms

FOLDER = Path(__file__).parent / "frequencies"
FLOOR = {"en": 1e-7}  # English lists contain rarer words, and the thresholds are measured with them
OTHERS_FLOOR = 3e-6  # keeps the tables of all languages together under 3 MB


def table(language: str) -> dict[str, float]:
    """Return the frequency by stem, or by character and pair of characters for scripts without spaces."""
    sums: defaultdict[str, float] = defaultdict(float)
    for word, frequency in wordfreq.get_frequency_dict(language, "best").items():
        for token in terms.tokens(word):
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


def main() -> None:
    """Write the tables of all languages."""
    for language in sorted(wordfreq.available_languages("best")):
        data = packed(table(language), FLOOR.get(language, OTHERS_FLOOR))
        (FOLDER / f"{language}.xz").write_bytes(data)


if __name__ == "__main__":
    main()
