"""How much running text each element of a page holds, whatever it is called."""

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
RUN = 60  # characters of a block's own text outside of links, from which it is running text and no label
_WIDE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WIDE_CHARACTERS = 3  # such a letter says as much as these of an alphabet
_SHARE = 0.3  # of the page's running text; what holds so much is no furniture
LEAST = 240  # characters, about 40 words
_MAIN = 0.7  # the article's element holds this share of its parent's


class Prose:
    """How much running text each element holds, in characters of an alphabet; by one walk over the tree."""

    def __init__(self, tree: _Element) -> None:
        self._elements = [element for element in tree.iter() if isinstance(element.tag, str)]  # keeps the proxies alive
        self.own: dict[_Element, int] = {}  # text of a block outside of links, without its inner blocks
        self.held: dict[_Element, int] = {}
        self._tree = tree
        self._measure()

    def _measure(self) -> None:
        blocks: dict[_Element, _Element | None] = {}
        for element in self._elements:
            parent = element.getparent() if element is not self._tree else None
            above = blocks.get(parent) if parent is not None else None
            block: _Element | None = element
            if element.tag in NEVER_TEXT or (parent is not None and above is None) or is_of_readers(element):
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
            held = self.held.get(element, 0) + (own if own >= RUN else 0)
            if held:
                self.held[element] = held
                parent = element.getparent()
                if parent is not None and element is not self._tree:
                    self.held[parent] = self.held.get(parent, 0) + held

    @property
    def total(self) -> int:
        return self.held.get(self._tree, 0)

    def much(self) -> Iterator[_Element]:
        """The elements that hold a good part of the page's running text."""
        least = max(LEAST, _SHARE * self.total)
        return (element for element in self._elements if self.held.get(element, 0) >= least)

    def main(self) -> _Element:
        """The innermost element that holds nearly all of it."""
        found = self._tree
        while True:
            inner = max(found, key=lambda child: self.held.get(child, 0), default=None)
            if inner is None or self.held.get(inner, 0) < max(1, _MAIN * self.held.get(found, 0)):
                return found
            if self.own.get(inner, 0) >= _MAIN * self.held.get(inner, 0):
                return inner if inner.tag not in ("p", "li") else found
            found = inner


def is_of_readers(element: _Element) -> bool:
    if element.tag in ("body", "html", "article", "main"):
        return False
    return any(_COMMENTS.search(element.get(name) or "") for name in ("class", "id"))


def _size(text: str) -> int:
    plain = " ".join(text.split())
    return len(plain) if plain.isascii() else len(plain) + (_WIDE_CHARACTERS - 1) * len(_WIDE.findall(plain))
