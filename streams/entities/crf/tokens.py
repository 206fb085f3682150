"""Text -> tokens, and where its sentences begin."""

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streams.entities.crf import languages

_MARKS = "".join(re.escape(chr(c)) for c in range(0x300, 0x10000) if unicodedata.category(chr(c)) in ("Mn", "Mc"))
_LETTER = rf"[^\W\d_][{_MARKS}]*+"  # with its vowel signs, of Arabic or Hindi
_ABBREVIATION = r"(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Gen|Sen|Gov|Rep|Prof|Lt|Col|Sgt|Capt|Inc|Ltd|Co|Corp|No|vs)\.(?=\s)"
_REST = r"\d+(?:[.,:/]\d+)*+|\n+|\S"
_ELIDED = r"(?:[ldjmtscnLDJMTSCN]|[qQ]u|[dD]ell|[aA]ll|[nN]ell|[dD]all|[sS]ull|[uU]n)['’]"
_WORDS = rf"(?:{_LETTER}\.){{2,}}|{_LETTER}\.(?=\s?[A-ZА-Я])|(?:{_LETTER})++|{_REST}"
_ENGLISH = (
    rf"(?:[^\W\d_]\.){{2,}}|{_ABBREVIATION}|[^\W\d_](?:\.(?=\s?[A-Z]))|"
    rf"[^\W\d_]++(?:['’](?![sS]\b)[^\W\d_]++)*+|['’][sS]\b|{_REST}"
)
_PATTERNS = {
    "words": re.compile(_WORDS),
    "elided": re.compile(f"{_ELIDED}|{_WORDS}"),
    "signs": re.compile(r"[A-Za-z]++|\d+|\n+|\S"),
}
_PATTERN_ENGLISH = re.compile(_ENGLISH)
LONGEST = 200  # characters of a token; a longer one is cut, since its features grow with its length

ENDS = frozenset(".!?。！？।")
_BREAKS = frozenset(' \n"”’)»')
_CLOSING = frozenset("\"”’')»")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text: what is written, and at which characters each begins and ends."""

    written: list[str]
    starts: list[int]
    ends: list[int]

    def __len__(self) -> int:
        return len(self.written)


def tokenize(text: str, language: languages.Language) -> Tokens:
    """Split a text into tokens. A run of line ends is a token, since it ends a sentence."""
    pattern = _PATTERN_ENGLISH if language.code == "en" else _PATTERNS[language.tokens]
    bounds = [match.span() for match in pattern.finditer(text)]
    if any(end - start > LONGEST for start, end in bounds):
        bounds = [(cut, min(cut + LONGEST, end)) for start, end in bounds for cut in range(start, end, LONGEST)]
    return Tokens(
        [text[start:end] for start, end in bounds], [start for start, _ in bounds], [end for _, end in bounds]
    )


def bounds_of_sentences(text: str, tokens: Tokens) -> npt.NDArray[np.int64]:
    """Return the positions of tokens that begin a sentence, the first and one past the last among them."""
    bounds = {0, len(tokens)}
    for i, token in enumerate(tokens.written):
        if token[0] == "\n":
            bounds.add(i)
        elif token in ENDS and (not token.isascii() or text[tokens.ends[i] : tokens.ends[i] + 1] in _BREAKS):
            j = i + 1
            while j < len(tokens) and tokens.written[j] in _CLOSING:
                j += 1
            bounds.add(j)
    return np.array(sorted(bounds), np.int64)
