"""An article's text and what its page says of itself in, what kind of text it is out."""

from lxml.etree import _Element

from streams.cleaning.characters import words
from streams.cleaning.markup import Markup, types
from streams.cleaning.phrases import is_paywall, says
from streams.messages import Kind

STUB_WORDS = 150  # paywalls let through one to three paragraphs; a longer text is an article whatever the markup says
_GALLERY_WORDS = 250  # captions; a longer text beside pictures is an article
_GALLERY_TYPES = {"ImageGallery", "MediaGallery"}
_TEASERS = 8  # headings that are links: related boxes have up to six
_HEADINGS = ("h2", "h3", "h4")
_LISTING_WORDS = 60  # a paragraph of an article now and then has so many; teasers never do


def kind(body: str, *, paywalled: bool, furniture: str = "", of_page: Kind = Kind.ARTICLE) -> Kind:
    """``paywalled``: the markup says so. ``furniture``: the page's text around the body, asked for its phrases."""
    if not body:
        return Kind.HEADLINE
    if of_page is not Kind.ARTICLE:
        return of_page
    if words(body) < STUB_WORDS and (paywalled or is_paywall(body) or is_paywall(furniture)):
        return Kind.STUB
    return Kind.ARTICLE


def of_page(page: Markup, title: str, body: list[str]) -> Kind:
    """Whether a page is a live blog, a gallery or a list of teasers, by its types, its title and its headings."""
    named = {kind for node in page.nodes for kind in types(node)}
    if "LiveBlogPosting" in named or says("live", title):
        return Kind.LIVE
    if (named & _GALLERY_TYPES or says("gallery", title)) and sum(map(words, body)) < _GALLERY_WORDS:
        return Kind.GALLERY
    if not page.articles and not _is_article(page) and _teasers(page.tree) >= _TEASERS and _only_short(body):
        return Kind.LISTING
    return Kind.ARTICLE


def paywalled(markup: Markup) -> bool:
    """schema.org isAccessibleForFree is false, in whichever of the spellings found, or the content tier is locked."""
    return (
        any(_is_false(node.get("isAccessibleForFree")) for node in markup.nodes)
        or markup.meta.get("article:content_tier", "").lower() == "locked"
    )


def _is_article(page: Markup) -> bool:
    return page.meta.get("og:type", "").lower().endswith("article")


def _teasers(tree: _Element) -> int:
    """Headings that are links, or stand inside of one."""
    return sum(
        heading.find(".//a[@href]") is not None or any(parent.tag == "a" for parent in heading.iterancestors())
        for heading in tree.iter(*_HEADINGS)
    )


def _only_short(body: list[str]) -> bool:
    return all(words(paragraph) < _LISTING_WORDS for paragraph in body)


def _is_false(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.rsplit("/", 1)[-1].lower() in ("false", "no", "0"))
