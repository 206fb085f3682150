"""The paragraphs of a body in, the same without title, pointers, notices, date lines and repeats out."""

import re
from collections.abc import Iterable, Sequence

from streams.cleaning.calendar_text import readings
from streams.cleaning.characters import fold, words
from streams.cleaning.phrases import ends_sentence, is_notice, is_pointer

_HEAD = 4  # a title is repeated among the first paragraphs or not at all
_REPEAT_WORDS = 8  # a shorter paragraph ("Yes.") can be meant twice
_DATE_WORDS = 12  # "Published: Monday, 12 January 2026 at 09:30 GMT" and little more
_NOTICE_WORDS = 60  # the longest disclaimer seen; a longer paragraph that holds such words is the article's
_BYLINE = re.compile(r"^(?:by|von|par|por)\s+\S+(?:\s+\S+){0,4}$", re.IGNORECASE)


def tidy(paragraphs: Sequence[str], titles: Iterable[str], language: str = "en") -> list[str]:
    """Drop what is not the article's text. ``titles`` are all texts that may be its title."""
    folded_titles = [f for f in map(fold, titles) if f]
    kept: list[str] = []
    seen: set[str] = set()
    for place, paragraph in enumerate(paragraphs):
        folded = fold(paragraph)
        if not folded or (place < _HEAD and _repeats_title(folded, folded_titles)):
            continue
        if is_pointer(paragraph) or (words(paragraph) <= _NOTICE_WORDS and is_notice(paragraph)):
            continue
        if _is_dateline(paragraph, language) or (place < _HEAD and _BYLINE.match(paragraph)):
            continue
        if folded in seen and words(paragraph) >= _REPEAT_WORDS:
            continue
        seen.add(folded)
        kept.append(paragraph)
    return kept


def _repeats_title(folded: str, titles: list[str]) -> bool:
    return any(folded == title or (len(folded) >= 10 and folded in title) for title in titles)


def _is_dateline(paragraph: str, language: str) -> bool:
    return (
        len(paragraph) < 120
        and not ends_sentence(paragraph)
        and words(paragraph) <= _DATE_WORDS
        and bool(readings(paragraph, language))
    )
