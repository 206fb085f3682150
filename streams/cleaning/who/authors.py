"""A page's markup, or the lines near a title -> the authors of the article."""

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
    "author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl",
    "cxenseparse:author",
)  # fmt: skip
_BYLINE = re.compile(
    r"^\W*(?i:(?:(?:written|reported|story|words|text|texte|texto|posted|published)\s+)?"
    r"(?:by|von|par|por|di|de|av|af|door|przez|autor|автор))"
    r"(?:\s*:\s*|\s+)(?=[^\W\d_a-zà-öø-ÿа-я])(.{3,120})$"
)
_IN_SECTION = re.compile(r",\s+in\s+[A-Z].*$")  # "By A. Author, in News"
_LEAD_ONLY = re.compile(
    r"^\W*(?:by|von|par|por|di|de|av|af|door|przez|autor|автор|text|texte|texto)\W*$", re.IGNORECASE
)
_NOT_A_NAME = re.compile(
    r"^\w*(?:day|tag)\b|^(?:the|an?|this|that|his|her|its|our|der|die|das|la|le|les|el|los|il)\b|\d|[!?]", re.IGNORECASE
)  # "Von Montag an"
_BLOCKS = (
    "p", "div", "span", "li", "address", "a", "strong", "em", "small", "section", "cite", "b", "i", "dd", "h4", "h5",
    "h6", "ul",
)  # fmt: skip
_SIGNED = re.compile(r"(?:^|[\s_-])(?:authors?|byline|author-?name|contributors?|reporter)(?:$|[\s_-])", re.IGNORECASE)
_SHOWN_ELEMENTS = 150  # after the heading; the authors of other stories come later
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
    """The authors by JSON-LD, else by meta elements, else by the visible byline, else as trafilatura guesses.

    ``site``: the site's own names, which count only without any other author. ``agencies``: names of agencies. The
    page's section and title are never authors.
    """
    site_names = frozenset(fold(name) for name in site)
    known = site_names.union(fold(name) for name in agencies)
    not_authors = {fold(title), fold(metadata.section(markup) or ""), fold(markup.title)}
    site_only: tuple[str, ...] = ()
    for found in _sources(markup, url, title):
        signed = tuple(name for name in bylines.parse_names(found, known) if fold(name) not in not_authors)
        others = tuple(name for name in signed if fold(name) not in site_names)
        if others:
            return others
        site_only = site_only or signed
    if site_only:
        return site_only
    guessed = trafilatura.metadata.extract_author(article_scope.article_only(markup.tree, title)) or ""
    return tuple(
        n
        for n in bylines.parse_names([guessed], known)
        if fold(n) not in not_authors and (fold(n) in known or bylines.is_person_name(n))
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
    """The first "By ..." in a small element below the heading; then elements marked as an author's name there."""
    holds, signed = article_scope.with_ancestors(heading), []
    for element in _following(tree, heading):
        if element.tag not in _BLOCKS or article_scope.is_outside(element, holds):
            continue
        line = _first_line(element)
        byline = _byline(line)
        found = bylines.parse_names([byline]) if byline else ()
        if found and not any(_NOT_A_NAME.search(name) for name in found):
            yield _listed(element) or list(found)
            return
        marks = " ".join(element.get(name) or "" for name in ("class", "rel", "itemprop"))
        if _SIGNED.search(marks):
            names = bylines.parse_names([line or _unseen_name(element)])
            signed.append(_listed(element) or [name for name in names if bylines.is_person_name(name)])
    yield next((found for found in signed if found), [])


def _listed(element: _Element) -> list[str]:
    """The names of a byline that is a list or links to pages of one folder, each item one person; else none."""
    items = list(element.iter("li"))[: bylines.MAX_AUTHORS]
    if not items:
        items = list(element.iter("a"))[: bylines.MAX_AUTHORS]
        if len({(item.get("href") or "").rstrip("/").rpartition("/")[0] for item in items}) > 1:
            return []
    names = [bylines.parse_names([" ".join(map(str, item.itertext()))]) for item in items]
    if len(names) < 2 or not all(len(found) == 1 and bylines.is_person_name(found[0]) for found in names):
        return []
    return list(dict.fromkeys(name for found in names for name in found))


def _unseen_name(element: _Element) -> str:
    """The name in microdata that the page does not show."""
    return next((meta.get("content") or "" for meta in element.iter("meta") if meta.get("itemprop") == "name"), "")


def _following(tree: _Element, heading: _Element) -> Iterator[_Element]:
    """The `_SHOWN_ELEMENTS` elements after the heading, in the order of the page."""
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
    """The text of an element up to the first inner element that no comma or "and" joins to the text before.

    Text in an element of its own is something else, however near the page shows it: a date, a role, a button.
    """
    line = ""
    for text in element.itertext():
        piece = " ".join(str(text)[: 2 * _SHOWN_CHARACTERS].split())
        if not piece:
            continue
        joined = (
            not line
            or _LEAD_ONLY.match(line)
            or bylines.ONLY_CONNECTOR.fullmatch(piece)
            or line.endswith((",", "&", ";"))
            or bylines.ONLY_CONNECTOR.fullmatch(line.rpartition(" ")[2])
            or re.match(r"[,;&]\s*\S|(?:and|und|et|y|e|og|och)\s", piece)
            or _is_second_name(line, piece)
        )
        if not joined:
            break
        line = f"{line} {piece}" if line else piece
        if len(line) > _SHOWN_CHARACTERS:
            return ""
    return line


def _is_second_name(line: str, piece: str) -> bool:
    """Whether ``piece`` completes the name in ``line``, as ``Doe`` does ``By Jane``."""
    byline = _BYLINE.match(line)
    words = (byline[1] if byline else line).split()
    return len(words) == 1 and len(piece.split()) == 1 and piece[:1].isupper()


def _byline(line: str) -> str | None:
    line = " ".join(line.split())
    byline = _BYLINE.match(line) if len(line) <= _BYLINE_CHARACTERS else None
    return _IN_SECTION.sub("", byline[1]) if byline else None


def _linked(value: Any, people: Mapping[str, Node]) -> Iterator[str]:
    """The names of JSON-LD authors, also of those in two parts, and of those defined elsewhere in the page by @id."""
    for person in value if isinstance(value, list) else [value]:
        if isinstance(person, list):
            yield from _linked(person, people)
        elif isinstance(person, Mapping) and "@list" in person:
            yield from _linked(person["@list"], people)
        elif isinstance(person, str):
            yield from texts_of(people[person], "name") if person in people else texts_of(person)
        elif isinstance(person, Mapping):
            described = person if person.get("name") else people.get(str(person.get("@id")), person)
            parts = [*texts_of(described.get("givenName")), *texts_of(described.get("familyName"))]
            whole = list(texts_of(described.get("name"), "@value"))
            if bylines.parse_names(whole) or not parts:
                yield from whole
            else:
                yield " ".join(parts)


def from_lines(lines: Sequence[str], agencies: Iterable[str] = ()) -> tuple[str, ...]:
    """The authors by the lines near a title: by a "By ..." line, or a line that names a desk."""
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
