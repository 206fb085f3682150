"""Rewrites a page's tree so that extractors find the text where templates hide it.

Extractors go by tags and class names: what is called ``aside``, ``related`` or ``button`` leaves with all in it,
an empty element takes the text behind it along, and text in ``<noscript>`` or in a script's template is never looked
at. The steps here decide by the text instead: what holds a good part of the page's running text is no furniture.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator

import lxml.html
from lxml.etree import ParserError, SubElement, XPath, _Element
from trafilatura import xpaths

from streams.cleaning.body.prose import INLINE, LEAST, NEVER_TEXT, RUN, Prose, is_of_readers
from streams.cleaning.text.characters import fold, words
from streams.cleaning.text.phrases import count, ends_sentence

# Elements without a word of the article, unless they hold running text; without them every step has half to walk.
WITHOUT_TEXT = (
    "script", "style", "svg", "template", "iframe", "noscript", "canvas", "video", "audio", "picture", "source",
    "link", "input", "select", "button", "object", "embed", "map",
)  # fmt: skip
_DROPPED = {  # by the extractors, whatever stands in them
    "aside", "nav", "footer", "header", "form", "figure", "figcaption", "menu", "dialog", "fieldset", "label", "legend",
    "marquee", "noindex", "output", "template", "iframe", "noscript", "canvas", "video", "audio", "picture", "button",
    "object", "map", "details", "li", "dd", "address",
}  # fmt: skip
_CUT_OUT = {"time", "label", "output"}  # dropped by the extractors within a sentence too
_EMPTY = INLINE - {"wbr"} | {"div", "p", "section", "article", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
_PARAGRAPHS = {"p", "li", "blockquote"}
_BOXES = {"div", "section", "article", "main", "center", "body"}  # in which text has no paragraph of its own
_TEMPLATE = re.compile(r"template|text/html|handlebars|mustache|x-tmpl", re.IGNORECASE)
_PRUNED = (
    *xpaths.OVERALL_DISCARD_XPATH,
    *xpaths.TEASER_DISCARD_XPATH,
    *xpaths.PRECISION_DISCARD_XPATH,
    *xpaths.DISCARD_IMAGE_ELEMENTS,
    *xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH,
    *xpaths.RAW_TREE_PRUNE_XPATH,
)
_MARKS = xpaths.BODY_XPATH[:2]  # a name that says article's body, and <article>
_CONSENT = re.compile(r"cookie|consent|gdpr|onetrust|privacy|didomi|sp_message", re.IGNORECASE)
_HOVER = re.compile(r"tool-?tip|pop-?over|hover-?card|roll-?over", re.IGNORECASE)
_HOVER_BOX = re.compile(r"text|content|box|block|inner|body|card|panel|bubble", re.IGNORECASE)
_OF_READERS = XPath("descendant-or-self::*[@class or @id]")
_TEXT = XPath("string()", smart_strings=False)
_OF_TABLE = XPath(  # its own rows and cells, without those of tables within
    "descendant::*[self::tbody or self::thead or self::tfoot or self::tr or self::td or self::th or self::caption]"
    "[count(ancestor::table) = count($table/ancestor::table) + 1]"
)
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?。！？।]\s*")
_MARKED = 0.5  # share of the running text that stands in paragraphs: then what stands in boxes is furniture
_COPIED = 0.5  # share of a hidden element's sentences that are shown elsewhere too
_NAME_WORDS = 8  # what a hovering box explains is shorter, and the box longer
_LINKED_WORDS = 12  # a paragraph that is one link, with this many words and a full stop, is the article's own
_LINKED_MOST = 2.0  # times the page's running text: beyond, the page is a list of teasers


def normalise(tree: _Element) -> _Element:
    """Rewrite the tree in place. What is hidden becomes text, what only looks like furniture is no longer called so.

    Returns the innermost element that holds nearly all of the page's running text.
    """
    _open_scripts(tree)
    _rename_unknown(tree)
    _rename_spans(tree)
    prose = Prose(tree)
    much, main = list(prose.much()), prose.main()
    _drop_hidden_copies(tree, much)
    for element in much:
        _uncover(element)
        if element.tag == "td":
            _lay_out(element)
    for element in list(tree.iter(*WITHOUT_TEXT)):
        _drop(element)
    _drop_readers(tree, prose)
    _set_paragraphs(prose, main)
    _mark(tree, main)
    _keep_words(tree)
    _drop_empty(tree)
    _unlink(tree, prose)
    return main


def _open_scripts(tree: _Element) -> None:
    """A template in a script is laid out by the page; its text is as good as the page's."""
    for script in list(tree.iter("script")):
        kind, source = script.get("type") or "", script.text or ""
        if not _TEMPLATE.search(kind) or len(source) < LEAST or "<" not in source:
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
    """Elements that HTML does not know are what they hold: a box, or a piece of a line."""
    for element in tree.iter():
        if isinstance(element.tag, str) and ("-" in element.tag or element.tag not in lxml.html.defs.tags):
            element.tag = "span" if _is_in_line(element) else "div"
        elif element.tag == "li":
            parent = element.getparent()
            if parent is not None and parent.tag not in ("ul", "ol", "menu"):
                element.tag = "p"


