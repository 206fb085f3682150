"""An article's text and its page's markup -> its `Kind`: article, headline, stub, live blog, gallery or listing."""

from lxml.etree import XPath, _Element

from streams.cleaning.page.markup import Markup, text_of, types_of
from streams.cleaning.text.characters import count_words, fold
from streams.cleaning.text.phrases import is_paywall, mentions
from streams.contract.messages import Kind

STUB_WORDS = 150  # paywalls show one to three paragraphs; a longer text is an article whatever the markup says
_GALLERY_WORDS = 250  # of captions; a longer text with pictures is an article
_GALLERY_TYPES = {"ImageGallery", "MediaGallery"}
_BLOCKS = ("p", "div", "li", "dd", "td", "section", "article", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6")
_TEASERS = 4  # texts on the whole page that follow a headline of their own; a page with fewer is not a list
_TEASER_WORDS = 6  # a shorter text is a label or a date
_LINK_WORDS = 3  # a shorter link is a section or a name
_INNER = XPath(f"boolean(descendant::*[{' or '.join(f'self::{name}' for name in (*_BLOCKS, 'table'))}])")
_ROW = 3  # consecutive paragraphs of the body without a link between them: no list has so many
_HEADED = 0.6  # share of the body's paragraphs that follow a link of their own
_LISTING_WORDS = 60  # some paragraph of an article has so many; teasers never do


def of_article(body: str, *, paywalled: bool, furniture: str = "", of_page: Kind = Kind.ARTICLE) -> Kind:
    """The kind of an article. ``of_page``: the kind of its page as a whole.

    ``paywalled``: by the markup. ``furniture``: the page's text around the body, which may have phrases of a paywall.
    """
    if not body:
        return Kind.HEADLINE
    if of_page is not Kind.ARTICLE:
        return of_page
    if count_words(body) < STUB_WORDS and (paywalled or is_paywall(body) or is_paywall(furniture)):
        return Kind.STUB
    return Kind.ARTICLE


def of_page(page: Markup, title: str, body: list[str]) -> Kind:
    """Whether a page is a live blog, a gallery or a list of teasers, by its schema.org types, title and headings."""
    named = {of_article for node in page.nodes for of_article in types_of(node)}
    if "LiveBlogPosting" in named or mentions("live", title):
        return Kind.LIVE
    if (named & _GALLERY_TYPES or mentions("gallery", title)) and sum(map(count_words, body)) < _GALLERY_WORDS:
        return Kind.GALLERY
    is_short = all(count_words(paragraph) < _LISTING_WORDS for paragraph in body)
    if not page.articles and is_short and _are_teasers(page.tree, body):
        return Kind.LISTING
    return Kind.ARTICLE


def is_paywalled(markup: Markup) -> bool:
    """Whether schema.org isAccessibleForFree is false, in any spelling, or the content tier is locked."""
    return (
        any(_is_false(node.get("isAccessibleForFree")) for node in markup.nodes)
        or markup.meta.get("article:content_tier", "").lower() == "locked"
    )


def _are_teasers(tree: _Element, body: list[str]) -> bool:
    """Whether most paragraphs of the body each follow a link on its own: a headline with its teaser.

    The paragraphs of an article follow one another, whatever surrounds them and whichever elements they are in.
    """
    paragraphs = {fold(paragraph) for paragraph in body if count_words(paragraph) >= _TEASER_WORDS}
    of_body = headed = on_page = row = longest = 0
    linked = False
    for element in tree.iter(*_BLOCKS, "a"):
        text = fold(text_of(element))
        if element.tag == "a":
            linked = linked or (
                len(text.split()) >= _LINK_WORDS and element.get("href") is not None and not _is_in_text(element)
            )
        elif count_words(text) >= _TEASER_WORDS and not _INNER(element):
            in_link = any(parent.tag == "a" for parent in element.iterancestors())
            on_page += linked or in_link
            if text in paragraphs:
                of_body += 1
                headed += linked or in_link
                row = 0 if linked or in_link else row + 1
                longest = max(longest, row)
            linked = False
    if body and not of_body:  # its paragraphs are not elements of the page, so what precedes them is unknown
        return False
    return on_page >= _TEASERS and headed >= _HEADED * of_body and longest < _ROW


def _is_in_text(link: _Element) -> bool:
    """Whether the link is part of a paragraph that has at least as much text outside of it."""
    parent = link.getparent()
    while parent is not None and parent.tag not in _BLOCKS:
        parent = parent.getparent()
    return parent is not None and not _INNER(parent) and len(text_of(parent).strip()) >= 2 * len(text_of(link).strip())


def _is_false(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.rsplit("/", 1)[-1].lower() in ("false", "no", "0"))
