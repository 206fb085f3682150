"""The paragraphs of a body in, the same without title, pointers, notices, date lines and repeats out."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from streams.cleaning.text.characters import fold, words
from streams.cleaning.text.phrases import (
    ends_sentence,
    heads_comments,
    heads_others,
    is_control,
    is_notice,
    is_paywall,
    is_pointer,
)
from streams.cleaning.when.calendar_text import readings

_HEAD = 4  # a title is repeated among the first paragraphs or not at all
_TAIL = 3  # credits and requests for tips close an article
_REPEAT_WORDS = 8  # a shorter paragraph ("Yes.") can be meant twice
_DATE_WORDS = 12  # "Published: Monday, 12 January 2026 at 09:30 GMT" and little more
_DATE_SIGNS = re.compile(r"[\W\d_年月日時分년월일시분]")
_NOTICE_WORDS = 60  # the longest disclaimer seen; a longer paragraph that holds such words is the article's
_TIP_WORDS = 35  # "Do you know more? Write to ..."; a longer paragraph with an address is the article's own
_HEADLINE_WORDS = 5  # a shorter link is a name in a list
_LABEL_OF_LINK_WORDS = 4  # "Read another story here | ..." in a language that says it short
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
    """Drop what is not the article's text.

    ``titles`` are all texts that may be its title; ``signed`` the names that may sign it: authors and agencies;
    ``linked`` the folded texts of links, of which a paragraph that is nothing else leads to another story;
    ``captions`` the folded texts of pictures.
    """
    folded_titles = [f for f in map(fold, titles) if f]
    names = {f for f in map(fold, signed) if f}
    kept: list[str] = []
    seen: set[str] = set()
    last = len(paragraphs) - _TAIL
    for place, paragraph in enumerate(paragraphs):
        folded = fold(paragraph)
        if not folded or (place < _HEAD and _repeats_title(folded, folded_titles)):
            continue
        if is_pointer(paragraph) or is_control(paragraph) or is_about_page(paragraph):
            continue
        if folded in captions or _is_cut(paragraph):
            continue
        if heads_others(paragraph) or heads_comments(paragraph) or _is_link(paragraph, folded, linked):
            continue
        if place >= last and _is_keywords(paragraph):
            continue
        if _is_dateline(paragraph, language) or (place < 2 * _HEAD and _BYLINE.match(paragraph)):
            continue
        if (place < _HEAD or place >= last) and _is_signature(folded, names):
            continue
        if place >= last and words(paragraph) <= _TIP_WORDS and _MAIL.search(paragraph):
            continue
        if folded in seen and words(paragraph) >= _REPEAT_WORDS:
            continue
        seen.add(folded)
        kept.append(paragraph)
    return kept[_labels(kept) :]


def is_about_page(paragraph: str) -> bool:
    """A short paragraph about the page, its makers or its pictures."""
    return words(paragraph) <= _NOTICE_WORDS and is_notice(paragraph)


def _is_link(paragraph: str, folded: str, linked: AbstractSet[str]) -> bool:
    """A headline that is a link, alone or behind a label: ``MORE | Ferry fares rise by a tenth in March``."""
    if ends_sentence(paragraph) or words(paragraph) < _HEADLINE_WORDS or "://" in paragraph:
        return False
    own = folded.split()
    labels = 1 if own[0].isdigit() else _LABEL_OF_LINK_WORDS + 1  # a numbered heading may be a link too
    headlines = (own[label:] for label in range(labels))
    return any(" ".join(line) in linked for line in headlines if len(line) >= _HEADLINE_WORDS or line == own)


def _is_cut(paragraph: str) -> bool:
    """Where the text breaks off, a paywall says so."""
    return words(paragraph) <= _NOTICE_WORDS and is_paywall(paragraph)


def _is_keywords(paragraph: str) -> bool:
    """``ferry, harbour, lower quay, accident``: short items, commas, no sentence."""
    items = paragraph.split(",")
    return len(items) >= _KEYWORDS and not ends_sentence(paragraph) and all(words(item) <= 5 for item in items)


def _labels(kept: Sequence[str]) -> int:
    """How many paragraphs at the head are labels: a few words, no sentence, with the text still to come."""
    count = 0
    for paragraph in kept[:_HEAD]:
        if words(paragraph) > _LABEL_WORDS or ends_sentence(paragraph) or count + 1 == len(kept):
            break
        count += 1
    return count


def _is_signature(folded: str, names: AbstractSet[str]) -> bool:
    """Names that sign the article and nothing else: ``A. Author``, ``Agency/Agency``, ``Staff and Agency``."""
    if len(folded.split()) > _SIGNATURE_WORDS:
        return False
    rest = f" {folded} "
    for name in sorted((name for name in names if f" {name} " in rest), key=len, reverse=True):
        rest = rest.replace(f" {name} ", " ")
    return rest.strip() != folded and len(rest.split()) <= 1


def _repeats_title(folded: str, titles: list[str]) -> bool:
    return any(folded == title or (len(folded) >= 10 and folded in title) for title in titles)


def _is_dateline(paragraph: str, language: str) -> bool:
    """A date and little else; in scripts without blanks little are letters, in others words."""
    if len(paragraph) >= 120 or ends_sentence(paragraph):
        return False
    if words(paragraph) > _DATE_WORDS and len(_DATE_SIGNS.sub("", paragraph)) > _DATE_WORDS:
        return False
    return bool(readings(paragraph, language))
