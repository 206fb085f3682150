"""Repairs text (mojibake, entities, invisible characters), counts its words and folds it for comparison."""

import re
import unicodedata
from functools import lru_cache

import ftfy

# Quotation marks and full-width letters are intended by the author; entities and mojibake are errors.
_FIX = ftfy.TextFixerConfig(
    uncurl_quotes=False, fix_character_width=False, normalization="NFC", remove_control_chars=True
)
# Zero-width and direction marks, which only hide or reorder text. The joiners U+200C and U+200D stay: Persian, Indic
# scripts and emoji need them.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_ASCII_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(r"[^\S\n\u3000]+")  # not U+3000, which separates the clauses of a Japanese headline
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\u0085\u2028\u2029]")
_PUNCTUATION = re.compile(r"[\W_]+")
_WORD = re.compile(r"\w+(?:['’.\-]\w+)*")
# Scripts without spaces between words: a word has about two characters.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_CHARACTERS_PER_WORD = 2
_LAST_COMBINING = 0x20000  # of Unicode's characters; to look at all takes a tenth of a second
_COMBINING = re.compile(f"[{''.join(c for c in map(chr, range(_LAST_COMBINING)) if unicodedata.combining(c))}]+")
_SHORT = 200  # characters; longer texts are not cached, which bounds the cache's memory


def fix_text(text: str) -> str:
    """Undo mojibake and entities and drop invisible characters; NFC, line ends as \\n, single blanks within a line."""
    if text.isascii() and "&" not in text and not _ASCII_CONTROLS.search(text):  # a fast path for most texts of markup
        return "\n".join(line.strip() for line in _SPACES.sub(" ", text).split("\n"))
    text = _SURROGATES.sub("\ufffd", text)
    text = _LINE_ENDS.sub("\n", text)
    text = ftfy.fix_text(text.replace("\x00", ""), _FIX)  # control characters go later, since mojibake contains them
    text = _CONTROLS.sub("", _INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFC", text)
    return "\n".join(line.strip() for line in _SPACES.sub(" ", text).split("\n"))


def one_line(text: str | None) -> str:
    """`fix_text`, joined to one line; "" for None."""
    return _SPACES.sub(" ", fix_text(text).replace("\n", " ")).strip() if text else ""


@lru_cache(maxsize=256)  # several rules count the same paragraph in turn
def count_words(text: str) -> int:
    """The number of words: runs of letters and digits; half of the characters in scripts without spaces."""
    unspaced = len(_UNSPACED.findall(text))
    if unspaced:
        text = _UNSPACED.sub(" ", text)
    return len(_WORD.findall(text)) + -(-unspaced // _CHARACTERS_PER_WORD)


def fold(text: str) -> str:
    """Text normalised for comparison: letters and digits, single blanks, no case, accents or compatibility forms."""
    return _fold_short(text) if len(text) <= _SHORT else _fold(text)


@lru_cache(maxsize=4096)  # names of agencies and texts of links recur on every page of a site
def _fold_short(text: str) -> str:
    return _fold(text)


def _fold(text: str) -> str:
    plain = text.casefold()
    if not plain.isascii():
        plain = _COMBINING.sub("", unicodedata.normalize("NFKD", plain)).casefold()
    return " ".join(_PUNCTUATION.sub(" ", plain).split())


def tokens(text: str) -> list[str]:
    """The folded words of a text, for measuring overlaps; pairs of characters in scripts without spaces."""
    found: list[str] = []
    for word in fold(text).split():
        if _UNSPACED.search(word):
            found.extend(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        else:
            found.append(word)
    return found
