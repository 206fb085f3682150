"""A page's markup, or the lines beside a title -> who signs the article."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import trafilatura.metadata
from lxml.etree import _Element

from streams.cleaning.page import article_scope, metadata
from streams.cleaning.page.markup import Markup, Node, texts_of
from streams.cleaning.text.characters import fold
from streams.cleaning.who import bylines

_BYLINE_CHARACTERS = 130
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
    r"^\W*(?i:(?:(?:written|reported|story|words|text|texte|texto|posted|published)\s+)?"
    r"(?:by|von|par|por|di|de|av|af|door|przez|autor|автор))"
    r"(?:\s*:\s*|\s+)(?=[^\W\d_a-zà-öø-ÿа-я])(.{3,120})$"
)
_IN_SECTION = re.compile(r",\s+in\s+[A-Z].*$")  # "By A. Author, in News"
_LEAD_ONLY = re.compile(
    r"^\W*(?:by|von|par|por|di|de|av|af|door|przez|autor|автор|text|texte|texto)\W*$", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"^\w*(?:day|tag)\b|^(?:the|an?|this|that|his|her|its|our|der|die|das|la|le|les|el|los|il)\b|\d|[!?]", re.IGNORECASE
)  # "Von Montag an"
_BLOCKS = (
    "p",
    "div",
    "span",
    "li",
    "address",
    "a",
    "strong",
    "em",
    "small",
    "section",
    "cite",
    "b",
    "i",
    "dd",
    "h4",
    "h5",
    "h6",
)
_SIGNED = re.compile(r"(?:^|[\s_-])(?:authors?|byline|author-?name|contributors?|reporter)(?:$|[\s_-])", re.IGNORECASE)
_SHOWN_ELEMENTS = 150  # after the heading; later on stand the authors of other stories
_SHOWN_CHARACTERS = 400
_DESK = re.compile(
    r"^\W*((?:[A-Z][\w.&'-]*\s+){1,4}"
    r"(?:News|Web|Online|Digital|Sports|City|Business|Foreign) (?:Desk|Team|Service|Bureau))"
    r"(?=\s*(?:[|•·,–—-]|$|\d|updated|created|published))"
)


def from_markup(
    markup: Markup,
    site: Iterable[str] = (),
    agencies: Iterable[str] = (),
    url: str | None = None,
    title: str = "",
) -> tuple[str, ...]:
    """JSON-LD, then meta, then what the page shows; ``site``, its own names, only where nobody else signs.

    The page's section and title are nobody.
    """
    own_names = frozenset(fold(name) for name in site)
    known = own_names.union(fold(name) for name in agencies)
    nobody = {fold(title), fold(metadata.section(markup) or ""), fold(markup.title)}
    site_only: tuple[str, ...] = ()
    for found in _sources(markup, url, title):
        signed = tuple(name for name in bylines.parse_names(found, known) if fold(name) not in nobody)
        others = tuple(name for name in signed if fold(name) not in own_names)
        if others:
            return others
        site_only = site_only or signed
    if site_only:
        return site_only
    guessed = trafilatura.metadata.extract_author(article_scope.article_only(markup.tree, title)) or ""
    return tuple(
        n
        for n in bylines.parse_names([guessed], known)
        if fold(n) not in nobody and (fold(n) in known or bylines.is_person_name(n))
    )


def _sources(markup: Markup, url: str | None, title: str) -> Iterator[list[str]]:
    people = article_scope.people_by_id(markup.nodes)
    for node in article_scope.dated_nodes(markup, url):
        yield list(_linked(node.get("author") or node.get("creator"), people))
    yield [markup.meta[name] for name in _META if name in markup.meta]
    heading = article_scope.find_heading(markup.tree, title)
    if heading is not None:
        yield from _shown(markup.tree, heading)


def _shown(tree: _Element, heading: _Element) -> Iterator[list[str]]:
    """The first "By ..." in a small element below the heading; then what is marked as an author's name there."""
    holds, signed = article_scope.with_ancestors(heading), []
    for element in _following(tree, heading):
        if element.tag not in _BLOCKS or article_scope.is_outside(element, holds):
            continue
        line = _first_line(element)
        byline = _byline(line)
        found = bylines.parse_names([byline]) if byline else ()
        if found and not any(_NO_NAME.search(name) for name in found):
            yield list(found)
            return
        marks = " ".join(element.get(name) or "" for name in ("class", "rel", "itemprop"))
        if _SIGNED.search(marks) and line:
            signed.append([name for name in bylines.parse_names([line]) if bylines.is_person_name(name)])
    yield next((found for found in signed if found), [])


