"""A page's tree in, the texts that belong to its pictures out: what a careful person leaves where it is."""

from lxml.etree import XPath, _Element

from streams.cleaning.characters import fold, words

_DESCRIPTIONS = XPath("descendant::img/@alt | descendant::img/@title", smart_strings=False)
_CAPTIONS = XPath("descendant::figcaption | descendant::*[contains(@class, 'caption')]")
_TEXT = XPath("string()", smart_strings=False)
_SENTENCE_WORDS = 5  # a shorter description is a name, and may be a subheading too


def captions(tree: _Element) -> frozenset[str]:
    """The folded texts of captions and descriptions."""
    found = [*_DESCRIPTIONS(tree), *map(_TEXT, _CAPTIONS(tree))]
    return frozenset(fold(text) for text in found if words(text) >= _SENTENCE_WORDS)
