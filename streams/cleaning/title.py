"""What names a page in, its title out: a vote of markup for HTML, the nearest fitting heading for plain text."""

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from streams.cleaning.calendar_text import readings
from streams.cleaning.characters import bag, fold, words
from streams.cleaning.markup import Markup, strings
from streams.cleaning.phrases import is_notice, is_pointer

_SEPARATOR = r"\s(?:[|·•»–—:-]|::)\s|\s?\|\s?"
_SUFFIX = re.compile(rf"^(.{{10,}}?)(?:{_SEPARATOR})[^|·•»]{{1,40}}$")
_SITE_SEPARATOR = re.compile(r"^\s*(?:[|·•»«–—:-]|::)")
_SHORT_TITLE = 10  # characters; a shorter heading ("Politics") begins too many titles to be one
_MIN_WORDS, _MAX_WORDS = 3, 40  # of a heading in plain text: shorter are sections, longer are paragraphs
_USES = 0.5  # share of a heading's longer words that the body uses; headings of other stories reach .3
_WEAK_USES = 0.25
_NEAR_LINES = 12  # how far above the body a heading may stand; further up are menus
_FIRST_SENTENCE = re.compile(r".+?(?:[.!?…]['\"”’»)]*(?=\s)|[。！？]|$)", re.DOTALL)
_DATED_WORDS = 12  # a short line with a date is a dateline
_NO_HEADING = re.compile(  # paths, lists, captions, bylines
    r"[|»›©]|\s>\s|^(?:home|start|startseite|inicio|accueil)\b|\b(?:credit|photo|foto|bild|image)s?\s*[:©/]|"
    r"^(?:by|von|par|por) [^\W\d_]+(?: [^\W\d_]+){1,3}$|\bminutes? read\b|\bmin read\b",
    re.IGNORECASE,
)
_STEM = 5  # letters
_STOP_LENGTH = 3  # words up to this many letters say little


def from_markup(markup: Markup) -> str:
    """Vote of h1, JSON-LD headline, og:title and <title>, the site's name cut off; ties go to the first."""
    site = markup.meta.get("og:site_name", "")
    headline = next((text for node in markup.articles for text in strings(node.get("headline"), "@value")), "")
    og = markup.meta.get("og:title", "") or markup.meta.get("twitter:title", "")
    heading = markup.headings[0] if len(markup.headings) == 1 else _shared_heading(markup, headline, og)
    found = [heading, headline, _without_site(og, heading, site), _without_site(markup.title, heading, site)]
    votes = Counter(fold(text) for text in found if text)
    best = max(votes.values(), default=0)
    return next((text for text in found if text and votes[fold(text)] == best), "")


def names(markup: Markup) -> list[str]:
    """All that may be repeated as the title at the head of a body."""
    headlines = [text for node in markup.articles for text in strings(node.get("headline"), "@value")]
    return [*markup.headings[:3], *headlines[:1], markup.meta.get("og:title", ""), markup.title]


def _shared_heading(markup: Markup, *others: str) -> str:
    """Of several h1 the one that another name agrees with, else the first long enough."""
    known = [fold(text) for text in (*others, markup.title) if text]
    for heading in markup.headings:
        if len(heading) >= _SHORT_TITLE and any(fold(heading) in text for text in known):
            return heading
    return next((heading for heading in markup.headings if len(heading) >= _SHORT_TITLE), "")


def _without_site(text: str, heading: str, site: str) -> str:
    """``Heading | Site`` -> ``Heading``: by the heading itself, by the site's name, else by the separator."""
    if len(heading) >= _SHORT_TITLE and text.startswith(heading) and _SITE_SEPARATOR.match(text[len(heading) :]):
        return heading
    shorter = re.sub(rf"(?:{_SEPARATOR})\s*{re.escape(site)}\s*$", "", text, flags=re.IGNORECASE) if site else text
    if shorter != text and len(shorter) >= _SHORT_TITLE:
        return shorter
    found = _SUFFIX.match(text)
    return found[1] if found and "|" in text[len(found[1]) :] else text


def place_in_lines(above: Sequence[str], body: Sequence[str]) -> int | None:
    """Index in ``above`` of the title: of the headings near the body whose words it uses, the nearest group's first.

    A title stands over its subtitle, so of neighbouring headings that fit the topmost is taken.
    """
    used = {word[:_STEM] for word in bag("\n".join(body))}
    near = range(max(0, len(above) - _NEAR_LINES), len(above))
    scores = {i: _uses(above[i], used) for i in near if _is_heading(above[i])}
    for least in (_USES, _WEAK_USES):
        fitting = [i for i in scores if scores[i] >= least]
        if fitting:
            place = fitting[-1]
            place = next(i for i in fitting if fold(above[i]) == fold(above[place]))  # its first printing
            while place - 1 in fitting:
                place -= 1
            return place
    return None


def _uses(line: str, used: AbstractSet[str]) -> float:
    """Which share of a line's longer words the body uses, by their beginnings, so that inflections meet."""
    own = [word for word in bag(line) if len(word) > _STOP_LENGTH] or bag(line)
    return sum(word[:_STEM] in used for word in own) / len(own) if own else 0.0


def _is_heading(line: str) -> bool:
    return (
        _MIN_WORDS <= words(line) <= _MAX_WORDS
        and not line.endswith((".", ":", ",", ";"))
        and not _NO_HEADING.search(line)
        and not is_pointer(line)
        and not is_notice(line)
        and not (words(line) <= _DATED_WORDS and readings(line))
    )


def from_body(body: Sequence[str]) -> str:
    """A body without any title is known by its first sentence, whole."""
    return _FIRST_SENTENCE.match(body[0])[0].strip() if body else ""  # type: ignore[index]