def _rename_spans(tree: _Element) -> None:
    """Pieces of a line that are as long as paragraphs and stand one below the other are paragraphs."""
    found = [span for span in tree.iter("span", "font") if len(_TEXT(span)) >= RUN and _stands_alone(span)]
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
    kind = f"{element.get('class') or ''} {element.get('id') or ''}"
    if element.tag in ("template", "noscript") and (
        _CONSENT.search(kind) or count("consent", _TEXT(element)[:3000]) > 1
    ):
        return
    if element.tag in _DROPPED:
        element.tag = "div"
    for name in ("style", "hidden", "aria-hidden", "role"):
        element.attrib.pop(name, None)
    if _is_dropped_by_name(element):
        element.attrib.pop("class", None)
        element.attrib.pop("id", None)


def _lay_out(cell: _Element) -> None:
    """A table of which one cell holds the article only lays the page out."""
    table = next(cell.iterancestors("table"), None)
    if table is not None:
        for element in [table, *_OF_TABLE(table, table=table)]:
            element.tag = "div"


def _drop_hidden_copies(tree: _Element, much: list[_Element]) -> None:
    """What is hidden and shown elsewhere too is not the article a second time."""
    for element in much:
        if (
            _is_hidden(element)
            and element.getparent() is not None
            and not any(map(_is_hidden, element.iterancestors()))
        ):
            own = _sentences(_TEXT(element))
            outside = set().union(*(_sentences(text) for text in _outside(tree, element)))
            if len(own & outside) >= _COPIED * len(own):
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
    """The sentences that are long enough to tell whose they are."""
    return {fold(part) for part in _SENTENCE_END.split(text) if len(part) >= RUN}


def _is_dropped_by_name(element: _Element) -> bool:
    """Asked of the extractor itself: a copy of the element, alone, is one that it would prune."""
    root = lxml.html.Element("body")
    SubElement(root, element.tag, dict(element.attrib))
    return any(pruned(root) for pruned in _PRUNED)


def _drop_readers(tree: _Element, prose: Prose) -> None:
    """What readers wrote goes, unless the article stands in it."""
    for element in _OF_READERS(tree):
        is_box = element.tag not in INLINE and element.find(".//h1") is None
        if is_box and is_of_readers(element) and not prose.held.get(element):
            _drop(element)


def _mark(tree: _Element, main: _Element) -> None:
    """Where the page itself marks no article, the element that holds nearly all of its text is marked as one."""
    if main.tag in _BOXES - {"body"} and not any(marked(tree) for marked in _MARKS):
        main.set("itemprop", "articleBody")
        main.tag = "div"


