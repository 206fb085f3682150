"""A parsed page -> the paragraphs of its article, by trafilatura, or by a wider extraction where it cut too much."""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import html_text
import lxml.html
import readability
import trafilatura
from lxml.etree import XPath, _Element
from resiliparse.extract.html2text import extract_plain_text

from streams.cleaning.body import script_state
from streams.cleaning.body.normalise import normalise
from streams.cleaning.body.text_body import find_body, split_lines
from streams.cleaning.page.markup import Markup, text_of
from streams.cleaning.text.characters import count_words, fix_text, fold

# The "grow" rule, tuned on 179 labelled pages: 2.0 and .9 cost .004 of token F1 there, 1.3 and .9 .0015 of 4-gram F1.
_GROWTH = 1.3  # a wider text needs this many times the 4-grams: a smaller gain is more furniture than article
_INSIDE = 0.95  # share of the text so far that it must contain, and of it that must be in the page's main content
# Where the main content has this many times the 4-grams, the fast pass may have missed the article: on 170 of 178
# labelled pages the thorough pass finds the same, and all pages that it improves had 2.7 times as many.
_MISSED = 2.0
_ARTICLES = XPath("descendant::article[not(ancestor::article)]")
_HEADINGS = XPath("descendant::*[self::h1 or self::h2 or self::h3 or self::h4]")
# An <article> with fewer words in paragraphs below the title is only the head; its text is elsewhere.
_TITLED_WORDS = 40
_POST = re.compile(r"twitter|tweet|instagram|mastodon|bluesky", re.IGNORECASE)
_BOX_CHARACTERS = 200  # buttons and white space around an embedded post
_GRAM = 4
_FEW_WORDS = 80  # a shorter body is next to nothing if the page has more
_BRIEF_WORDS = 25  # the shortest news in brief
_FULLER = 2.0  # another source of the body needs this many times the words found
_TITLE_COVERAGE = 0.5  # share of the title's words that the article's text uses
_PART = 0.25  # share of the main element's words below which a body is only a part
_WORD = re.compile(r"\w+")

NGrams = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class ExtractedBody:
    """``source``: "page", "wider" where the first pass found next to nothing, "linked data" or "state"."""

    paragraphs: list[str]
    source: str = "page"


def extract_body(page: Markup, url: str | None = None, title: str = "") -> ExtractedBody:
    """The article's paragraphs, before tidying. ``title``: the page's.

    The text that the extractors agree on comes first. Where it is next to nothing, other sources in the page are tried,
    most reliable first: its linked data, a wider text of the tree, the state of its scripts.
    """
    found = _from_tree(page.tree, url, title)
    size = sum(map(count_words, found.paragraphs))
    linked = linked_data_body(page)
    if sum(map(count_words, linked)) >= max(_FEW_WORDS, _FULLER * size):
        return ExtractedBody(linked, "linked data")
    if size < _FEW_WORDS:
        state = script_state.state_paragraphs(page.tree, title)
        if sum(map(count_words, state)) >= _FULLER * size and state:
            return ExtractedBody(state, "state")
    return found if found.paragraphs or not linked else ExtractedBody(linked, "linked data")


def _from_tree(tree: _Element, url: str | None, title: str) -> ExtractedBody:
    _uncover_posts(tree)
    lean = copy(tree)
    main = normalise(lean)
    _keep_titled(lean, fold(title))
    # From the tree, not the source: the parser has limited its depth, and resiliparse never ends on deep nesting.
    page = lxml.html.tostring(lean, encoding="unicode")
    wide = ngrams(_main_content(page))
    text = _precise(lean, url, fast=True)
    own = ngrams(text)
    missed = wide.total() >= _MISSED * own.total()
    if missed:
        text = _precise(lean, url, fast=False)
        own = ngrams(text)
    # A replacement must lie in the main content, so no other extractor runs where that is too small for one.
    others: list[str] = []
    for extract in (_default, _readable):
        if wide.total() < _GROWTH * own.total() * _INSIDE:
            break
        other = extract(lean, page, url, fast=not missed)
        others.append(other)
        found = ngrams(other)
        if (
            found.total() >= _GROWTH * max(1, own.total())
            and _share(own, found) >= _INSIDE
            and _share(found, wide) >= _INSIDE
        ):
            text, own = other, found
    source = "page"
    if count_words(text) < max(
        _FEW_WORDS, _PART * count_words(text_of(main))
    ):  # by all its text first: finding the running text takes longer
        main_text = _running_text(main)
        if count_words(text) < max(_FEW_WORDS, _PART * count_words(main_text)):
            wider = _wider_text(text, main_text, [*others, main_text], title)
            if wider:
                text, source = wider, "wider"
    return ExtractedBody([line for line in fix_text(text).split("\n") if line], source)


