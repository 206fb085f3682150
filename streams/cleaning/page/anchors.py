"""A page's tree and the body taken from it in, what its links say of both out."""

from collections import Counter

from lxml.etree import XPath, _Element

from streams.cleaning.text.characters import fold
from streams.contract.urls import canonical

_LINKED = 0.8  # share of words in links; the most that any of 179 article pages has is .55
_LINKING = XPath("descendant::p[descendant::a[@href]]")
_ADDRESSES = XPath("descendant::a/@href")
_TEXT = XPath("string()", smart_strings=False)


def texts(tree: _Element) -> list[str]:
    """The folded texts of all links."""
    return [fold(_TEXT(anchor)) for anchor in tree.iter("a")]


def is_only_links(linked: list[str], body: list[str]) -> bool:
    """Nearly all words of the body are those of links: a menu or a list of headlines, not running text."""
    words_linked = Counter(word for text in linked for word in text.split())
    own = Counter(fold("\n".join(body)).split())
    return (own & words_linked).total() >= _LINKED * own.total()


def addresses(tree: _Element, body: list[str], base: str | None) -> tuple[str, ...]:
    """What the article's own paragraphs link to, canonical, in order, each once."""
    kept = {fold(paragraph) for paragraph in body}
    linking = [paragraph for paragraph in _LINKING(tree) if fold(_TEXT(paragraph)) in kept]
    found = (canonical(address, base=base) for paragraph in linking for address in _ADDRESSES(paragraph))
    return tuple(dict.fromkeys(address for address in found if address))