def _set_paragraphs(prose: Prose, main: _Element) -> None:
    """Running text outside of paragraphs becomes paragraphs: boxes of one line, bare text between breaks and boxes."""
    in_paragraphs = sum(size for element, size in prose.own.items() if element.tag in _PARAGRAPHS and size >= RUN)
    if in_paragraphs >= _MARKED * prose.total:
        return
    for element in list(main.iter(*_BOXES)):
        if prose.own.get(element, 0) < RUN:
            continue
        if not any(
            isinstance(child.tag, str) and child.tag not in INLINE for child in element.iter() if child is not element
        ):
            element.tag = "p" if element.tag != "body" else "body"
        else:
            _wrap_runs(element)


def _wrap_runs(box: _Element) -> None:
    """``text<br><br>text<div>`` -> ``<p>text</p><p>text</p><div>``; a single break stays one within its paragraph."""
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


def _keep_words(tree: _Element) -> None:
    """Words within a sentence stay whatever their element is called; only a box that hovers over them goes."""
    for element in reversed(list(tree.iter(*INLINE, "div", "aside"))):  # inner ones first: a box in its word goes alone
        kind = element.get("class") or ""
        if kind and _HOVER.search(kind) and _in_paragraph(element):
            if _is_hover_box(element, kind):
                _drop(element)
            else:
                _forget_name(element)
        elif element.tag in INLINE and _is_within(element):
            _forget_name(element)


def _forget_name(element: _Element) -> None:
    if element.tag in _CUT_OUT:
        element.tag = "span"
    element.attrib.pop("class", None)
    element.attrib.pop("id", None)


def _is_within(element: _Element) -> bool:
    """Text stands directly before it and behind it."""
    before, parent = element.getprevious(), element.getparent()
    if parent is None:
        return False
    lead = parent.text if before is None else before.tail
    return bool((lead or "").strip()) and bool((element.tail or "").strip())


def _is_hover_box(element: _Element, kind: str) -> bool:
    if element.tag not in INLINE or words(_TEXT(element)) > _NAME_WORDS or _HOVER_BOX.search(_HOVER.sub("", kind)):
        return True
    if element.get("role") == "tooltip" or element.get("hidden") is not None:
        return True
    return any(_HOVER.search(parent.get("class") or "") for parent in element.iterancestors("span", "a", "abbr", "div"))


def _in_paragraph(element: _Element) -> bool:
    return any(parent.tag == "p" for parent in element.iterancestors())


def _drop_empty(tree: _Element) -> None:
    """Inner ones first; the text behind them stays."""
    for element in reversed(list(tree.iter(*_EMPTY))):
        if len(element) == 0 and not element.text and element.getparent() is not None:
            if element.tag not in INLINE and (element.tail or "").strip():
                element.tag = "br"
                element.attrib.clear()
            else:
                _drop(element)


def _unlink(tree: _Element, prose: Prose) -> None:
    """A paragraph that is one link and says a sentence is the article's own, as local papers have them."""
    found = [p for p in tree.iter("p") if _is_linked_sentence(p) and _is_beside_text(p, prose)]
    if sum(len(_TEXT(p)) for p in found) <= _LINKED_MOST * prose.total:
        for paragraph in found:
            for link in list(paragraph.iter("a")):
                link.drop_tag()


def _is_beside_text(paragraph: _Element, prose: Prose) -> bool:
    """In a box of its own at most: the box around has running text."""
    parents = list(itertools.islice(paragraph.iterancestors(), 2))
    return not any(parent.tag in ("li", "a") for parent in parents) and any(prose.held.get(p) for p in parents)


def _is_linked_sentence(paragraph: _Element) -> bool:
    links = list(paragraph.iter("a"))
    if not links:
        return False
    text = " ".join(_TEXT(paragraph).split())
    linked = sum(len(" ".join(_TEXT(link).split())) for link in links)
    return linked >= 0.9 * len(text) and words(text) >= _LINKED_WORDS and ends_sentence(text)


def _drop(element: _Element) -> None:
    """With all that is in it; the text behind it stays."""
    parent = element.getparent()
    if parent is not None:
        element.drop_tree()
