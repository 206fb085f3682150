"""Rewrites a page's tree so that extractors find text that templates hide.

Extractors go by tags and class names: they drop an element named ``aside``, ``related`` or ``button`` with its content,
drop the text after an empty element together with it, and ignore text in ``<noscript>`` and in script templates. The
steps here go by the text instead: an element with a large part of the page's running text is not furniture.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator

import lxml.html
from lxml.etree import ParserError, SubElement, XPath, _Element
from trafilatura import xpaths

from streams.cleaning.body.prose import INLINE, MIN_PROSE, MIN_TEXT, NEVER_TEXT, ProseSizes, is_comment_section
from streams.cleaning.page.markup import text_of
from streams.cleaning.text.characters import count_words, fold
from streams.cleaning.text.phrases import count_mentions, ends_sentence, is_control

# Elements without article text, unless they contain running text; dropping them halves the tree for later steps.
WITHOUT_TEXT = (
    "script", "style", "svg", "template", "iframe", "noscript", "canvas", "video", "audio", "picture", "source",
    "link", "input", "select", "button", "object", "embed", "map",
)  # fmt: skip
_DROPPED = {  # by the extractors, whatever they contain
    "aside", "nav", "footer", "header", "form", "figure", "figcaption", "menu", "dialog", "fieldset", "label", "legend",
    "marquee", "noindex", "output", "template", "iframe", "noscript", "canvas", "video", "audio", "picture", "button",
    "object", "map", "details", "li", "dd", "address",
}  # fmt: skip
_CUT_OUT = {"time", "label", "output"}  # dropped by the extractors within a sentence too
_EMPTY = INLINE - {"wbr"} | {"div", "p", "section", "article", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
_PARAGRAPHS = {"p", "li", "blockquote"}
_BOXES = {"div", "section", "article", "main", "center", "body"}  # may contain text outside of paragraphs
_TEMPLATE = re.compile(r"template|text/html|handlebars|mustache|x-tmpl", re.IGNORECASE)
_PRUNED = (
    *xpaths.OVERALL_DISCARD_XPATH,
    *xpaths.TEASER_DISCARD_XPATH,
    *xpaths.PRECISION_DISCARD_XPATH,
    *xpaths.DISCARD_IMAGE_ELEMENTS,
    *xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH,
    *xpaths.RAW_TREE_PRUNE_XPATH,
)
_ARTICLE_MARKS = xpaths.BODY_XPATH[:2]  # names for an article's body, and <article>
_CONSENT = re.compile(r"cookie|consent|gdpr|onetrust|privacy|didomi|sp_message", re.IGNORECASE)
_HOVER = re.compile(r"tool-?tip|pop-?over|hover-?card|roll-?over", re.IGNORECASE)
_HOVER_BOX = re.compile(r"text|content|box|block|inner|body|card|panel|bubble", re.IGNORECASE)
_NAMED_ELEMENTS = XPath("descendant-or-self::*[@class or @id]")
# the extractors drop elements with a style that hides; a search within the page reveals those left
_HIDDEN_ELEMENTS = XPath("descendant::*[@hidden and not(@hidden = 'until-found')]")
_TABLE_PARTS = XPath(  # rows and cells of a table, without those of nested tables
    "descendant::*[self::tbody or self::thead or self::tfoot or self::tr or self::td or self::th or self::caption]"
    "[count(ancestor::table) = count($table/ancestor::table) + 1]"
)
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?。！？।]\s*")
_IN_PARAGRAPHS = 0.5  # share of running text in paragraphs from which text outside of them is furniture
_COPIED = 0.5  # share of a hidden element's sentences that are visible elsewhere
_TERM_WORDS = 8  # the term that a tooltip explains is shorter, and the tooltip longer
_LINKED_WORDS = 12  # a paragraph that is one link belongs to the article with this many words and a full stop
_MAX_LINKED = 2.0  # times the page's running text; with more linked text the page is a list of teasers


def normalise(tree: _Element) -> _Element:
    """Rewrite the tree in place: reveal hidden text, and rename elements that only look like furniture.

    Returns the innermost element that contains nearly all of the page's running text.
    """
    _open_scripts(tree)
    _rename_unknown(tree)
    _rename_spans(tree)
    prose = ProseSizes(tree)
    major, main = list(prose.major_elements()), prose.main_element()
    _drop_hidden_copies(tree, major)
    for element in major:
        _uncover(element)
        if element.tag == "td":
            _dissolve_table(element)
    for element in _HIDDEN_ELEMENTS(tree):
        _drop(element)
    for element in list(tree.iter(*WITHOUT_TEXT)):
        if element.tag == "button" and _is_word_of_sentence(element):
            element.tag = "span"  # a term that a click explains
        else:
            _drop(element)
    _drop_comments(tree, prose)
    _set_paragraphs(prose, main)
    _mark_article(tree, main)
    _keep_inline_words(tree)
    _drop_empty(tree)
    _unlink_sentences(tree, prose)
    return main


def _open_scripts(tree: _Element) -> None:
    """Replace scripts that contain a template by its elements, since the page renders them."""
    for script in list(tree.iter("script")):
        kind, source = script.get("type") or "", script.text or ""
        if not _TEMPLATE.search(kind) or len(source) < MIN_PROSE or "<" not in source:
            continue
        try:
            inner = lxml.html.fragment_fromstring(source.replace("<\\/", "</"), create_parent="template")
        except (ParserError, ValueError):
            continue
        inner.set("id", script.get("id") or "")
        inner.tail = script.tail
        parent = script.getparent()
        if parent is not None:
            parent.replace(script, inner)


def _rename_unknown(tree: _Element) -> None:
    """Rename elements unknown to HTML to ``div`` or ``span``, by their content, and stray list items to ``p``."""
    for element in tree.iter():
        if isinstance(element.tag, str) and ("-" in element.tag or element.tag not in lxml.html.defs.tags):
            element.tag = "span" if _is_in_line(element) else "div"
        elif element.tag == "li":
            parent = element.getparent()
            if parent is not None and parent.tag not in ("ul", "ol", "menu"):
                element.tag = "p"


def _rename_spans(tree: _Element) -> None:
    """Rename ``span`` and ``font`` to ``div`` where several of them are paragraphs: long, with no text beside them."""
    found = [span for span in tree.iter("span", "font") if len(text_of(span)) >= MIN_TEXT and _stands_alone(span)]
    beside = Counter(span.getparent() for span in found)
    for span in found:
        if beside[span.getparent()] > 1:
            span.tag = "div"


def _stands_alone(span: _Element) -> bool:
    parent = span.getparent()
    return (
        parent is not None
        and parent.tag in _BOXES
        and not (span.tail or "").strip()
        and not (parent.text or "").strip()
    )


def _is_in_line(element: _Element) -> bool:
    parent = element.getparent()
    if parent is None or any(isinstance(inner.tag, str) and inner.tag not in INLINE for inner in element):
        return False
    before = element.getprevious()
    lead = parent.text if before is None else before.tail
    return bool((lead or "").strip() or (element.tail or "").strip()) or parent.tag in INLINE


def _uncover(element: _Element) -> None:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if element.tag in ("template", "noscript") and (
        _CONSENT.search(names) or count_mentions("consent", text_of(element)[:3000]) > 1
    ):
        return
    if element.tag in _DROPPED:
        element.tag = "div"
    for name in ("style", "hidden", "aria-hidden", "role"):
        element.attrib.pop(name, None)
    if _is_dropped_by_name(element):
        element.attrib.pop("class", None)
        element.attrib.pop("id", None)


def _dissolve_table(cell: _Element) -> None:
    """Turn a layout table, one with the article in a cell, into ``div`` elements."""
    table = next(cell.iterancestors("table"), None)
    if table is not None:
        for element in [table, *_TABLE_PARTS(table, table=table)]:
            element.tag = "div"


def _drop_hidden_copies(tree: _Element, major: list[_Element]) -> None:
    """Drop hidden elements whose text is visible elsewhere, so that the article does not appear twice."""
    for element in major:
        if (
            _is_hidden(element)
            and element.getparent() is not None
            and not any(map(_is_hidden, element.iterancestors()))
        ):
            hidden = _sentences(text_of(element))
            outside = set().union(*(_sentences(text) for text in _outside(tree, element)))
            if len(hidden & outside) >= _COPIED * len(hidden):
                _drop(element)


def _is_hidden(element: _Element) -> bool:
    return (
        element.tag in ("template", "noscript")
        or element.get("hidden") is not None
        or _HIDING.search(element.get("style") or "") is not None
    )


def _outside(tree: _Element, hidden: _Element) -> Iterator[str]:
    inside = set(hidden.iter())
    for element in tree.iter():
        if element not in inside and isinstance(element.tag, str) and element.tag not in NEVER_TEXT:
            yield element.text or ""
        if element not in inside or element is hidden:
            yield element.tail or ""


def _sentences(text: str) -> set[str]:
    """The folded sentences that are long enough to be distinctive."""
    return {fold(part) for part in _SENTENCE_END.split(text) if len(part) >= MIN_TEXT}


def _is_dropped_by_name(element: _Element) -> bool:
    """Whether the extractor would prune the element: its own rules are applied to an empty copy."""
    root = lxml.html.Element("body")
    SubElement(root, element.tag, dict(element.attrib))
    return any(pruned(root) for pruned in _PRUNED)


def _drop_comments(tree: _Element, prose: ProseSizes) -> None:
    """Drop comments of readers, unless the element contains running text."""
    for element in _NAMED_ELEMENTS(tree):
        is_box = element.tag not in INLINE and element.find(".//h1") is None
        if is_box and is_comment_section(element) and not prose.total_of.get(element):
            _drop(element)


def _mark_article(tree: _Element, main: _Element) -> None:
    """Mark the element with nearly all of the text as the article, where the page marks none itself."""
    if main.tag in _BOXES - {"body"} and not any(marked(tree) for marked in _ARTICLE_MARKS):
        main.set("itemprop", "articleBody")
        main.tag = "div"


def _set_paragraphs(prose: ProseSizes, main: _Element) -> None:
    """Put running text outside of paragraphs into ``p``: boxes of one line, bare text between breaks and boxes."""
    in_paragraphs = sum(size for element, size in prose.own.items() if element.tag in _PARAGRAPHS and size >= MIN_TEXT)
    if in_paragraphs >= _IN_PARAGRAPHS * prose.total:
        return
    for element in list(main.iter(*_BOXES)):
        if prose.own.get(element, 0) < MIN_TEXT:
            continue
        if not any(
            isinstance(child.tag, str) and child.tag not in INLINE for child in element.iter() if child is not element
        ):
            element.tag = "p" if element.tag != "body" else "body"
        else:
            _wrap_runs(element)


def _wrap_runs(box: _Element) -> None:
    """``text<br><br>text<div>`` -> ``<p>text</p><p>text</p><div>``; a single break stays within its paragraph."""
    children = list(box)
    text, box.text = box.text, None
    for child in children:
        box.remove(child)  # its tail goes with it
    paragraph = _paragraph(box, text)
    for place, child in enumerate(children):
        tail, child.tail = child.tail, None
        if child.tag == "br":
            follows = place + 1 < len(children) and children[place + 1].tag == "br" and not (tail or "").strip()
            if follows or (place and children[place - 1].tag == "br" and len(paragraph) == 0 and not paragraph.text):
                paragraph = _paragraph(box, tail)
            else:
                paragraph.append(child)
                child.tail = tail
        elif not isinstance(child.tag, str) or child.tag in INLINE:
            paragraph.append(child)
            child.tail = tail
        else:
            box.append(child)
            paragraph = _paragraph(box, tail)
    for paragraph in list(box.iterchildren("p")):
        if len(paragraph) == 0 and not (paragraph.text or "").strip():
            box.remove(paragraph)


def _paragraph(box: _Element, text: str | None) -> _Element:
    paragraph = SubElement(box, "p")
    paragraph.text = text
    return paragraph


def _keep_inline_words(tree: _Element) -> None:
    """Keep the words of a sentence whatever the name of their element; drop only tooltips over them."""
    for element in reversed(
        list(tree.iter(*INLINE, "div", "aside"))
    ):  # inner ones first, so that a tooltip inside its term is dropped without it
        kind = element.get("class") or ""
        if kind and _HOVER.search(kind) and _in_paragraph(element):
            if _is_tooltip(element, kind):
                _drop(element)
            else:
                _drop_name(element)
        elif element.tag in INLINE and _is_mid_sentence(element):
            _drop_name(element)


def _drop_name(element: _Element) -> None:
    if element.tag in _CUT_OUT:
        element.tag = "span"
    element.attrib.pop("class", None)
    element.attrib.pop("id", None)


def _is_mid_sentence(element: _Element) -> bool:
    """Whether text directly precedes and follows the element."""
    before, parent = element.getprevious(), element.getparent()
    if parent is None:
        return False
    lead = parent.text if before is None else before.tail
    return bool((lead or "").strip()) and bool((element.tail or "").strip())


def _is_word_of_sentence(button: _Element) -> bool:
    text = text_of(button).strip()
    return (
        0 < count_words(text) <= _TERM_WORDS
        and _in_paragraph(button)
        and _is_mid_sentence(button)
        and not is_control(text)
    )


def _is_tooltip(element: _Element, kind: str) -> bool:
    if (
        element.tag not in INLINE
        or count_words(text_of(element)) > _TERM_WORDS
        or _HOVER_BOX.search(_HOVER.sub("", kind))
    ):
        return True
    if element.get("role") == "tooltip" or element.get("hidden") is not None:
        return True
    return any(_HOVER.search(parent.get("class") or "") for parent in element.iterancestors("span", "a", "abbr", "div"))


def _in_paragraph(element: _Element) -> bool:
    return any(parent.tag == "p" for parent in element.iterancestors())


def _drop_empty(tree: _Element) -> None:
    """Drop empty elements, inner ones first, but not the text after them; in a paragraph also those of pictures."""
    for image in list(tree.iter("img")):
        parent = image.getparent()
        if parent is not None and parent.tag in INLINE and parent.tag != "a" and _in_paragraph(image):
            _drop(image)  # extractors drop the element around it and the text after that
    for element in reversed(list(tree.iter(*_EMPTY))):
        if len(element) == 0 and not element.text and element.getparent() is not None:
            if element.tag not in INLINE and (element.tail or "").strip():
                element.tag = "br"
                element.attrib.clear()
            else:
                _drop(element)


def _unlink_sentences(tree: _Element, prose: ProseSizes) -> None:
    """Remove the link from paragraphs that are one linked sentence, which some local papers use in articles."""
    found = [p for p in tree.iter("p") if _is_linked_sentence(p) and _is_beside_text(p, prose)]
    if sum(len(text_of(p)) for p in found) <= _MAX_LINKED * prose.total:
        for paragraph in found:
            for link in list(paragraph.iter("a")):
                link.drop_tag()


def _is_beside_text(paragraph: _Element, prose: ProseSizes) -> bool:
    """Whether the parent or grandparent of a paragraph has running text, and neither is a list item or link."""
    parents = list(itertools.islice(paragraph.iterancestors(), 2))
    return not any(parent.tag in ("li", "a") for parent in parents) and any(prose.total_of.get(p) for p in parents)


def _is_linked_sentence(paragraph: _Element) -> bool:
    links = list(paragraph.iter("a"))
    if not links:
        return False
    text = " ".join(text_of(paragraph).split())
    linked = sum(len(" ".join(text_of(link).split())) for link in links)
    return linked >= 0.9 * len(text) and count_words(text) >= _LINKED_WORDS and ends_sentence(text)


def _drop(element: _Element) -> None:
    """Remove the element with its content, but not the text after it."""
    parent = element.getparent()
    if parent is not None:
        element.drop_tree()
