"""The lines of a page and where its body begins in, which line is the title out, and how it is spelt.

Every line near the body that can be a heading is scored by what readers go by: the text uses its words, its first
paragraphs above all; a dateline or byline follows it; the page prints it more than once. The best one is the title.
"""

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from streams.cleaning.text.characters import bag, fold, words
from streams.cleaning.text.phrases import is_control, is_notice, is_paywall, is_pointer
from streams.cleaning.when.calendar_text import readings
from streams.cleaning.when.zones import ago

_FEWEST, _MOST = 2, 40  # words of a heading: one word is a section, more than 40 are a paragraph
_CHARACTERS = 5  # and this short it is a control
_NEAR = 60  # lines above the body that are looked at: between title and text stand share bars, captions, players
_INSIDE = 6  # lines into the body: a title with a question mark looks like prose, and a summary may stand above it
_TWICE = 12  # lines between two printings; a page's <title> is further up, with the menus in between
_LEAD = 3  # paragraphs that tell what the article is about
_STAMP_WITHIN = 6  # lines below a title in which its dateline or byline stands: a standfirst and a caption between
_STAMP_CHARACTERS = 120
_STEM = 5  # letters; inflections meet by their beginnings
_STOP_LENGTH = 3  # words up to this many letters say little
_STANDFIRST_WORDS = 12

# What each sign is worth against the others: a listwise logistic regression over the lines of 118 page texts in 15
# languages, fitted on every other page (exact there .78) and tested on the rest (.57), then rounded.
_USED = 1.8  # all of its longer words are the body's
_USED_FIRST = 1.9  # and of its first paragraphs
_STAMPED = 0.8
_REPEATED = 0.9
_WITHIN = 2.0  # the page's first line or a breadcrumb ends or begins with it
_STANDS_FIRST = 0.5  # on the page
_STANDFIRST = 1.0  # a longer line follows it
_FAR = 0.03  # a line of distance
_FEW_WORDS = {2: -2.5, 3: -1.5, 4: -1.5}  # names, sections
_SENTENCE = -1.5  # ends with a full stop: standfirsts and captions do
_TOUCHES = -1.0  # stands directly on the text: captions and summaries do, and titles of bare pages
_NAMED = -1.5  # "Jane Doe in Capital City": mostly a correspondent, now and then a headline
_BRACKETED = -0.6  # ends with a bracket: captions with the photographer's name

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


def find(page: Sequence[str], kept: Sequence[int], language: str = "en") -> int | None:
    """Index in ``page`` of the title of the body in lines ``kept``; None when no line can be a heading."""
    start = kept[0]
    first = max(0, start - _NEAR)
    printed = Counter(fold(plain(line)) for line in page[: start + _INSIDE])
    tops = [fold(page[i]) for i in range(min(2, start))]
    stems = {i: _stems(page[i]) for i in kept}
    stamps = {i for i in range(first, start + _INSIDE) if i < len(page) and is_stamp(page[i], language)}
    best, found = float("-inf"), None
    for i in range(first, min(start + _INSIDE, kept[-1])):
        line = plain(page[i])
        below = [stems[k] for k in kept if k > i]
        if not _is_heading(line) or len(below) < min(_LEAD, len(kept)):
            continue
        folded = fold(line)
        stamped = any(j in stamps for j in range(i + 1, i + 1 + _STAMP_WITHIN))
        again = printed[folded] > 1
        within = _is_within(folded, [*tops, *map(fold, _beside(page, i))])
        if i >= start and (line.endswith(".") or not (again or within or i + 1 in stamps)):
            continue  # in the text itself most headings are subheadings
        score = _USED * _share(line, set().union(*below)) + _USED_FIRST * _share(line, set().union(*below[:_LEAD]))
        score += _STAMPED * stamped + _REPEATED * again + _WITHIN * within
        score += _STANDS_FIRST * (i == 0) + _STANDFIRST * (words(page[i + 1]) >= _STANDFIRST_WORDS)
        score += _FEW_WORDS.get(words(line), 0.0) + _SENTENCE * line.endswith((".", "…"))
        score += _NAMED * bool(_NAME_AT_PLACE.match(line))
        score += _TOUCHES * (i == start - 1) + _BRACKETED * line.endswith((")", "]")) - _FAR * abs(start - i)
        if score > best:
            best, found = score, i
    return found if found is None else _first_printing(page, found)


def _first_printing(page: Sequence[str], found: int) -> int:
    """A title that is printed twice is the upper one, so that the desk and date between the two stand beside it."""
    wanted = fold(plain(page[found]))
    return next(i for i in range(max(0, found - _TWICE), found + 1) if fold(plain(page[i])) == wanted)


def spell(page: Sequence[str], place: int, language: str) -> str:
    """The title in line ``place``, as the printing spells it that parts its kicker from the rest, where one does."""
    wanted = fold(plain(page[place]))
    printings = [plain(page[place]), *(plain(line) for line in page[: place + 2] if fold(plain(line)) == wanted)]
    printings += [head for line in page[:2] for head in _heads(line) if fold(head) == wanted]
    best = max(printings, key=lambda text: text.count(":"))
    return best if language == "fr" else _LOOSE_COLON.sub(":", best)


def plain(line: str) -> str:
    """A line without the bullet or number that a list gave it."""
    return _BULLET.sub("", line)


def is_stamp(line: str, language: str = "en") -> bool:
    """A dateline or a byline: short, and little else in it."""
    line = plain(line)
    if len(line) > _STAMP_CHARACTERS:
        return False
    return bool(_BYLINE.match(line) or ago(line) is not None or readings(line, language))


def _heads(line: str) -> list[str]:
    """``Title | Section | Site`` -> what stands before each separator."""
    return [line[: found.start()] for found in re.finditer(r"\s[|–—-]\s|\s?\|\s?", line)]


def _beside(page: Sequence[str], i: int) -> list[str]:
    return [page[j] for j in (i - 1, i + 1) if 0 <= j < len(page)]


def _is_within(folded: str, others: Sequence[str]) -> bool:
    """Another line begins or ends with it: ``Title | Site``, ``World: Title``."""
    return len(folded) >= 3 * _CHARACTERS and any(
        len(folded) < len(other) < 2 * len(folded) + 40 and (other.startswith(folded) or other.endswith(folded))
        for other in others
    )


def _stems(line: str) -> set[str]:
    return {word[:_STEM] for word in bag(line)}


def _share(line: str, used: AbstractSet[str]) -> float:
    """Which share of a line's longer words and numbers is in ``used``, by their beginnings."""
    own = [word for word in bag(line) if len(word) > _STOP_LENGTH or word.isdigit()] or bag(line)
    return sum(word[:_STEM] in used for word in own) / len(own) if own else 0.0


def _is_heading(line: str) -> bool:
    return (
        _FEWEST <= words(line) <= _MOST
        and len(line) > _CHARACTERS
        and not line.endswith((":", ",", ";"))
        and not _NO_HEADING.search(line)
        and not (is_control(line) or is_pointer(line) or is_notice(line) or is_paywall(line))
        and not is_stamp(line)
    )
