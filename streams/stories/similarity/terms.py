"""Text -> its words: folded, stemmed, with what their capitals tell. Queries of older tracks use the same folding.

Words are runs of letters, marks and digits; an apostrophe separates them, so that "don't" and "l'eau" are the same in
texts and in the frequency lists. Scripts without spaces, and Hangul, give overlapping pairs of characters instead.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import snowballstemmer

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

_MARKS = "".join(
    chr(c) for c in range(0x300, 0x3100) if unicodedata.category(chr(c)).startswith("M")
)  # vowel signs and accents, which `\w` does not match
_LETTER = rf"(?:[^\W_]|[{_MARKS}])"
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    r"\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"  # kana, Han, Hangul
)
_TOKEN = re.compile(
    rf"(?P<dotted>\b(?:[^\W\d_]\.){{2,}})"  # U.S., a.m.
    rf"|(?P<number>\d+(?:[.,]\d+)*(?!{_LETTER}))"
    rf"|(?P<unspaced>[{UNSPACED}]+)"
    rf"|(?P<word>(?:(?![{UNSPACED}]){_LETTER})+)"
)
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})
_SENTENCE_END = frozenset('.!?:;"([-–—•…')  # precede a word that begins a sentence, line or quotation
_JOINING = frozenset("/:-–")  # between the numbers of a date, a time, a score or a range
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}")
_CALENDAR = frozenset("年月日号號时時点點년월일")  # after the number of a year, month, day or hour
ACCENTED = frozenset({"vi"})  # where accents make other words: without them 9 of 10 syllables stand for several
_VOICING = frozenset("\u3099\u309a")  # Japanese: these make another consonant and are no accents
_TITLE_CASE = 0.6  # share of capitals from which on a line is a headline, whose capitals tell nothing
_TITLE_WORDS = 4  # shorter lines have too few words to tell
_LONG_WORD = 4  # letters of a word that title case capitalises; shorter ones often stay lower


class Token(NamedTuple):
    """One word in its place in the text."""

    word: str  # folded
    capital: bool  # begins with a capital, in a line that is not in title case
    opening: bool  # begins a sentence, so that its capital tells little
    line: int
    amount: bool = False  # a number, but no part of a date, a time, a score or a range


@lru_cache(maxsize=200_000)
def fold_word(word: str) -> str:
    """Casefold a word and remove its accents: "Ramón" and "RAMON" give "ramon"."""
    word = word.casefold()
    if word.isascii():
        return word
    plain = unicodedata.normalize("NFKD", word)
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c) or c in _VOICING))


def _fold_accented(word: str) -> str:
    """Casefold a word and keep its accents, composed."""
    return unicodedata.normalize("NFC", word.casefold())


@cache
def _stemmer(language: str) -> "snowballstemmer.stemmer":
    return snowballstemmer.stemmer(STEMMERS[language])


@lru_cache(maxsize=100_000)
def stem(word: str, language: str) -> str:
    """Return the Snowball stem of a folded word, or the word itself for numbers and languages without a stemmer."""
    if language not in STEMMERS or word[0].isdigit():
        return word
    return fold_word(_stemmer(language).stemWord(word)) or word


def pieces(run: str) -> list[str]:
    """Return the overlapping pairs of characters of a run without spaces; a single character is returned as it is."""
    run = fold_word(run)
    return [run[i : i + 2] for i in range(len(run) - 1)] or ([run] if run else [])


def tokens(text: str, language: str) -> Iterator[Token]:
    """Yield the words of ``text`` in order, without words of one letter, except in scripts without spaces."""
    fold_it = _fold_accented if language in ACCENTED else fold_word
    for number, line in enumerate(text.translate(_QUOTES).splitlines()):
        found = list(_TOKEN.finditer(line))
        telling = not _title_case(found)
        for match in found:
            kind, raw = match.lastgroup, match.group()
            if kind == "unspaced":
                for piece in pieces(raw):
                    yield Token(piece, False, False, number)
            elif kind == "number":
                yield Token(raw.replace(",", ""), False, False, number, _is_amount(line, match))
            else:
                word = fold_it(raw.replace(".", "") if kind == "dotted" else raw)
                if len(word) > 1:
                    counted = raw.isdecimal() and line[match.end() : match.end() + 1] not in _CALENDAR
                    yield Token(word, telling and raw[0].isupper(), _opens(line, match.start()), number, counted)


def _is_amount(line: str, match: re.Match[str]) -> bool:
    """Return whether a number stands alone, unlike those of "22/10", "2031-03-03", "10:30", "3-1" and "3.3.2031"."""
    before, after = line[max(0, match.start() - 1) : match.start()], line[match.end() : match.end() + 2]
    adjoined = before in _JOINING or (after[:1] in _JOINING and after[1:].isdigit())
    return not adjoined and not _DATE.fullmatch(match.group())


def _opens(line: str, start: int) -> bool:
    """Return whether the word at ``start`` begins a sentence."""
    before = start - 1
    while before >= 0 and line[before] in " '":
        before -= 1
    return before < 0 or line[before] in _SENTENCE_END


def _title_case(found: list[re.Match[str]]) -> bool:
    long = [match.group() for match in found if match.lastgroup == "word" and len(match.group()) >= _LONG_WORD]
    return len(long) >= _TITLE_WORDS and sum(word[0].isupper() for word in long) >= _TITLE_CASE * len(long)


def fold(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` as older tracks are matched against them: folded, each once, sorted.

    Runs without spaces give their characters and pairs of characters, so that a query of any length matches.
    """
    return tuple(sorted(set(_folded(text))))


def fold_some(text: str, most: int) -> tuple[str, ...]:
    """As `fold`, but only the first ``most`` different words of the text."""
    first: dict[str, None] = {}
    for word in _folded(text):
        first[word] = None
        if len(first) == most:
            break
    return tuple(sorted(first))


def _folded(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text.translate(_QUOTES)):
        raw = match.group()
        if match.lastgroup == "unspaced":
            run = fold_word(raw)
            yield from run
            yield from (run[i : i + 2] for i in range(len(run) - 1))
        elif match.lastgroup == "number":
            yield raw.replace(",", "")
        elif word := fold_word(raw.replace(".", "") if match.lastgroup == "dotted" else raw):
            yield word


def written(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of ``text`` as written, without numbers; True for runs in scripts without spaces."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup in ("word", "unspaced"):
            yield match.group(), match.lastgroup == "unspaced"


def unspaced_runs(text: str) -> list[str]:
    """Return the runs of ``text`` in scripts without spaces, folded."""
    return [fold_word(match.group()) for match in _TOKEN.finditer(text) if match.lastgroup == "unspaced"]
