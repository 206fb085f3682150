"""The lines of a page as plain text -> the one that is the title, and its best spelling.

Every line near the body that can be a heading gets a score: the body uses its words, the first paragraphs above all; a
dateline or byline follows; the page prints it more than once. The line with the highest score is the title.
"""

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from streams.cleaning.text.characters import count_words, fold, tokens
from streams.cleaning.text.phrases import is_control, is_notice, is_paywall, is_pointer
from streams.cleaning.when.parse import parse_age, readings

_MIN_WORDS, _MAX_WORDS = 2, 40  # words of a heading: one word is a section, more than 40 are a paragraph
_CHARACTERS = 5  # a line up to this length is a button
_NEAR = 60  # lines above the body that are considered: share bars, captions and players come between title and text
_INSIDE = 6  # lines of the body: a title with a question mark looks like prose, and a summary may come above it
_TWICE = 12  # lines between two printings; a page's <title> is further up, with the menus in between
_LEAD = 3  # first paragraphs, which say what the article is about
_STAMP_WITHIN = 6  # lines below a title where its dateline or byline is, after a standfirst and a caption
_STAMP_CHARACTERS = 120
_STEM = 5  # letters; inflections of a word share their beginning
_STOP_LENGTH = 3  # letters; words up to this length say little
_STANDFIRST_WORDS = 12

# Weights of the features, from a listwise logistic regression over the lines of 118 page texts in 15 languages, fitted
# on every other page (exact there .78) and tested on the rest (.57), then rounded.
_USED = 1.8  # all of its longer words occur in the body
_USED_FIRST = 1.9  # all of them occur in its first paragraphs
_STAMPED = 0.8
_REPEATED = 0.9
_WITHIN = 2.0  # the page's first line or a breadcrumb begins or ends with it
_STANDS_FIRST = 0.5  # on the page
_STANDFIRST = 1.0  # a longer line follows it
_FAR = 0.03  # per line of distance
_FEW_WORDS = {2: -2.5, 3: -1.5, 4: -1.5}  # names, sections
_SENTENCE = -1.5  # ends with a full stop, as standfirsts and captions do
_TOUCHES = -1.0  # directly above the text, as captions, summaries and the titles of bare pages are
_NAMED = -1.5  # "Jane Doe in Capital City": mostly a correspondent, sometimes a headline
_BRACKETED = -0.6  # ends with a bracket, as captions with the photographer's name do

_BULLET = re.compile(r"^(?:[*+•▪◦‣·»>–-]|\d{1,2}[.)])\s+")
_BYLINE = re.compile(
    r"^\W*(?i:(?:(?:written|reported|story|words|text|texte|texto)\s+)?(?:by|von|par|por|di|de|av|af|door|przez|autor:?|автор:?))"
    r"\s+[^\W\d_a-zà-öø-ÿа-я][^.!?]{2,80}$"
)
_NAME_AT_PLACE = re.compile(r"^(?:[A-ZÀ-Þ][\w'’-]+ ){2,3}(?:in|aus|à|en|a|from) (?:[A-ZÀ-Þ][\w'’-]+ ?){1,4}$")
_NO_HEADING = re.compile(  # paths, lists, captions, credits
    r"[|©]|\s>\s|^[^«]*\s[»›]\s|^(?:home|start|startseite|inicio|accueil)\b|\b(?:min|minute)s? read\b|"
    r"\b(?:credit|photo|foto|bild|image|picture|illustration|video|audio|grafik|infographic)s?\s*[:/=]|사진|写真|"
    r"\((?:photo|foto|image|bild|picture|file|ap|afp|reuters|getty)\b[^()]{0,200}\)\s*$|[/=.]\s*(?:afp|ap|reuters|getty|dpa)\W*$",
    re.IGNORECASE,
)
_LOOSE_COLON = re.compile(r"(?<=\w) :(?= )")


