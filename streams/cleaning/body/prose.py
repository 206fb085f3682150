"""How much running text each element of a page contains, whatever its tag and class."""

import re
from collections.abc import Iterator

from lxml.etree import _Element

NEVER_TEXT = {"script", "style", "svg", "math", "head", "select", "textarea", "title", "option"}
INLINE = {
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "nobr", "output", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong",
    "sub", "sup", "time", "tt", "u", "var", "wbr",
}  # fmt: skip
_COMMENTS = re.compile(
    r"(?:^|[\s_-])(?:comments?|replies|responses|disqus)(?:[_-]?(?:list|area|section|wrap\w*|thread|body|content|text|item|box|"
    r"container|tree|feed))?(?:$|\s)|^disqus|^(?:dsq|livefyre|fb)-comments",
    re.IGNORECASE,
)
MIN_TEXT = 60  # characters of a block's own text outside of links; less is a label
_WIDE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WIDE_CHARACTERS = 3  # one such character counts as this many of an alphabet
_SHARE = 0.3  # of the page's running text; an element with so much is not furniture
MIN_PROSE = 240  # characters, about 40 words
_MAIN = 0.7  # share of its parent's running text that the article's element contains


class ProseSizes:
    """The running text of each element, in characters of an alphabet, by one walk over the tree."""

    def __init__(self, tree: _Element) -> None:
        self._elements = [element for element in tree.iter() if isinstance(element.tag, str)]  # keeps the proxies alive
        self.own: dict[_Element, int] = {}  # text of a block outside of links, without its inner blocks
        self.total_of: dict[_Element, int] = {}  # running text of an element and all elements in it
        self._tree = tree
        self._measure()

    def _measure(self) -> None:
        blocks: dict[_Element, _Element | None] = {}
        for element in self._elements:
            parent = element.getparent() if element is not self._tree else None
            above = blocks.get(parent) if parent is not None else None
            block: _Element | None = element
            if element.tag in NEVER_TEXT or (parent is not None and above is None) or is_comment_section(element):
                block = None
            elif element.tag in INLINE and above is not None:
                block = None if element.tag == "a" and element.get("href") is not None else above
            blocks[element] = block
            if block is not None and element.text:
                self.own[block] = self.own.get(block, 0) + _size(element.text)
            if above is not None and element.tail:
                self.own[above] = self.own.get(above, 0) + _size(element.tail)
        for element in reversed(self._elements):
            own = self.own.get(element, 0)
            size = self.total_of.get(element, 0) + (own if own >= MIN_TEXT else 0)
            if size:
                self.total_of[element] = size
                parent = element.getparent()
                if parent is not None and element is not self._tree:
                    self.total_of[parent] = self.total_of.get(parent, 0) + size

    @property
    def total(self) -> int:
        """The running text of the whole tree."""
        return self.total_of.get(self._tree, 0)

    def major_elements(self) -> Iterator[_Element]:
        """The elements with at least 30 % of the page's running text, and at least `MIN_PROSE`."""
        least = max(MIN_PROSE, _SHARE * self.total)
        return (element for element in self._elements if self.total_of.get(element, 0) >= least)

    def main_element(self) -> _Element:
        """The innermost element with nearly all of the running text."""
        found = self._tree
        while True:
            inner = max(found, key=lambda child: self.total_of.get(child, 0), default=None)
            if inner is None or self.total_of.get(inner, 0) < max(1, _MAIN * self.total_of.get(found, 0)):
                return found
            if self.own.get(inner, 0) >= _MAIN * self.total_of.get(inner, 0):
                return inner if inner.tag not in ("p", "li") else found
            found = inner


def is_comment_section(element: _Element) -> bool:
    """Whether the class or id of an element names the comments of readers."""
    if element.tag in ("body", "html", "article", "main"):
        return False
    return any(_COMMENTS.search(element.get(name) or "") for name in ("class", "id"))


def _size(text: str) -> int:
    plain = " ".join(text.split())
    return len(plain) if plain.isascii() else len(plain) + (_WIDE_CHARACTERS - 1) * len(_WIDE.findall(plain))
