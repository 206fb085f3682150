"""Bylines in, names out, as written; desks and agencies are kept, since dropping them costs a quarter of F1."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import trafilatura.metadata
from lxml.etree import _Element

from streams.cleaning.characters import fold, one_line
from streams.cleaning.markup import Markup, strings

_TRAILING_PARENTHESIS = re.compile(r"\s{0,4}[(\[][^()\[\]]{1,40}[)\]]\s{0,4}$")
_PARTS = re.compile(r"\s{0,4}[;|/,•·]\s{0,4}|\s{1,4}(?:and|und|et|y|og|och|ja|i|ve|и|та|&)\s{1,4}", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:by|von|vom|par|por|da|di|de|av|af|door|text|texte|texto|foto|photo|author|autor|auteur|written by|"
    r"story by|words by|автор|yazan|przez|redakce|interview)(?:\s*:\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
_JUNK = re.compile(r"https?:|www\.|@|\d{3}|^\W*$", re.IGNORECASE)
_BYLINE_CHARACTERS = 130
_MAX_WORDS = 6  # longer items are sentences about the author
_META = (
    "author",
    "article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "byl",
    "cxenseparse:author",
)
_BYLINE = re.compile(
    r"^\W*(?i:(?:(?:written|reported|story|words|text|texte|texto)\s+)?(?:by|von|par|por|di|de|av|af|door|przez|autor|автор))"
    r"(?:\s*:\s*|\s+)(?=[A-ZÀ-ÞА-Я])(.{3,120})$"
)
_IN_SECTION = re.compile(r",\s+in\s+[A-Z].*$")  # "By A. Author, in News"
_IS_NAME = re.compile(r"^(?!\w*(?:day|tag)\b)[^\W\d_a-zà-öø-ÿа-я][^\d!?]*$")  # "Von Montag an" is none
_BLOCKS = ("p", "div", "span", "li", "address", "a", "strong", "em", "small", "section")
_SHOWN_ELEMENTS = 150  # after the heading; later on stand the authors of other stories
_DESK = re.compile(
    r"^\W*((?:[A-Z][\w.&'-]*\s+){1,4}"
    r"(?:News|Web|Online|Digital|Sports|City|Business|Foreign) (?:Desk|Team|Service|Bureau))"
    r"(?=\s*(?:[|•·,–—-]|$|\d|updated|created|published))"
)
_DATE_TAIL = re.compile(r"\s{0,4}(?:[|•·–—]|,?\s{0,4}(?:updated|published|created|on)\b|\s-\s).*$", re.IGNORECASE)


def tidy(found: Iterable[str]) -> tuple[str, ...]:
    """Names out of byline texts, in order, each once: split, without "By", addresses and sentences."""
    names: dict[str, str] = {}
    for text in found:
        whole = _TRAILING_PARENTHESIS.sub("", one_line(html.unescape(text)))
        for part in _PARTS.split(whole):
            name = _TRAILING_PARENTHESIS.sub("", _LEAD.sub("", part.strip(" .,:–—-"))).strip(' .,:–—"“”')
            if not name or _JUNK.search(name) or len(name.split()) > _MAX_WORDS or len(name) > 80:
                continue
            names.setdefault(fold(name) or name, name)
    return tuple(names.values())


def from_markup(markup: Markup, own: Iterable[str] = ()) -> tuple[str, ...]:
    """JSON-LD, then meta, then what the page shows; ``own``, the site's names, only where nobody else signs."""
    site = {fold(name) for name in own}
    site_only: tuple[str, ...] = ()
    for found in _sources(markup):
        names = tidy(found)
        others = tuple(name for name in names if fold(name) not in site)
        if others:
            return others
        site_only = site_only or names
    guessed = None if site_only else trafilatura.metadata.extract_author(markup.tree)
    return tidy([guessed]) if guessed else site_only


def _sources(markup: Markup) -> Iterator[list[str]]:
    for node in markup.articles or markup.nodes:
        yield list(_linked(node.get("author") or node.get("creator")))
    yield [markup.meta[name] for name in _META if name in markup.meta]
    yield _shown(markup.tree)


def _shown(tree: _Element) -> list[str]:
    """The first "By ..." in a small element below the heading."""
    seen: int | None = None
    for element in tree.iter():
        if element.tag == "h1":
            seen = 0
        elif seen is not None:
            seen += 1
            if seen > _SHOWN_ELEMENTS:
                break
            if element.tag in _BLOCKS:
                found = _byline("".join(map(str, element.itertext()))[:400])
                names = tidy([found]) if found else ()
                if names and all(_IS_NAME.match(name) for name in names):
                    return list(names)
    return []


def _byline(line: str) -> str | None:
    line = " ".join(line.split())
    byline = _BYLINE.match(line) if len(line) <= _BYLINE_CHARACTERS else None
    return _DATE_TAIL.sub("", _IN_SECTION.sub("", byline[1])) if byline else None


def _linked(value: Any) -> Iterator[str]:
    """Names of JSON-LD people, also of those that come in two parts."""
    for person in value if isinstance(value, list) else [value]:
        if isinstance(person, Mapping) and not person.get("name"):
            parts = [*strings(person.get("givenName")), *strings(person.get("familyName"))]
            if parts:
                yield " ".join(parts)
        else:
            yield from strings(person, "name")


def from_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """Bylines among the lines beside a title: "By ...", or a desk that signs."""
    for line in lines:
        desk = _DESK.match(line)
        if desk:
            return (" ".join(desk[1].split()),)
        byline = _byline(line)
        names = tidy([byline]) if byline and len(line.split()) <= 16 else ()
        if names:
            return names
    return ()