def _wider_text(text: str, main_text: str, others: Sequence[str], title: str) -> str:
    """The wider text most similar to that of the page's main element; "" where none is the article.

    A short text that uses the title's words is a short article, and only a text that contains it may replace it.
    """
    own, main = ngrams(text), ngrams(main_text)
    coverage = script_state.title_coverage(title, text) if count_words(text) >= _BRIEF_WORDS else 0.0
    if coverage >= _TITLE_COVERAGE and count_words(text) >= _PART * count_words(main_text):
        return ""
    best, found = 0.0, ""
    for other in others:
        theirs = ngrams(other)
        if (
            count_words(other) < max(_FEW_WORDS, _FULLER * count_words(text))
            or script_state.title_coverage(title, other) < coverage
        ):
            continue
        if coverage >= _TITLE_COVERAGE and _share(own, theirs) < _INSIDE:
            continue
        similarity = 2 * (theirs & main).total() / max(1, theirs.total() + main.total())
        if similarity > best:
            best, found = similarity, other
    return found


def _running_text(element: _Element) -> str:
    """The running text of an element, without the menus in it: the best run of its lines."""
    lines = split_lines(html_text.extract_text(lxml.html.tostring(element, encoding="unicode", with_tail=False)))
    return "\n".join(lines[i] for i in find_body(lines).body)


def _precise(tree: _Element, url: str | None, *, fast: bool) -> str:
    return trafilatura.extract(tree, url=url, include_comments=False, favor_precision=True, fast=fast) or ""


def linked_data_body(markup: Markup) -> list[str]:
    """The articleBody of the JSON-LD: only a fallback, since three of ten on labelled pages were teasers."""
    for node in markup.articles:
        entries = [node, *_objects(node.get("liveBlogUpdate"))]
        texts = [text for entry in entries if isinstance(text := entry.get("articleBody"), str) and text.strip()]
        if texts:
            plain = (html_text.extract_text(text) if "<" in text else html.unescape(text) for text in texts)
            return [line for text in plain for line in fix_text(text).split("\n") if line]
    stated = markup.meta.get("articlebody", "")
    return [stated] if stated else []


def _objects(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _uncover_posts(tree: _Element) -> None:
    """Make embedded posts plain elements, so that the extractor keeps them."""
    for element in list(tree.iter("blockquote")):
        if _POST.search(element.get("class") or ""):
            _uncover(element)


def _keep_titled(tree: _Element, title: str) -> None:
    """Of several <article> elements side by side, drop those without the page's title: they are other stories."""
    headed = {article: fold(text_of(headings[0])) for article in _ARTICLES(tree) if (headings := _HEADINGS(article))}
    if any(own == title and _words(article) >= _TITLED_WORDS for article, own in headed.items()):
        for article, own in headed.items():
            if own != title:
                article.drop_tree()


def _words(article: _Element) -> int:
    return sum(count_words(text_of(paragraph)) for paragraph in article.iter("p"))


def _uncover(post: _Element) -> None:
    """Strip the attributes of an embedded post, which the article quotes, and of boxes that contain little else."""
    room = len("".join(map(str, post.itertext()))) + _BOX_CHARACTERS
    box: _Element | None = post
    while box is not None and box.tag in ("blockquote", "div", "figure") and _length(box) <= room:
        box.attrib.clear()
        box = box.getparent()


def _length(element: _Element) -> int:
    return sum(len(str(text)) for text in element.itertext())


def _main_content(page: str) -> str:
    return extract_plain_text(
        page, main_content=True, alt_texts=False, links=False, list_bullets=False, form_fields=False
    )


def _default(tree: _Element, page: str, url: str | None, *, fast: bool) -> str:
    return trafilatura.extract(tree, url=url, include_comments=False, fast=fast) or ""


def _readable(tree: _Element, page: str, url: str | None, *, fast: bool) -> str:
    text: str = html_text.extract_text(readability.Document(page).summary())
    return text


def ngrams(text: str) -> NGrams:
    """The 4-grams of words of a text, with their counts."""
    found = _WORD.findall(unicodedata.normalize("NFC", text))  # some extractors normalise to NFC, others do not
    return Counter(zip(*(found[i:] for i in range(_GRAM)), strict=False))


def _share(part: NGrams, whole: NGrams) -> float:
    """The share of ``part`` that is in ``whole``; 1 for an empty part."""
    return (part & whole).total() / part.total() if part else 1.0
