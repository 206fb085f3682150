"""Drops from the paragraphs of a body what is not the article's text: title, pointers, notices, datelines, repeats."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from streams.cleaning.text.characters import count_words, fold
from streams.cleaning.text.phrases import (
    ends_sentence,
    is_comments_heading,
    is_control,
    is_notice,
    is_paywall,
    is_pointer,
    is_related_heading,
)
from streams.cleaning.when.parse import readings

_HEAD = 4  # first paragraphs, among which a title may be repeated
_TAIL = 3  # last paragraphs, where credits and requests for tips are
_REPEAT_WORDS = 8  # a shorter paragraph ("Yes.") may be repeated on purpose
_DATE_WORDS = 12  # "Published: Monday, 12 January 2026 at 09:30 GMT" and little more
_DATE_SIGNS = re.compile(r"[\W\d_年月日時分년월일시분]")
_NOTICE_WORDS = 60  # of the longest disclaimer seen; a longer paragraph with such words is the article's
_TIP_WORDS = 35  # "Do you know more? Write to ..."; a longer paragraph with an address is the article's
_HEADLINE_WORDS = 5  # a shorter link is a name in a list
_LINK_LABEL_WORDS = 4  # "Read another story here | ..." in concise languages
_KEYWORDS = 4
_SIGNATURE_WORDS = 14  # three names of people or agencies with their titles
_LABEL_WORDS = 3  # a section or a button above the text
_BYLINE = re.compile(r"^(?:by|von|par|por)\s+\S+(?:\s+\S+){0,4}$", re.IGNORECASE)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}\W*$")


def tidy(
    paragraphs: Sequence[str],
    titles: Iterable[str],
    language: str = "en",
    signed: Iterable[str] = (),
    linked: AbstractSet[str] = frozenset(),
    captions: AbstractSet[str] = frozenset(),
) -> list[str]:
    """The paragraphs that are the article's text.

    ``titles``: all texts that may be its title. ``signed``: names that may sign it, of authors and agencies.
    ``linked``: the folded texts of links; a paragraph that is one of them leads to another story. ``captions``: the
    folded captions and descriptions of pictures.
    """
    folded_titles = [f for f in map(fold, titles) if f]
    names = {f for f in map(fold, signed) if f}
    text: list[str] = []
    seen: set[str] = set()
    last = len(paragraphs) - _TAIL
    for place, paragraph in enumerate(paragraphs):
        folded = fold(paragraph)
        if not folded or (place < _HEAD and _repeats_title(folded, folded_titles)):
            continue
        if is_pointer(paragraph) or is_control(paragraph) or is_about_page(paragraph):
            continue
        if folded in captions or _is_paywall_notice(paragraph):
            continue
        if (
            is_related_heading(paragraph)
            or is_comments_heading(paragraph)
            or _is_linked_headline(paragraph, folded, linked)
        ):
            continue
        if place >= last and _is_keywords(paragraph):
            continue
        if _is_dateline(paragraph, language) or (place < 2 * _HEAD and _BYLINE.match(paragraph)):
            continue
        if (place < _HEAD or place >= last) and _is_signature(folded, names):
            continue
        if place >= last and count_words(paragraph) <= _TIP_WORDS and _MAIL.search(paragraph):
            continue
        if folded in seen and count_words(paragraph) >= _REPEAT_WORDS:
            continue
        seen.add(folded)
        text.append(paragraph)
    return text[_count_labels(text) :]


def is_about_page(paragraph: str) -> bool:
    """Whether a short paragraph is about the page, its makers or its pictures."""
    return count_words(paragraph) <= _NOTICE_WORDS and is_notice(paragraph)


def _is_linked_headline(paragraph: str, folded: str, linked: AbstractSet[str]) -> bool:
    """Whether a paragraph is a linked headline, alone or after a label: ``MORE | Ferry fares rise by a tenth``."""
    if ends_sentence(paragraph) or count_words(paragraph) < _HEADLINE_WORDS or "://" in paragraph:
        return False
    tokens = folded.split()
    labels = 1 if tokens[0].isdigit() else _LINK_LABEL_WORDS + 1  # a numbered heading may be a link too
    headlines = (tokens[label:] for label in range(labels))
    return any(" ".join(line) in linked for line in headlines if len(line) >= _HEADLINE_WORDS or line == tokens)


def _is_paywall_notice(paragraph: str) -> bool:
    """Whether a short paragraph asks for a subscription where a paywall cuts the text."""
    return count_words(paragraph) <= _NOTICE_WORDS and is_paywall(paragraph)


def _is_keywords(paragraph: str) -> bool:
    """Whether a paragraph is a list of keywords: short items, commas, no sentence."""
    items = paragraph.split(",")
    return len(items) >= _KEYWORDS and not ends_sentence(paragraph) and all(count_words(item) <= 5 for item in items)


def _count_labels(paragraphs: Sequence[str]) -> int:
    """How many leading paragraphs are labels: a few words, no sentence, followed by more text."""
    count = 0
    for paragraph in paragraphs[:_HEAD]:
        if count_words(paragraph) > _LABEL_WORDS or ends_sentence(paragraph) or count + 1 == len(paragraphs):
            break
        count += 1
    return count


def _is_signature(folded: str, names: AbstractSet[str]) -> bool:
    """Whether a paragraph consists of names that sign the article: ``A. Author``, ``Agency/Agency``."""
    if len(folded.split()) > _SIGNATURE_WORDS:
        return False
    rest = f" {folded} "
    for name in sorted((name for name in names if f" {name} " in rest), key=len, reverse=True):
        rest = rest.replace(f" {name} ", " ")
    return rest.strip() != folded and len(rest.split()) <= 1


def _repeats_title(folded: str, titles: list[str]) -> bool:
    return any(folded == title or (len(folded) >= 10 and folded in title) for title in titles)


def _is_dateline(paragraph: str, language: str) -> bool:
    """Whether a paragraph is a date and little else, measured in words, or in letters for scripts without spaces."""
    if len(paragraph) >= 120 or ends_sentence(paragraph):
        return False
    if count_words(paragraph) > _DATE_WORDS and len(_DATE_SIGNS.sub("", paragraph)) > _DATE_WORDS:
        return False
    return bool(readings(paragraph, language))
