"""Labelled pages in other markup: the same article where templates of other publishers put it.

The labelled pages are those that the rules were made on. A page whose article moves into an element named like
furniture, into a template, into a table or into bare text stands for the pages of publishers that nobody has seen.
"""

import json
import re
from collections.abc import Callable, Mapping

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

HELD = 0.9  # share of the gold's words that the article's element has to hold, else a page is left as it is
LONG = 12  # words from which a paragraph's words can be put into an element of their own

_WORD = re.compile(r"\w+")
_SAID = re.compile(r"(?<=\w) (\w+ \w+)(?= \w)")


def disguised(page: str, gold: str, name: str) -> str | None:
    """``page`` under the disguise ``name``; None where no element of the page holds the ``gold`` body."""
    tree = lxml_html.document_fromstring(page.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    article = _article(tree, gold)
    if article is None:
        return None
    DISGUISES[name](tree, article)
    shown: str = lxml_html.tostring(tree, encoding="unicode", doctype="<!DOCTYPE html>")
    return shown


def _article(tree: HtmlElement, gold: str) -> HtmlElement | None:
    """The smallest element of the page that holds the gold's words."""
    wanted = set(_WORD.findall(gold))
    found = None
    for element in tree.iter("div", "article", "section", "main", "td", "body"):
        own = set(_WORD.findall(element.text_content()))
        if len(wanted & own) >= HELD * len(wanted):
            found = element
    return found if found is not None and found.tag != "body" else None


def _wrapped(tag: str, **attributes: str) -> Callable[[HtmlElement, HtmlElement], None]:
    def wrap(_: HtmlElement, article: HtmlElement) -> None:
        box = lxml_html.Element(tag, {name.rstrip("_"): value for name, value in attributes.items()})
        _replace(article, box)
        box.append(article)

    return wrap


def _replace(old: HtmlElement, new: HtmlElement) -> None:
    parent = old.getparent()
    new.tail, old.tail = old.tail, None
    parent.replace(old, new)


def _in_script(_: HtmlElement, article: HtmlElement) -> None:
    """As blog platforms do it: a script lays the template out."""
    inner = lxml_html.tostring(article, encoding="unicode", with_tail=False)
    script = lxml_html.Element("script", {"type": "text/template"})
    script.text = inner.replace("</script", "<\\/script")
    box = lxml_html.Element("div", {"class": "post-body"})
    _replace(article, box)
    box.append(script)


def _paragraphs(article: HtmlElement) -> list[HtmlElement]:
    return [p for p in article.iter("p") if (p.text_content() or "").strip()]


def _renamed(tag: str, **attributes: str) -> Callable[[HtmlElement, HtmlElement], None]:
    def rename(_: HtmlElement, article: HtmlElement) -> None:
        for paragraph in _paragraphs(article):
            paragraph.tag = tag
            for name in list(paragraph.attrib):
                del paragraph.attrib[name]
            for name, value in attributes.items():
                paragraph.set(name.rstrip("_"), value)

    return rename


def _broken_lines(_: HtmlElement, article: HtmlElement) -> None:
    for paragraph in _paragraphs(article):
        for _number in range(2):
            line = lxml_html.Element("br")
            paragraph.append(line)
        paragraph.drop_tag()


def _in_rows(_: HtmlElement, article: HtmlElement) -> None:
    """A page laid out by a table: menu on the left, the article in a cell."""
    table = lxml_html.fragment_fromstring('<table><tr><td><a href="/">Home</a></td><td></td></tr></table>')
    _replace(article, table)
    table.findall(".//td")[1].append(article)


def _with_anchors(_: HtmlElement, article: HtmlElement) -> None:
    for number, paragraph in enumerate(_paragraphs(article)):
        kind = ({"id": f"more-{number}"}, {"class": "icon-drop"}, {"name": f"a{number}"})[number % 3]
        mark = lxml_html.Element(("span", "i", "a")[number % 3], kind)
        mark.tail, paragraph.text = paragraph.text, None
        paragraph.insert(0, mark)


def _with_words_apart(_: HtmlElement, article: HtmlElement) -> None:
    """Two words of each longer paragraph stand in an element of their own, as names, days and terms do."""
    shapes = ('<span class="link">{}</span>', "<time>{}</time>", '<abbr title="x">{}</abbr>',
              '<span class="tooltip">{}</span>', '<label class="tag">{}</label>', "<x-term>{}</x-term>")  # fmt: skip
    for number, paragraph in enumerate(_paragraphs(article)):
        found = _SAID.search(paragraph.text or "")
        if found is None or len(paragraph.text.split()) < LONG:
            continue
        apart = lxml_html.fragment_fromstring(shapes[number % len(shapes)].format(found[1]))
        apart.tail = paragraph.text[found.end() :]
        paragraph.text = paragraph.text[: found.start() + 1]
        paragraph.insert(0, apart)


def _nameless(tree: HtmlElement, _: HtmlElement) -> None:
    """No class, no id, no type, as after a build that shortens names."""
    for element in tree.iter(etree.Element):
        for name in ("class", "id", "itemprop", "itemtype", "role", "property"):
            if element.tag != "meta":
                element.attrib.pop(name, None)
        if element.tag in ("article", "main", "section"):
            element.tag = "div"


def _only_linked_data(tree: HtmlElement, article: HtmlElement) -> None:
    text = "\n\n".join(" ".join(p.text_content().split()) for p in _paragraphs(article))
    script = lxml_html.Element("script", {"type": "application/ld+json"})
    script.text = json.dumps({"@type": "NewsArticle", "articleBody": text}).replace("</", "<\\/")
    article.drop_tree()
    tree.find("head").append(script)


def _only_state(tree: HtmlElement, article: HtmlElement) -> None:
    """The page is drawn from the program's state."""
    inner = "".join(f"<p>{' '.join(p.text_content().split())}</p>" for p in _paragraphs(article))
    script = lxml_html.Element("script", {"type": "application/json", "id": "__NEXT_DATA__"})
    state = {"props": {"pageProps": {"menu": ["Home", "Sport"], "story": {"id": 4711, "content": inner}}}}
    script.text = json.dumps(state).replace("</", "<\\/")
    article.drop_tree()
    tree.find("body").append(script)


def _in_pieces(_: HtmlElement, article: HtmlElement) -> None:
    """Each paragraph in boxes of its own with places for advertisements between them."""
    for paragraph in _paragraphs(article):
        box = lxml_html.fragment_fromstring('<div class="c4a7"><div class="c9"><div class="ad-slot"></div></div></div>')
        _replace(paragraph, box)
        box[0].insert(0, paragraph)


DISGUISES: Mapping[str, Callable[[HtmlElement, HtmlElement], None]] = {
    "in an aside": _wrapped("aside", class_="related-content"),
    "in a nav": _wrapped("nav"),
    "in a sidebar": _wrapped("div", class_="sidebar widget"),
    "in a footer": _wrapped("footer", id="footer"),
    "in a form": _wrapped("form", class_="newsletter-form"),
    "in a figure": _wrapped("figure", class_="embed"),
    "in a noscript": _wrapped("noscript"),
    "in a button": _wrapped("button", class_="expand"),
    "in a template": _wrapped("template", shadowrootmode="open"),
    "in a custom element": _wrapped("story-body"),
    "not displayed": _wrapped("div", style="display:none", hidden="hidden"),
    "in a script": _in_script,
    "paragraphs as divs": _renamed("div", class_="x1"),
    "paragraphs as spans": _renamed("span", class_="block"),
    "paragraphs as custom elements": _renamed("x-paragraph"),
    "paragraphs as items": _renamed("li"),
    "lines broken": _broken_lines,
    "in a table": _in_rows,
    "anchors before paragraphs": _with_anchors,
    "words apart": _with_words_apart,
    "nameless": _nameless,
    "in pieces": _in_pieces,
    "only in linked data": _only_linked_data,
    "only in the state": _only_state,
}
