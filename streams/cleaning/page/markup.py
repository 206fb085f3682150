"""HTML -> `Markup`: the tree, and what the page declares about itself in JSON-LD, meta elements, headings and links."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import trafilatura
from lxml.etree import XPath, _Element

from streams.cleaning.text.characters import one_line
from streams.contract.errors import Rejected, TooLarge

MAX_ELEMENTS = 50_000  # 15 times the largest of 179 labelled pages; 250,000 take trafilatura a minute
MAX_CHARACTERS = 1_000_000  # of visible text, 6 times the longest seen; beyond it every step takes seconds
_NAME_CHARACTERS = 5_000  # of a class; the longest of 179 labelled pages has 700
_PARSER_DEPTH = 255  # the parser drops deeper elements, so a page that reaches it would be cut silently
_ARTICLE_TYPES = re.compile(r"(Article|BlogPosting|Report|LiveBlogPosting|Review)$")
_LD_SCRIPT = ".//script[@type]"
_DOCUMENT = re.compile(r"<(?:html|body|head)\b", re.IGNORECASE)
_DEEP = XPath(f"boolean(//*[not(*)][count(ancestor::*) >= {_PARSER_DEPTH - 1}])")
_UNSEEN = " or ".join(f"parent::{name}" for name in ("script", "style", "noscript", "template", "svg"))
_SEEN = XPath(f"//text()[not({_UNSEEN})]", smart_strings=False)
_LONG_NAMES = XPath(f"//*[string-length(@class) > {_NAME_CHARACTERS} or string-length(@id) > {_NAME_CHARACTERS}]")
text_of = XPath("string()", smart_strings=False)  # all text in an element, scripts included
_CONTROLS = re.compile(r"[\x00-\x1f]")
_LD_COMMENT = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/)\s*$"
)

_TIMES = re.compile(r'"(datePublished|dateModified)"\s*:\s*"([^"]{6,40})"')
_ARTICLE_NAME = re.compile(r'"@type"\s{0,40}:\s{0,40}\[?\s{0,40}"\w{0,40}(?:Article|BlogPosting|Report)"')

Node = Mapping[str, Any]  # one JSON-LD object, of arbitrary shape


@dataclass(frozen=True)
class Markup:
    """The parsed page and its metadata."""

    tree: _Element
    articles: tuple[Node, ...]  # JSON-LD objects of an article type, in the order of the page
    nodes: tuple[Node, ...]  # all JSON-LD objects
    meta: Mapping[str, str]  # first content of each meta name, property or itemprop, in lower case
    title: str  # <title>
    headings: tuple[str, ...]  # <h1>, in order
    tags: tuple[str, ...]  # every article:tag
    canonical: str | None
    language: str | None


def parse(text: str) -> Markup:
    """Parse a page. Raises `Rejected` when it is not HTML, `TooLarge` when it is too deep or too big to process."""
    if not _DOCUMENT.search(text[:5000]):  # a fragment is accepted too, but the parser needs a document
        text = f"<html><body>{text}</body></html>"
    tree = trafilatura.load_html(text)
    if tree is None:
        raise Rejected("no article found: this is not HTML")
    _check_size(tree, text)
    nodes = tuple(_linked_data(tree))
    return Markup(
        tree=tree,
        articles=tuple(node for node in nodes if any(_ARTICLE_TYPES.search(kind) for kind in types_of(node))),
        nodes=nodes,
        meta=_meta(tree),
        title=one_line(_text(tree.find(".//title"))),
        headings=tuple(h for h in (one_line(_text(e)) for e in tree.iter("h1")) if h),
        tags=tuple(t for t in (one_line(e.get("content")) for e in tree.iter("meta") if _is_tag(e)) if t),
        canonical=_canonical(tree),
        language=tree.get("lang") or tree.get("xml:lang"),
    )


def _check_size(tree: _Element, source: str) -> None:
    """Raise `TooLarge` over a limit, and drop absurdly long classes. XPath walks the tree in C without recursion."""
    count = int(tree.xpath("count(//*)"))
    if count > MAX_ELEMENTS:
        raise TooLarge(f"{count:,} elements: over the limit of {MAX_ELEMENTS:,} for a page")
    if _DEEP(tree):
        raise TooLarge(f"tags nested {_PARSER_DEPTH} deep or deeper: the page cannot be read whole")
    # visible text is never longer than its source: entities are longer than their characters
    characters = sum(map(len, _SEEN(tree))) if len(source) > MAX_CHARACTERS else 0
    if characters > MAX_CHARACTERS:
        raise TooLarge(f"{characters:,} characters of text: over the limit of {MAX_CHARACTERS:,} for a page")
    for element in _LONG_NAMES(tree):
        for name in ("class", "id"):
            element.attrib.pop(name, None)


def types_of(node: Node) -> list[str]:
    """The schema.org types of a JSON-LD object, without the vocabulary's address."""
    kind = node.get("@type")
    return [str(k).rsplit("/", 1)[-1] for k in (kind if isinstance(kind, list) else [kind]) if k]


def texts_of(value: Any, *keys: str) -> Iterator[str]:
    """The texts of a JSON-LD value: itself, its items, or the first of ``keys`` that an object has."""
    if isinstance(value, str):
        text = one_line(html.unescape(value))
        if text:
            yield text
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item, *keys)
    elif isinstance(value, Mapping):
        for key in keys:
            if value.get(key):
                yield from texts_of(value[key], *keys)
                return


def _linked_data(tree: _Element) -> Iterator[Node]:
    for script in tree.iterfind(_LD_SCRIPT):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        source = _LD_COMMENT.sub("", script.text or "").strip().rstrip(";")
        try:
            # the standard library's parser, since strict=False allows raw line breaks in strings, which are common
            value = json.loads(source, strict=False)
        except (ValueError, RecursionError):
            try:
                value = json.loads(_CONTROLS.sub(" ", source).replace("\\'", "'"), strict=False)
            except (ValueError, RecursionError):
                yield from _salvaged(source)
                continue
        yield from _objects(value)


def _salvaged(source: str) -> Iterator[Node]:
    """The times of an object that is not valid JSON: a missing comma or quotation mark is mostly in a text."""
    found = dict(reversed(_TIMES.findall(source)))
    if found and _ARTICLE_NAME.search(source):
        yield {"@type": "Article", **found}


def _objects(value: Any) -> Iterator[Node]:
    """The objects at the top level, in lists, in @graph and as the main entity of a page; not those nested deeper."""
    stack = [value]
    while stack:
        item = stack.pop(0)
        if isinstance(item, list):
            stack[:0] = item
        elif isinstance(item, dict):
            yield item
            stack[:0] = [
                item[k] for k in ("@graph", "mainEntity", "mainEntityOfPage") if isinstance(item.get(k), dict | list)
            ]


def _meta(tree: _Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = one_line(element.get("content"))
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def _is_tag(element: _Element) -> bool:
    return (element.get("property") or element.get("name") or "").lower() == "article:tag"


def _canonical(tree: _Element) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return str(link.get("href")).strip()
    return None


def _text(element: _Element | None) -> str:
    return "" if element is None else "".join(str(part) for part in element.itertext())