def _following(tree: _Element, heading: _Element) -> Iterator[_Element]:
    """The elements behind the heading, in the order of the page."""
    seen: int | None = None
    for element in tree.iter():
        if element is heading:
            seen = 0
        elif seen is not None:
            seen += 1
            if seen > _SHOWN_ELEMENTS:
                return
            yield element


def _first_line(element: _Element) -> str:
    """The text of an element up to where another piece begins that no comma and no "and" ties to the one before.

    What stands in elements of their own is another thing, however near the page shows it: a date, a role, a button.
    """
    line = ""
    for text in element.itertext():
        piece = " ".join(str(text)[: 2 * _SHOWN_CHARACTERS].split())
        if not piece:
            continue
        tied = (
            not line
            or _LEAD_ONLY.match(line)
            or bylines.ONLY_CONNECTOR.fullmatch(piece)
            or line.endswith((",", "&", ";"))
            or bylines.ONLY_CONNECTOR.fullmatch(line.rpartition(" ")[2])
            or re.match(r"[,;&]\s*\S|(?:and|und|et|y|e|og|och)\s", piece)
            or _is_half(line, piece)
        )
        if not tied:
            break
        line = f"{line} {piece}" if line else piece
        if len(line) > _SHOWN_CHARACTERS:
            return ""
    return line


def _is_half(line: str, piece: str) -> bool:
    """``By Jane`` and ``Doe``: a name whose parts stand in two elements."""
    byline = _BYLINE.match(line)
    words = (byline[1] if byline else line).split()
    return len(words) == 1 and len(piece.split()) == 1 and piece[:1].isupper()


def _byline(line: str) -> str | None:
    line = " ".join(line.split())
    byline = _BYLINE.match(line) if len(line) <= _BYLINE_CHARACTERS else None
    return _IN_SECTION.sub("", byline[1]) if byline else None


def _linked(value: Any, people: Mapping[str, Node]) -> Iterator[str]:
    """Names of JSON-LD people: also of those that come in two parts, and of those told elsewhere in the page."""
    for person in value if isinstance(value, list) else [value]:
        if isinstance(person, list):
            yield from _linked(person, people)
        elif isinstance(person, str):
            yield from texts_of(people[person], "name") if person in people else texts_of(person)
        elif isinstance(person, Mapping):
            told = person if person.get("name") else people.get(str(person.get("@id")), person)
            parts = [*texts_of(told.get("givenName")), *texts_of(told.get("familyName"))]
            whole = list(texts_of(told.get("name"), "@value"))
            if bylines.parse_names(whole) or not parts:
                yield from whole
            else:
                yield " ".join(parts)


def from_lines(lines: Sequence[str], agencies: Iterable[str] = ()) -> tuple[str, ...]:
    """Bylines among the lines beside a title: "By ...", or a desk that signs."""
    known = frozenset(fold(name) for name in agencies)
    for line in lines:
        desk = _DESK.match(line)
        if desk:
            return (" ".join(desk[1].split()),)
        byline = _byline(line)
        found = bylines.parse_names([byline], known) if byline and len(line.split()) <= 16 else ()
        if found:
            return found
    return ()