def find_title(page: Sequence[str], body: Sequence[int], language: str = "en") -> int | None:
    """The index in ``page`` of the title of the article in lines ``body``; None when no line can be a heading."""
    start = body[0]
    first = max(0, start - _NEAR)
    printed = Counter(fold(without_bullet(line)) for line in page[: start + _INSIDE])
    tops = [fold(page[i]) for i in range(min(2, start))]
    stems = {i: _stems(page[i]) for i in body}
    stamps = {i for i in range(first, start + _INSIDE) if i < len(page) and is_dateline_or_byline(page[i], language)}
    best, found = float("-inf"), None
    for i in range(first, min(start + _INSIDE, body[-1])):
        line = without_bullet(page[i])
        below = [stems[k] for k in body if k > i]
        if not _is_heading(line) or len(below) < min(_LEAD, len(body)):
            continue
        folded = fold(line)
        stamped = any(j in stamps for j in range(i + 1, i + 1 + _STAMP_WITHIN))
        again = printed[folded] > 1
        within = _is_within(folded, [*tops, *map(fold, _neighbours(page, i))])
        if i >= start and (line.endswith(".") or not (again or within or i + 1 in stamps)):
            continue  # in the text itself most headings are subheadings
        score = _USED * _share(line, set().union(*below)) + _USED_FIRST * _share(line, set().union(*below[:_LEAD]))
        score += _STAMPED * stamped + _REPEATED * again + _WITHIN * within
        score += _STANDS_FIRST * (i == 0) + _STANDFIRST * (count_words(page[i + 1]) >= _STANDFIRST_WORDS)
        score += _FEW_WORDS.get(count_words(line), 0.0) + _SENTENCE * line.endswith((".", "…"))
        score += _NAMED * bool(_NAME_AT_PLACE.match(line))
        score += _TOUCHES * (i == start - 1) + _BRACKETED * line.endswith((")", "]")) - _FAR * abs(start - i)
        if score > best:
            best, found = score, i
    return found if found is None else _first_printing(page, found)


def _first_printing(page: Sequence[str], found: int) -> int:
    """The first of two printings of the title, so that a desk and a date between them lie between title and body."""
    wanted = fold(without_bullet(page[found]))
    return next(i for i in range(max(0, found - _TWICE), found + 1) if fold(without_bullet(page[i])) == wanted)


def spell_title(page: Sequence[str], place: int, language: str) -> str:
    """The title in line ``place``, in the spelling that separates its kicker with a colon, where one does."""
    wanted = fold(without_bullet(page[place]))
    printings = [
        without_bullet(page[place]),
        *(without_bullet(line) for line in page[: place + 2] if fold(without_bullet(line)) == wanted),
    ]
    printings += [head for line in page[:2] for head in _heads(line) if fold(head) == wanted]
    best = max(printings, key=lambda text: text.count(":"))
    return best if language == "fr" else _LOOSE_COLON.sub(":", best)


def without_bullet(line: str) -> str:
    """A line without the bullet or number of a list item."""
    return _BULLET.sub("", line)


def is_dateline_or_byline(line: str, language: str = "en") -> bool:
    """Whether a line is a short one with a date or a byline."""
    line = without_bullet(line)
    if len(line) > _STAMP_CHARACTERS:
        return False
    return bool(_BYLINE.match(line) or parse_age(line) is not None or readings(line, language))


def _heads(line: str) -> list[str]:
    """``Title | Section | Site`` -> the text before each separator."""
    return [line[: found.start()] for found in re.finditer(r"\s[|–—-]\s|\s?\|\s?", line)]


def _neighbours(page: Sequence[str], i: int) -> list[str]:
    return [page[j] for j in (i - 1, i + 1) if 0 <= j < len(page)]


def _is_within(folded: str, others: Sequence[str]) -> bool:
    """Whether another line begins or ends with this one: ``Title | Site``, ``World: Title``."""
    return len(folded) >= 3 * _CHARACTERS and any(
        len(folded) < len(other) < 2 * len(folded) + 40 and (other.startswith(folded) or other.endswith(folded))
        for other in others
    )


def _stems(line: str) -> set[str]:
    return {word[:_STEM] for word in tokens(line)}


def _share(line: str, used: AbstractSet[str]) -> float:
    """The share of a line's longer words and numbers whose stems are in ``used``."""
    longer = [word for word in tokens(line) if len(word) > _STOP_LENGTH or word.isdigit()] or tokens(line)
    return sum(word[:_STEM] in used for word in longer) / len(longer) if longer else 0.0


def _is_heading(line: str) -> bool:
    return (
        _MIN_WORDS <= count_words(line) <= _MAX_WORDS
        and len(line) > _CHARACTERS
        and not line.endswith((":", ",", ";"))
        and not _NO_HEADING.search(line)
        and not (is_control(line) or is_pointer(line) or is_notice(line) or is_paywall(line))
        and not is_dateline_or_byline(line)
    )
