"""The article's text in the state that a page's program draws the page from: JSON in scripts.

Asked only where the page shows no text. Of all strings those at one path (the paragraphs of a list count as one) are a
text; the longest that speaks of the title is the article's.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import html_text
from lxml.etree import _Element

from streams.cleaning.text.characters import bag, mend, words

LEAST_WORDS = 80  # fewer are a summary or a label
_OF_TITLE = 0.5  # share of the title's longer words that the text has to use
_TELLING = 4  # letters; shorter words say little
_STRING_WORDS = 5
_STRINGS = 200_000  # of one page: ten times the most seen
_ASSIGNED = re.compile(r"(?:window|self|globalThis)(?:\.\w+|\[['\"]\w+['\"]\])\s*=\s*(?=[{\[])")
_MARKUP = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)


def paragraphs(tree: _Element, title: str) -> list[str]:
    """The paragraphs of the longest text in the page's state that uses the title's words; none when there is none."""
    texts: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for value in _values(tree):
        for path, text in _strings(value):
            texts[path].append(text)
    best: list[str] = []
    for parts in texts.values():
        lines = [line for part in parts for line in _lines(part)]
        size = sum(map(words, lines))
        if size >= LEAST_WORDS and size > sum(map(words, best)) and speaks_of(title, "\n".join(lines)):
            best = lines
    return best


def speaks_of(title: str, text: str) -> bool:
    """Whether the text uses most of the title's longer words; any text speaks of a title without such words."""
    return title_share(title, text) >= _OF_TITLE


def title_share(title: str, text: str) -> float:
    """Which share of the title's longer words the text uses, by their first letters; 1 without such words."""
    named = {word[:_TELLING] for word in bag(title) if len(word) >= _TELLING or not word.isascii()}
    used = {word[:_TELLING] for word in bag(text)}
    return len(named & used) / len(named) if named else 1.0


def _values(tree: _Element) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    for script in tree.iter("script"):
        source, kind = script.text or "", (script.get("type") or "").lower()
        if "ld+json" in kind or len(source) < LEAST_WORDS:
            continue
        start = 0
        if "json" not in kind:
            assigned = _ASSIGNED.search(source)
            if assigned is None:
                continue
            start = assigned.end()
        try:
            yield decoder.raw_decode(source, start + len(source[start:]) - len(source[start:].lstrip()))[0]
        except (ValueError, RecursionError):
            continue


def _strings(value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Texts with their paths; places in a list are one path."""
    stack: list[tuple[tuple[str, ...], Any]] = [((), value)]
    seen = 0
    while stack and seen < _STRINGS:
        path, item = stack.pop()
        seen += 1
        if isinstance(item, str):
            if len(item.split(None, _STRING_WORDS)) >= _STRING_WORDS or (
                not item.isascii() and words(item) >= _STRING_WORDS
            ):
                yield path, item
        elif isinstance(item, Mapping):
            stack.extend(((*path, str(key)), inner) for key, inner in reversed(list(item.items())))
        elif isinstance(item, list):
            stack.extend(((*path, "*"), inner) for inner in reversed(item))


def _lines(text: str) -> list[str]:
    plain = html_text.extract_text(text) if _MARKUP.search(text) else text
    return [line for line in mend(plain).split("\n") if line]
