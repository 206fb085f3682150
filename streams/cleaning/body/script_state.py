"""The article's text in the JSON state from which a page's scripts render it.

Used only where the page itself shows no text. The strings at one path are one text, whatever their positions in lists;
the longest text that uses the title's words is the article's.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import html_text
from lxml.etree import _Element

from streams.cleaning.text.characters import count_words, fix_text, tokens

MIN_WORDS = 80  # a shorter text is a summary or a label
_TITLE_COVERAGE = 0.5  # share of the title's longer words that the text has to use
_STEM = 4  # letters; shorter words say little
_STRING_WORDS = 5
_MAX_VALUES = 200_000  # of one page: ten times the most seen
_ASSIGNED = re.compile(r"(?:window|self|globalThis)(?:\.\w+|\[['\"]\w+['\"]\])\s*=\s*(?=[{\[])")
_MARKUP = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)


def state_paragraphs(tree: _Element, title: str) -> list[str]:
    """The paragraphs of the longest text in the page's state that uses the title's words; [] without one."""
    texts: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for value in _values(tree):
        for path, text in _strings(value):
            texts[path].append(text)
    best: list[str] = []
    for parts in texts.values():
        lines = [line for part in parts for line in _lines(part)]
        size = sum(map(count_words, lines))
        if size < MIN_WORDS or size <= sum(map(count_words, best)):
            continue
        if title_coverage(title, "\n".join(lines)) >= _TITLE_COVERAGE:
            best = lines
    return best


def title_coverage(title: str, text: str) -> float:
    """The share of the title's longer words that the text uses, by their first letters; 1 without such words."""
    named = {word[:_STEM] for word in tokens(title) if len(word) >= _STEM or not word.isascii()}
    used = {word[:_STEM] for word in tokens(text)}
    return len(named & used) / len(named) if named else 1.0


def _values(tree: _Element) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    for script in tree.iter("script"):
        source, kind = script.text or "", (script.get("type") or "").lower()
        if "ld+json" in kind or len(source) < MIN_WORDS:
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
    """Sentences with their paths; all positions in a list are the same path."""
    stack: list[tuple[tuple[str, ...], Any]] = [((), value)]
    seen = 0
    while stack and seen < _MAX_VALUES:
        path, item = stack.pop()
        seen += 1
        if isinstance(item, str):
            if len(item.split(None, _STRING_WORDS)) >= _STRING_WORDS or (
                not item.isascii() and count_words(item) >= _STRING_WORDS
            ):
                yield path, item
        elif isinstance(item, Mapping):
            stack.extend(((*path, str(key)), inner) for key, inner in reversed(list(item.items())))
        elif isinstance(item, list):
            stack.extend(((*path, "*"), inner) for inner in reversed(item))


def _lines(text: str) -> list[str]:
    plain = html_text.extract_text(text) if _MARKUP.search(text) else text
    return [line for line in fix_text(plain).split("\n") if line]
