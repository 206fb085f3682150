"""A parsed page in, the paragraphs of its article out: trafilatura, or a wider text where it cut too much."""

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

from streams.cleaning.body import states
from streams.cleaning.body.normalise import normalise
from streams.cleaning.body.plain import find
from streams.cleaning.body.plain import lines as text_lines
from streams.cleaning.page.markup import Markup
from streams.cleaning.text.characters import fold, mend, words

# The "grow" rule, chosen on 179 labelled pages: 2.0 and .9 cost .004 of token F1 there, 1.3 and .9 .0015 of 4-gram F1.
_GROWTH = 1.3  # a wider text counts only with this many times the 4-grams: less is more furniture than article
_INSIDE = 0.95  # it must hold this share of the text so far, and lie with this share in the page's main content
# Where the main content has this many times the 4-grams, the quick pass may have missed the article: on 170 of 178
# labelled pages the thorough one finds the same, and on all of those that it mends there was 2.7 times as much.
_MISSED = 2.0
_ARTICLES = XPath("descendant::article[not(ancestor::article)]")
_HEADINGS = XPath("descendant::*[self::h1 or self::h2 or self::h3 or self::h4]")
_TEXT = XPath("string()", smart_strings=False)
# An article with fewer words in paragraphs below the title is its head only, and the text stands elsewhere.
_TITLED_WORDS = 40
_POST = re.compile(r"twitter|tweet|instagram|mastodon|bluesky", re.IGNORECASE)
_BOX_CHARACTERS = 200  # buttons and white space around an embedded post
_GRAM = 4
_FEW_WORDS = 80  # a body below it is next to nothing, where the page has more
_BRIEF_WORDS = 25  # as short as a news item in brief may be
_FULLER = 2.0  # times the words found: less is no reason to take another's word for the body
_SPEAKS = 0.5  # share of the title's words that the article's text uses
_PART = 0.25  # share of the main element's words below which a body is only a part
_WORD = re.compile(r"\w+")

Grams = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class Body:
    """``source``: "page"; "wider" where the first pass found next to nothing; "linked data"; "state"."""

    paragraphs: list[str]
    source: str = "page"


def body(page: Markup, url: str | None = None, title: str = "") -> Body:
    """The article's paragraphs, before tidying. ``title``: the page's.

    What the extractors agree on comes first. Where it is next to nothing, the page's own words elsewhere are taken, the
    surest first: its linked data, a wider text of the tree, the state of its program.
    """
    found = _of_tree(page.tree, url, title)
    size = sum(map(words, found.paragraphs))
    linked = linked_body(page)
    if sum(map(words, linked)) >= max(_FEW_WORDS, _FULLER * size):
        return Body(linked, "linked data")
    if size < _FEW_WORDS:
        state = states.paragraphs(page.tree, title)
        if sum(map(words, state)) >= _FULLER * size and state:
            return Body(state, "state")
    return found if found.paragraphs or not linked else Body(linked, "linked data")


def _of_tree(tree: _Element, url: str | None, title: str) -> Body:
    _prepare(tree)
    lean = copy(tree)
    main = normalise(lean)
    _keep_titled(lean, fold(title))
    # The tree and not the page goes in: the parser has bounded its depth, and deep nesting takes this one for ever.
    page = lxml.html.tostring(lean, encoding="unicode")
    wide = grams(_main_content(page))
    text = _precise(lean, url, fast=True)
    own = grams(text)
    missed = wide.total() >= _MISSED * own.total()
    if missed:
        text = _precise(lean, url, fast=False)
        own = grams(text)
    # Whatever replaces the body must lie in the main content, so a page without room for it is done.
    others: list[str] = []
    for extract in (_default, _readable):
        if wide.total() < _GROWTH * own.total() * _INSIDE:
            break
        other = extract(lean, page, url, fast=not missed)
        others.append(other)
        found = grams(other)
        if (
            found.total() >= _GROWTH * max(1, own.total())
            and _share(own, found) >= _INSIDE
            and _share(found, wide) >= _INSIDE
        ):
            text, own = other, found
    source = "page"
    if words(text) < max(_FEW_WORDS, _PART * words(_TEXT(main))):  # all its text: to find the running text takes longer
        held = _plain(main)
        if words(text) < max(_FEW_WORDS, _PART * words(held)):
            rescued = _rescued(text, held, [*others, held], title)
            if rescued:
                text, source = rescued, "wider"
    return Body([line for line in mend(text).split("\n") if line], source)


def _rescued(text: str, held: str, others: Sequence[str], title: str) -> str:
    """Of the wider texts the one most like what the page's main element holds; "" where none is the article.

    A short text that speaks of the title is a short article: only one that has it too may take its place.
    """
    own, main = grams(text), grams(held)
    speaks = states.title_share(title, text) if words(text) >= _BRIEF_WORDS else 0.0
    if speaks >= _SPEAKS and words(text) >= _PART * words(held):
        return ""
    best, found = 0.0, ""
    for other in others:
        theirs = grams(other)
        if words(other) < max(_FEW_WORDS, _FULLER * words(text)) or states.title_share(title, other) < speaks:
            continue
        if speaks >= _SPEAKS and _share(own, theirs) < _INSIDE:
            continue
        alike = 2 * (theirs & main).total() / max(1, theirs.total() + main.total())
        if alike > best:
            best, found = alike, other
    return found


def _plain(element: _Element) -> str:
    """The running text of an element, without the menus in it: the best run of its lines."""
    lines = text_lines(html_text.extract_text(lxml.html.tostring(element, encoding="unicode", with_tail=False)))
    return "\n".join(lines[i] for i in find(lines).kept)


def _precise(tree: _Element, url: str | None, *, fast: bool) -> str:
    return trafilatura.extract(tree, url=url, include_comments=False, favor_precision=True, fast=fast) or ""


def linked_body(markup: Markup) -> list[str]:
    """The articleBody of the JSON-LD: a fallback only, since of ten found on labelled pages three were teasers."""
    for node in markup.articles:
        entries = [node, *_objects(node.get("liveBlogUpdate"))]
        texts = [text for entry in entries if isinstance(text := entry.get("articleBody"), str) and text.strip()]
        if texts:
            plain = (html_text.extract_text(text) if "<" in text else html.unescape(text) for text in texts)
            return [line for text in plain for line in mend(text).split("\n") if line]
    stated = markup.meta.get("articlebody", "")
    return [stated] if stated else []


def _objects(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _prepare(tree: _Element) -> None:
    """Embedded posts lose what would make the extractor drop them."""
    for element in list(tree.iter("blockquote")):
        if _POST.search(element.get("class") or ""):
            _uncover(element)


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
