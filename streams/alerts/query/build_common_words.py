"""Builds `common_words.txt` from wordfreq's word lists: the words that nearly every text of a language has.

Run it again after a change of the analyzer: ``python -m streams.alerts.query.build_common_words``.
"""

from pathlib import Path

import wordfreq

from streams.contract import analyzer

FILE = Path(__file__).parent / "common_words.txt"
LEAST_FREQUENCY = 3e-3  # of all words: a text of 300 words has such a word with a probability of 0.6 or more
NOTICE = (
    "# Derived from the word lists of wordfreq (Robyn Speer, https://github.com/rspeer/wordfreq), CC BY-SA 4.0, by",
    "# build_common_words.py: a line for each language, with the words, folded, that are at least 0.3 % of its texts.",
)


def common(language: str) -> list[str]:
    """Return the words of ``language`` that are common, folded as queries are, in order.

    wordfreq counts all numbers of two digits as 00.
    """
    known = wordfreq.get_frequency_dict(language, "small")
    return sorted(
        {
            word
            for typed, frequency in known.items()
            if frequency >= LEAST_FREQUENCY and typed.strip("0") and len(words := analyzer.words(typed)) == 1
            for word in words
        }
    )


def main() -> None:
    """Write the file."""
    lines = [f"{language} {' '.join(common(language))}" for language in sorted(wordfreq.available_languages("small"))]
    FILE.write_text("\n".join([*NOTICE, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
