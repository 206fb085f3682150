"""Which parts of a page belong to its own article, and which to comments, teasers and the rest of the site."""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy

from lxml.etree import XPath, _Element

from streams.cleaning.page.markup import Markup, Node, text_of, texts_of, types_of
from streams.cleaning.text.characters import fold, tokens
from streams.contract.urls import canonical, key

_OTHER_TAGS = frozenset({"aside", "nav", "footer", "form"})
_OTHER_NAMES = re.compile(
    r"(?:^|[\s_-])(?:comments?|commentlist|respond|related|recommend\w*|teasers?|sidebar|footer|promos?|trending|popular|"
    r"most-?read|more-?(?:stories|news|from|on)|read-?(?:more|next|also)|latest|newest|widgets?|outbrain|taboola|carousel|"
    r"see-?also|you-?may|up-?next|similar|breadcrumbs?|menu|navbar|newsletter|upcoming|events?-list)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OTHER_ITEMS = re.compile(r"/(?:User)?(?:Comment|Comments|Review|Event|ImageObject|Product|Offer)s?$")
_WHOLE = frozenset({"html", "body"})
_HEADINGS = XPath("//*[self::h1 or self::h2 or self::h3]")
_PAGES = re.compile(r"(?:^|/)(?:\w*WebPage|CreativeWork|ItemPage)$")
_ALIKE = 0.5  # share of the shorter headline's words in the other; two versions of one title have more


def find_heading(tree: _Element, title: str) -> _Element | None:
    """The element that shows the title: a heading of the same words, else the first h1, else any such element."""
    wanted = fold(title)
    shown = list(_HEADINGS(tree))
    same = [element for element in shown if wanted and fold(text_of(element)) == wanted]
    found = same or [element for element in shown if element.tag == "h1"]
    if found or not wanted:
        return found[0] if found else None
    lines = (element for element in tree.iter("h4", "h5", "h6", "p", "div", "span", "strong", "b") if element.text)
    return next((line for line in lines if len(line.text) < 2 * len(title) + 40 and fold(line.text) == wanted), None)


def is_outside(element: _Element, holders: frozenset[_Element] = frozenset()) -> bool:
    """Whether an element is in a comment, a teaser or another part of the page.

    ``holders``: the heading and its ancestors, which belong to the article whatever they are called.
    """
    for parent in (element, *element.iterancestors()):
        if parent in holders or parent.tag in _WHOLE:
            return False
        if _is_other(parent, holders):
            return True
    return False


def _is_other(element: _Element, holders: frozenset[_Element]) -> bool:
    holder = element.getparent()
    if element.tag == "footer" and holder is not None and holder.tag == "article" and holder in holders:
        return False
    return (
        element.tag in _OTHER_TAGS
        or _OTHER_ITEMS.search(element.get("itemtype") or "") is not None
        or any(_OTHER_NAMES.search(element.get(name) or "") for name in ("class", "id"))
    )


def with_ancestors(element: _Element | None) -> frozenset[_Element]:
    """An element and its ancestors; empty for None."""
    return frozenset() if element is None else frozenset((element, *element.iterancestors()))


def article_only(tree: _Element, title: str) -> _Element:
    """A copy of the page without parts outside its article, pictures, styles and scripts."""
    lean = deepcopy(tree)
    holds = with_ancestors(find_heading(lean, title))
    for element in list(lean.iter("script", "style", "img", "source", "figure", "picture", "link", "iframe", "svg")):
        if element not in holds:
            element.drop_tree()
    for element in list(lean.iter("meta")):
        if re.search(r"image|url|video|thumbnail", element.get("property") or element.get("name") or ""):
            element.drop_tree()
    others = lean.iter("aside", "nav", "footer", "form", "section", "div", "ul", "ol", "li", "article")
    for element in [e for e in others if e not in holds and e.tag not in _WHOLE and _is_other(e, holds)]:
        if element.getparent() is not None:
            element.drop_tree()
    return lean


def article_nodes(markup: Markup, url: str | None) -> tuple[Node, ...]:
    """The JSON-LD objects of the page's own article, best match first; empty where all describe other articles.

    Objects match by headline and by address. If none matches, those that state neither are used; an object with
    another headline describes another story.
    """
    names = [tokens(text) for text in (*markup.headings, markup.meta.get("og:title", ""), markup.title) if text]
    addresses = {key(found) for found in (url, canonical(markup.canonical, url)) if found}
    scored = [(_score(node, names, addresses, url), node) for node in markup.articles]
    least = 1 if any(score > 0 for score, _ in scored) else 0
    return tuple(node for score, node in sorted(scored, key=lambda item: -item[0]) if score >= least)


def dated_nodes(markup: Markup, url: str | None) -> tuple[Node, ...]:
    """The JSON-LD objects whose dates are the article's: its own, or those of the page where it has no article."""
    if markup.articles:
        return article_nodes(markup, url)
    return tuple(node for node in markup.nodes if not types_of(node) or any(map(_PAGES.search, types_of(node))))


def _score(node: Node, names: list[list[str]], addresses: set[str], url: str | None) -> int:
    """1 for each of headline and address that is the page's; -1 for another headline, 0 for neither."""
    headlines = [*texts_of(node.get("headline"), "@value"), *texts_of(node.get("name"), "@value")][:1]
    stated = [*texts_of(node.get("mainEntityOfPage"), "@id", "url"), *texts_of(node.get("url"), "@id", "url")]
    own_addresses = {key(address) for address in (canonical(text, url) for text in stated) if address}
    same_name = any(_alike(tokens(text), name) for text in headlines for name in names)
    if same_name or own_addresses & addresses:
        return same_name + bool(own_addresses & addresses)
    return -1 if headlines and names else 0


def _alike(one: list[str], other: list[str]) -> bool:
    short, long = sorted((set(one), set(other)), key=len)
    return bool(short) and len(short & long) >= _ALIKE * len(short) and len(short) >= min(2, len(long))


def people_by_id(nodes: Iterable[Node]) -> dict[str, Node]:
    """The objects that have a name, by the @id by which authors refer to them."""
    return {str(node["@id"]): node for node in _inner(nodes) if isinstance(node.get("@id"), str) and node.get("name")}


def _inner(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        for name in ("author", "creator", "publisher"):
            value = node.get(name)
            yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict))
