"""The links of a page: their texts, their share of a body, and the addresses that a body links to."""

from collections import Counter

from lxml.etree import XPath, _Element

from streams.cleaning.page.markup import text_of
from streams.cleaning.text.characters import fold
from streams.contract.urls import canonical

_LINKED = 0.8  # share of words in links; the highest of 179 article pages is .55
_LINKING = XPath("descendant::p[descendant::a[@href]]")
_ADDRESSES = XPath("descendant::a/@href")


def texts(tree: _Element) -> list[str]:
    """The folded texts of all links, in order."""
    return [fold(text_of(anchor)) for anchor in tree.iter("a")]


def is_mostly_links(linked: list[str], body: list[str]) -> bool:
    """Whether nearly all words of the body are in links: a menu or a list of headlines, not running text."""
    words_linked = Counter(word for text in linked for word in text.split())
    words_of_body = Counter(fold("\n".join(body)).split())
    return (words_of_body & words_linked).total() >= _LINKED * words_of_body.total()


def addresses(tree: _Element, body: list[str], base: str | None) -> tuple[str, ...]:
    """The canonical addresses that the paragraphs of ``body`` link to, in order, without repeats."""
    paragraphs = {fold(paragraph) for paragraph in body}
    linking = [paragraph for paragraph in _LINKING(tree) if fold(text_of(paragraph)) in paragraphs]
    found = (canonical(address, base=base) for paragraph in linking for address in _ADDRESSES(paragraph))
    return tuple(dict.fromkeys(address for address in found if address))
