"""What names a page in, its title out: a vote of what its markup says; of a body without any, its first sentence."""

import re
from collections import Counter
from collections.abc import Sequence

from streams.cleaning.characters import fold
from streams.cleaning.markup import Markup, strings

_SEPARATOR = r"\s(?:[|·•»–—:-]|::)\s|\s?\|\s?"
_SUFFIX = re.compile(rf"^(.{{10,}}?)(?:{_SEPARATOR})[^|·•»]{{1,40}}$")
_SITE_SEPARATOR = re.compile(r"^\s*(?:[|·•»«–—:-]|::)")
_SHORT_TITLE = 10  # characters; a shorter heading ("Politics") begins too many titles to be one
_FIRST_SENTENCE = re.compile(r".+?(?:[.!?…]['\"”’»)]*(?=\s)|[。！？]|$)", re.DOTALL)


def from_markup(markup: Markup) -> str:
    """Vote of h1, JSON-LD headline, og:title and <title>, the site's name cut off; ties go to the first."""
    site = markup.meta.get("og:site_name", "")
    headline = next((text for node in markup.articles for text in strings(node.get("headline"), "@value")), "")
    og = markup.meta.get("og:title", "") or markup.meta.get("twitter:title", "")
    heading = markup.headings[0] if len(markup.headings) == 1 else _shared_heading(markup, headline, og)
    # a JSON-LD headline carries no site name, so that what another name shares with it is no suffix to cut off
    others = (og, markup.title)
    plain = [t if headline and fold(t) == fold(headline) else _without_site(t, heading, site) for t in others]
    found = [heading, headline, *plain]
    votes = Counter(fold(text) for text in found if text)
    best = max(votes.values(), default=0)
    winner = next((fold(text) for text in found if text and votes[fold(text)] == best), "")
    spellings = Counter(text for text in found if fold(text) == winner)
    return max(spellings, key=lambda text: spellings[text], default="")


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


def from_body(body: Sequence[str]) -> str:
    """A body without any title is known by its first sentence, whole."""
    return _FIRST_SENTENCE.match(body[0])[0].strip() if body else ""  # type: ignore[index]
