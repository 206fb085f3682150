"""A page's tree in, the texts that belong to its pictures out: what a careful person leaves where it is."""

from lxml.etree import XPath, _Element

from streams.cleaning.text.characters import fold, words
from streams.cleaning.text.phrases import ends_sentence

_DESCRIPTIONS = XPath("descendant::img/@alt | descendant::img/@title", smart_strings=False)
_CAPTIONS = XPath("descendant::figcaption | descendant::*[contains(@class, 'caption')]")
_RUNNING = XPath(  # paragraphs that stand at no picture
    "descendant::*[self::p or self::div or self::li or self::td]"
    "[not(descendant::p or descendant::div or descendant::img)]"
    "[not(ancestor::figure or ancestor-or-self::*[contains(@class, 'caption')])]"
)
_TEXT = XPath("string()", smart_strings=False)
_LEAD_WORDS = 10  # a first sentence is longer than most captions
_SENTENCE_WORDS = 5  # a shorter description is a name, and may be a subheading too


def captions(tree: _Element) -> frozenset[str]:
    """The folded texts of captions and descriptions."""
    described = {fold(text) for text in _DESCRIPTIONS(tree) if words(text) >= _SENTENCE_WORDS}
    if (
        described
    ):  # programs fill a description with the article's first sentence: where that stands in the text, it stays
        described -= {
            fold(text)
            for text in map(_TEXT, _RUNNING(tree))
            if words(text) >= _LEAD_WORDS and ends_sentence(text.strip())
        }
    return frozenset(described | {fold(text) for text in map(_TEXT, _CAPTIONS(tree)) if words(text) >= _SENTENCE_WORDS})
