"""A parsed page in, the paragraphs of its article out: trafilatura, or a wider text where it cut too much."""

import html
import re
import unicodedata
from collections import Counter
from copy import copy

import html_text
import lxml.html
import readability
import trafilatura
from lxml.etree import XPath, _Element, strip_elements
from resiliparse.extract.html2text import extract_plain_text

from streams.cleaning.characters import fold, mend, words
from streams.cleaning.markup import Markup

# The "grow" rule, chosen on 179 labelled pages: 2.0 and .9 cost .004 of token F1 there, 1.3 and .9 .0015 of 4-gram F1.
_GROWTH = 1.3  # a wider text counts only with this many times the 4-grams: less is more furniture than article
_INSIDE = 0.95  # it must hold this share of the text so far, and lie with this share in the page's main content
# Where the main content has this many times the 4-grams, the quick pass may have missed the article: on 170 of 178
# labelled pages the thorough one finds the same, and on all of those that it mends there was 2.7 times as much.
_MISSED = 2.0
# Elements without a word of the article; without them every later step has half of the page to walk.
_TEXTLESS = (
    "script", "style", "svg", "template", "iframe", "noscript", "canvas", "video", "audio", "picture", "source",
    "link", "input", "select", "button", "object", "embed", "map",
)  # fmt: skip
_ARTICLES = XPath("descendant::article[not(ancestor::article)]")
_HEADINGS = XPath("descendant::*[self::h1 or self::h2 or self::h3 or self::h4]")
_TEXT = XPath("string()", smart_strings=False)
# An article with fewer words in paragraphs below the title is its head only, and the text stands elsewhere.
_TITLED_WORDS = 40
_HOVER = re.compile(r"tool-?tip|pop-?over|hover-?card|roll-?over", re.IGNORECASE)
_POST = re.compile(r"twitter|tweet|instagram|mastodon|bluesky", re.IGNORECASE)
_BOX_CHARACTERS = 200  # buttons and white space around an embedded post
_GRAM = 4
_WORD = re.compile(r"\w+")

Grams = Counter[tuple[str, ...]]


def paragraphs(tree: _Element, url: str | None = None, title: str = "") -> list[str]:
    """The article's paragraphs, before tidying; none when there is no article. ``title``: the page's."""
    _prepare(tree)
    lean = copy(tree)
    strip_elements(lean, *_TEXTLESS, with_tail=False)
    _keep_titled(lean, fold(title))
    # The tree and not the page goes in: the parser has bounded its depth, and deep nesting takes this one for ever.
    page = lxml.html.tostring(lean, encoding="unicode")
    wide = grams(_main_content(page))
    body = _precise(lean, url, fast=True)
    own = grams(body)
    missed = wide.total() >= _MISSED * own.total()
    if missed:
        body = _precise(lean, url, fast=False)
        own = grams(body)
    # Whatever replaces the body must lie in the main content, so a page without room for it is done.
    for extract in (_default, _readable):
        if wide.total() < _GROWTH * own.total() * _INSIDE:
            break
        other = extract(lean, page, url, fast=not missed)
        found = grams(other)
        if (
            found.total() >= _GROWTH * max(1, own.total())
            and _share(own, found) >= _INSIDE
            and _share(found, wide) >= _INSIDE
        ):
            body, own = other, found
    return [line for line in mend(body).split("\n") if line]


def _precise(tree: _Element, url: str | None, *, fast: bool) -> str:
    return trafilatura.extract(tree, url=url, include_comments=False, favor_precision=True, fast=fast) or ""


def linked_body(markup: Markup) -> list[str]:
    """The articleBody of the JSON-LD: a fallback only, since of ten found on labelled pages three were teasers."""
    for node in markup.articles:
        text = node.get("articleBody")
        if isinstance(text, str) and text.strip():
            plain = html_text.extract_text(text) if "<" in text else html.unescape(text)
            return [line for line in mend(plain).split("\n") if line]
    return []


def _prepare(tree: _Element) -> None:
    """Cards that show under the pointer go; embedded posts lose what would make the extractor drop them."""
    for element in list(tree.iter("span", "div", "aside", "blockquote")):
        kind = element.get("class") or ""
        if element.tag == "blockquote":
            if _POST.search(kind):
                _uncover(element)
        elif _HOVER.search(kind) and _in_paragraph(element):
            element.drop_tree()


def _keep_titled(tree: _Element, title: str) -> None:
    """Of several articles side by side the one that bears the page's title stays; the others are other stories."""
    headed = {article: fold(_TEXT(headings[0])) for article in _ARTICLES(tree) if (headings := _HEADINGS(article))}
    if any(own == title and _words(article) >= _TITLED_WORDS for article, own in headed.items()):
        for article, own in headed.items():
            if own != title:
                article.drop_tree()


def _words(article: _Element) -> int:
    return sum(words(_TEXT(paragraph)) for paragraph in article.iter("p"))


def _uncover(post: _Element) -> None:
    """A post and the boxes around it that hold little else become plain elements: the article quotes what it shows."""
    room = len("".join(map(str, post.itertext()))) + _BOX_CHARACTERS
    box: _Element | None = post
    while box is not None and box.tag in ("blockquote", "div", "figure") and _length(box) <= room:
        box.attrib.clear()
        box = box.getparent()


def _length(element: _Element) -> int:
    return sum(len(str(text)) for text in element.itertext())


def _in_paragraph(element: _Element) -> bool:
    return any(parent.tag == "p" for parent in element.iterancestors())


def _main_content(page: str) -> str:
    return extract_plain_text(
        page, main_content=True, alt_texts=False, links=False, list_bullets=False, form_fields=False
    )


def _default(tree: _Element, page: str, url: str | None, *, fast: bool) -> str:
    return trafilatura.extract(tree, url=url, include_comments=False, fast=fast) or ""


def _readable(tree: _Element, page: str, url: str | None, *, fast: bool) -> str:
    text: str = html_text.extract_text(readability.Document(page).summary())
    return text


def grams(text: str) -> Grams:
    found = _WORD.findall(unicodedata.normalize("NFC", text))  # one reader writes it, another leaves text as it is
    return Counter(zip(*(found[i:] for i in range(_GRAM)), strict=False))


def _share(part: Grams, whole: Grams) -> float:
    """How much of ``part`` lies in ``whole``; all of an empty part does."""
    return (part & whole).total() / part.total() if part else 1.0
