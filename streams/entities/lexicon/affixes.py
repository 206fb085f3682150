"""What is written together with a name in scripts without capitals: particles before it, endings after it."""

import re
from collections.abc import Iterator

from streams.entities.canonical import listed

_BEFORE = (
    re.compile(r"(?=[\u0621-\u064a])[وف]?[بلك]?"),  # Arabic: "and", then "in, for, as"
    re.compile(r"(?=[\u05d0-\u05ea])ו?ש?[בלמכה]?"),  # Hebrew: "and", "that", then "in, to, from, as, the"
    re.compile(r"(?=[\u1200-\u137f])(?:እና|ስለ|[የበከለ])?"),  # Amharic
)
_TO_THE = re.compile(r"[وف]?(لل)")  # Arabic: "to" and the article, of which one letter is left
_JOSA = listed(
    """은 는 이 가 을 를 의 도 만 와 과 로 으로 에 에서 에게 께 한테 까지 부터 보다 처럼 마다 나 이나 라
    이라 랑 이랑 라고 이라고 란 이란 며 이며 인 다 이다 라는 이라는 에는 에도 에만 엔 에선 에서는 에서도
    에서만 에서의 으로는 으로도 으로의 로는 로도 로의 로부터 으로부터 와는 과는 와의 과의 까지는 까지도
    까지의 부터는 만의 만이 만을 만은 에게는 에게서 에까지 에서부터 측 측은 측이"""
)
_BENGALI = listed("র ের এর য় তে ে য়ে কে ই ও েই েও রও য়ও তেও")
_TAMIL = frozenset(
    joint + ending
    for ending in listed("ில் ிலும் ிலிருந்து ின் ினால் ுக்கு ுக்கும் ை ையும் ுடன் ும் ால் க்கு")
    for joint in ("", "வ", "ய")
)
_GEORGIAN = listed("ს ში ის ზე თან დან მა მ ით ად ისა შიც")
_AFTER = (  # letters, endings, and the sign at the end of a name that an ending replaces
    (re.compile("[가-힣]"), _JOSA, ""),
    (re.compile(r"[\u0980-\u09ff]"), _BENGALI, ""),
    (re.compile(r"[\u0b80-\u0bff]"), _TAMIL, "\u0bcd"),
    (re.compile(r"[\u10d0-\u10ff]"), _GEORGIAN, "ი"),
)
_LONGEST = 7  # characters of an ending


def without_prefixes(word: str) -> Iterator[tuple[int, str]]:
    """Yield the forms of a folded Arabic, Hebrew or Amharic word without its particles, the longest first.

    Each comes with the number of characters before the name: "وبالعراق" gives (1, "بالعراق") and (2, "العراق").
    """
    if to_the := _TO_THE.match(word):
        yield to_the.start(1), f"ال{word[to_the.end() :]}"
    most = max((found.end() for pattern in _BEFORE if (found := pattern.match(word))), default=0)
    for cut in range(1, most + 1):
        yield cut, word[cut:]


def without_endings(word: str) -> Iterator[tuple[int, str]]:
    """Yield the forms of a Korean, Bengali, Tamil or Georgian word without one ending, the longest first.

    Each comes with the number of characters of the word that are the name: "서울에서" gives (2, "서울").
    """
    for letters, endings, replaced in _AFTER:
        if not letters.match(word):
            continue
        for length in range(1, min(_LONGEST, len(word) - 1) + 1):
            name = word[:-length]
            if word[-length:] in endings:
                yield len(name), name
                if replaced:
                    yield len(name), name + replaced


def names_behind(word: str) -> Iterator[str]:
    """Yield the forms of a folded name without particles, and with the last sign that an ending replaced."""
    yield from (form for _, form in without_prefixes(word))
    yield from (word + replaced for letters, _, replaced in _AFTER if replaced and letters.match(word))
