"""The captions and descriptions of a page's pictures, which are not article text."""

from lxml.etree import XPath, _Element

from streams.cleaning.page.markup import text_of
from streams.cleaning.text.characters import count_words, fold
from streams.cleaning.text.phrases import ends_sentence

_DESCRIPTIONS = XPath("descendant::img/@alt | descendant::img/@title", smart_strings=False)
_CAPTIONS = XPath("descendant::figcaption | descendant::*[contains(@class, 'caption')]")
_RUNNING = XPath(  # paragraphs outside of pictures and captions
    "descendant::*[self::p or self::div or self::li or self::td]"
    "[not(descendant::p or descendant::div or descendant::img)]"
    "[not(ancestor::figure or ancestor-or-self::*[contains(@class, 'caption')])]"
)
_LEAD_WORDS = 10  # a first sentence is longer than most captions
_SENTENCE_WORDS = 5  # a shorter description is a name, and may be a subheading too


def caption_texts(tree: _Element) -> frozenset[str]:
    """The folded texts of captions and of descriptions (alt, title) of at least five words."""
    pictured = [*_DESCRIPTIONS(tree), *map(text_of, _CAPTIONS(tree))]
    found = {fold(text) for text in pictured if count_words(text) >= _SENTENCE_WORDS}
    if found:  # some sites describe a picture by the article's first sentence, which must stay in the text
        found -= {
            fold(text)
            for text in map(text_of, _RUNNING(tree))
            if count_words(text) >= _LEAD_WORDS and ends_sentence(text.strip())
        }
    return frozenset(found)
