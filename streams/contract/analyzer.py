"""Text -> its words in order, split and folded as the analyzer of the search server does.

The rules are those of Unicode Standard Annex 29 (word boundaries) as Lucene's StandardTokenizer applies them, then
lower case, then Latin letters without accents (Lucene's ASCIIFoldingFilter), so that a query matches the same texts
here and on the server. Known differences: rare letter-like numbers, and servers without the folding filter.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

LONGEST = 255  # characters; the server splits longer words
# Latin letters without a Unicode decomposition
_OTHER_LATIN = {
    "ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ĸ": "q", "ł": "l", "ŋ": "n",
    "œ": "oe", "ŧ": "t", "ƀ": "b", "ƒ": "f", "ɨ": "i", "ȷ": "j", "‘": "'", "’": "'",
}  # fmt: skip


@cache
def _pattern() -> re.Pattern[str]:
    """Compiled with the first text, which is too slow for commands that read none."""
    # each character of these is a word
    alone = "\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3038-\u303b\u3041-\u3096\u309d-\u309f\u3400-\u4dbf\u4e00-\u9fff"
    alone += "\uf900-\ufaff\U00020000-\U0003ffff"
    katakana = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # a run is one word
    south_east = "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"  # a run is one word here, although it has more
    mark = "".join(
        re.escape(chr(code))
        for code in (
            *range(0x300, 0x3100),
            *range(0xFE00, 0xFE10),
            *range(0xFE20, 0xFE30),
            0xAD,
            0x200C,
            0x200D,
            0x2060,
        )
        if unicodedata.category(chr(code)) in ("Mn", "Mc", "Me", "Cf") and code != 0x200B  # which separates words
    )
    letter = rf"(?![{alone}{katakana}{south_east}])[^\W\d_]"
    part = rf"(?:(?:{letter}|[\d_])[{mark}]*)+"
    in_words = r".:'\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a"
    in_numbers = (
        r".,;'\u037e\u0589\u060c\u060d\u066c\u07f8\u2018\u2019\u2024\u2044\ufe10\ufe14\ufe52\uff07\uff0c\uff0e\uff1b"
    )
    return re.compile(
        rf"[{alone}][{mark}]*"
        rf"|[{katakana}][{katakana}{mark}_]*"
        rf"|[{south_east}][{south_east}{mark}]*"
        rf"|{part}(?:(?:(?<=[^\W\d_]|[{mark}])[{in_words}](?={letter})|(?<=[\d{mark}])[{in_numbers}](?=\d)){part})*"
        "|[\U0001f1e6-\U0001f1ff]{2}"
        "|[\u2600-\u27bf]\ufe0f"
        "|[\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?)*"
    )


def word_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each word begins and ends."""
    return (match.span() for match in _pattern().finditer(text))


def words(text: str) -> list[str]:
    """Return the words of ``text`` in order, folded, in time linear in the length of the text."""
    found: list[str] = []
    for match in _pattern().finditer(text):
        word = match.group()
        if "_" in word and not any(map(str.isalnum, word)):
            continue
        folded = _fold(word)
        found += (
            [folded] if len(word) <= LONGEST else (_fold(word[i : i + LONGEST]) for i in range(0, len(word), LONGEST))
        )
    return found


def searchable(*texts: str | None) -> str:
    """Join texts for `streams.alerts.query.holds`: one line each, with a blank on either side of each word.

    A missing text has an empty line, so that each text has its place.
    """
    return "\n".join(f" {' '.join(words(text))} " if text else "" for text in texts)


def _fold(word: str) -> str:
    return word.lower() if word.isascii() else _fold_other(word)


@lru_cache(maxsize=100_000)
def _fold_other(word: str) -> str:
    return "".join(map(_fold_letter, word))


@lru_cache(maxsize=20_000)
def _fold_letter(letter: str) -> str:
    """Lowercase letter by letter, as the server does: a capital sigma gives the same letter in any position."""
    small = letter.lower()[0]
    if small in _OTHER_LATIN:
        return _OTHER_LATIN[small]
    if not ("\u00c0" <= small <= "\u024f" or "\u1e00" <= small <= "\u1eff" or small >= "\ufb00"):
        return small
    plain = "".join(one for one in unicodedata.normalize("NFKD", small) if not unicodedata.combining(one))
    return plain if plain.isascii() else small
