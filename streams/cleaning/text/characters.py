"""Text with the accidents of its way here in, the same text as its author meant it out; and how words are counted."""

import re
import sys
import unicodedata
from functools import lru_cache

import ftfy

# Quotation marks and full-width letters are the author's; entities and mojibake are accidents.
_FIX = ftfy.TextFixerConfig(
    uncurl_quotes=False, fix_character_width=False, normalization="NFC", remove_control_chars=True
)
# Zero-width and direction marks that only hide or reorder text. The joiners U+200C and U+200D stay: Persian,
# the scripts of India and emoji need them.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_ASCII_ACCIDENTS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(r"[^\S\n\u3000]+")  # U+3000 parts the clauses of a Japanese headline, where it is wanted
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\u0085\u2028\u2029]")
_PUNCTUATION = re.compile(r"[\W_]+")
_WORD = re.compile(r"\w+(?:['’.\-]\w+)*")
# Scripts that do not part words: a word has about two characters there.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_CHARACTERS_A_WORD = 2
_COMBINING = re.compile(f"[{''.join(c for c in map(chr, range(sys.maxunicode)) if unicodedata.combining(c))}]+")
_SHORT = 200  # characters; longer texts are not kept, so that the memory of it is bounded


def mend(text: str) -> str:
    """Undo mojibake, entities and invisible characters; NFC; line ends as \\n; single blanks inside a line."""
    if text.isascii() and "&" not in text and not _ASCII_ACCIDENTS.search(text):  # most texts of markup: much faster
        return "\n".join(line.strip() for line in _SPACES.sub(" ", text).split("\n"))
    text = _SURROGATES.sub("\ufffd", text)
    text = _LINE_ENDS.sub("\n", text)
    text = ftfy.fix_text(text.replace("\x00", ""), _FIX)  # mojibake hides in control characters: they go afterwards
    text = _CONTROLS.sub("", _INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFC", text)
    return "\n".join(line.strip() for line in _SPACES.sub(" ", text).split("\n"))


def one_line(text: str | None) -> str:
    """`mend` and joined to one line."""
    return _SPACES.sub(" ", mend(text).replace("\n", " ")).strip() if text else ""


@lru_cache(maxsize=256)  # the rules ask of one paragraph after the other, and several times of each
def words(text: str) -> int:
    """How many words: runs of letters and digits; in scripts without blanks, half of the characters."""
    unspaced = len(_UNSPACED.findall(text))
    if unspaced:
        text = _UNSPACED.sub(" ", text)
    return len(_WORD.findall(text)) + -(-unspaced // _CHARACTERS_A_WORD)


def fold(text: str) -> str:
    """For comparing: letters and digits only, one blank between words, no case, no accents, no style."""
    return _fold_short(text) if len(text) <= _SHORT else _fold(text)


@lru_cache(maxsize=4096)  # names of agencies and texts of links come again on every page of a site
def _fold_short(text: str) -> str:
    return _fold(text)


def _fold(text: str) -> str:
    plain = text.casefold()
    if not plain.isascii():
        plain = _COMBINING.sub("", unicodedata.normalize("NFKD", plain)).casefold()
    return " ".join(_PUNCTUATION.sub(" ", plain).split())


def bag(text: str) -> list[str]:
    """The folded words of a text, for overlaps; in scripts without blanks, pairs of characters."""
    found: list[str] = []
    for word in fold(text).split():
        if _UNSPACED.search(word):
            found.extend(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        else:
            found.append(word)
    return found
