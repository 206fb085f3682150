"""Bylines in, names out, as written; desks and agencies are kept, since dropping them costs a quarter of F1."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import trafilatura.metadata

from streams.cleaning.characters import fold, one_line
from streams.cleaning.markup import Markup, strings

_TRAILING_PARENTHESIS = re.compile(r"\s*[(\[][^()\[\]]{1,40}[)\]]\s*$")
_PARTS = re.compile(r"\s*[;|/,•·]\s*|\s+(?:and|und|et|y|og|och|ja|i|ve|и|та|&)\s+", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:by|von|vom|par|por|da|di|de|av|af|door|text|texte|texto|foto|photo|author|autor|auteur|written by|"
    r"story by|words by|автор|yazan|przez|redakce|interview)(?:\s*:\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
_JUNK = re.compile(r"https?:|www\.|@|\d{3}|^\W*$", re.IGNORECASE)
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
_BYLINE = re.compile(r"^(?:by|von|par|por|di|av|af|door|автор:?)\s+(?=[A-ZÀ-ÞА-Я])(.{3,120})$", re.IGNORECASE)
_DESK = re.compile(
    r"^\W*((?:[A-Z][\w.&'-]*\s+){1,4}"
    r"(?:News|Web|Online|Digital|Sports|City|Business|Foreign) (?:Desk|Team|Service|Bureau))"
    r"(?=\s*(?:[|•·,–—-]|$|\d|updated|created|published))"
)
_DATE_TAIL = re.compile(r"\s*(?:[|•·–—]|,?\s*(?:updated|published|created|on)\b|\s-\s).*$", re.IGNORECASE)


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


def from_markup(markup: Markup) -> tuple[str, ...]:
    """JSON-LD, then meta, then the byline elements of the page."""
    for node in markup.articles or markup.nodes:
        names = tidy(_linked(node.get("author") or node.get("creator")))
        if names:
            return names
    named = tidy(markup.meta[name] for name in _META if name in markup.meta)
    if named:
        return named
    shown = trafilatura.metadata.extract_author(markup.tree)
    return tidy([shown]) if shown else ()


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
        byline = _BYLINE.match(line)
        if byline and len(line.split()) <= 16:
            names = tidy([_DATE_TAIL.sub("", byline[1])])
            if names:
                return names
    return ()
