"""Written name -> the folded form that keys use. Deterministic and independent of the article.

The rules: NFKD without marks, casefolding, no 's, no leading the, dotted initials joined token by token, hyphens and
spaces folded.
"""

import re
import unicodedata
from functools import lru_cache

FOLDED = 50_000  # cached names, since every layer folds those of an article again; 10 MB
PLAIN = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "’": "'", "ʼ": "'",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك",  # newspapers write either
        "ـ": None, **{chr(sign): None for sign in range(0x64B, 0x653)},  # the tatweel and the vowel signs of Arabic
        "״": '"', "׳": "'",
    }
)  # fmt: skip
POSSESSIVE = re.compile(r"'s?(?=\s|$)|(?<=\w)'s(?=-)")
INITIALS = re.compile(r"\b(?:[^\W\d_]{1,2}\.){2,}|\b[^\W\d_]\.(?=\s|$)")
EDGES = " \t\n.,;:!?\"“”„«»()[]{}<>…*•|/\\–—-'"
SEPARATORS = re.compile(r"[\s\-‐‑–—_־]+")
_SIGNS = re.compile(rf"[{re.escape(EDGES)}\s‐‑־_]")  # without any of these, a name is one word as it is
MARKS = re.compile("[\u0300-\u036f]+")
GENERATIONS = frozenset({"jr", "sr", "ii", "iii", "iv", "junior", "senior"})


def listed(text: str, separator: str | None = None) -> frozenset[str]:
    """Split a word list that is written as one text."""
    return frozenset(text.split(separator))


@lru_cache(maxsize=FOLDED)
def fold(name: str) -> str:
    """Return the form in which two spellings of a name are equal; "" when nothing is left.

    >>> fold("The U.S. State Department’s"), fold("Ana Beltrán  de la Roca"), fold("Han Seo-jin")
    ('us state department', 'ana beltran de la roca', 'han seo jin')
    """
    return fold_once(name)


def fold_once(name: str) -> str:
    """`fold` without its cache, for tables: their names would fill it."""
    if name.isascii() and name.isalpha():
        return name.lower()  # as most names of a gazetteer are
    text = unmarked(name).casefold().translate(PLAIN)
    if not _SIGNS.search(text):
        return text
    text = POSSESSIVE.sub("", text)
    text = INITIALS.sub(lambda match: match.group().replace(".", ""), text)
    words = [word.strip(EDGES) for word in SEPARATORS.split(text)]
    words = [word for word in words if word]
    if len(words) > 1 and words[0] in ("the", "a", "an"):
        words = words[1:]
    return " ".join(words)


def unmarked(text: str) -> str:
    """Remove accents from Latin, Greek and Cyrillic letters. Vowel signs of other scripts are letters and stay."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", MARKS.sub("", unicodedata.normalize("NFKD", text)))


def without_case(character: str) -> bool:
    """Return whether a letter belongs to a script without capitals. Georgian has some, which sentences do not use."""
    return character.isalpha() and (character.lower() == character.upper() or "\u10d0" <= character <= "\u10ff")


def person_words(name: str) -> tuple[str, ...]:
    """Return the words of a person's folded name, without initials in the middle of three or more words."""
    words = fold(name).split()
    if len(words) < 3:
        return tuple(words)
    return (words[0], *(w for w in words[1:-1] if len(w) > 1), words[-1])
