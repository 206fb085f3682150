"""Removes content other than text from large pages, which are mostly scripts, styles, drawings and base64 pictures.

Three steps, each only if the one before was not enough; a page that fits is not changed. Content that may be the only
copy of the article is removed last or never: JSON-LD and templates stay, the state of scripts first loses long strings
without words, and is removed only in the last step.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_PICTURE = re.compile(rb"data:[\w/+.;=,-]{0,100}base64,[A-Za-z0-9+/=%_-]{100,}")
_OPEN = re.compile(rb"<(script|style|svg)\b([^>]{0,2000})>", re.IGNORECASE)
_TYPE = re.compile(rb"type\s*=\s*[\"']?([^\"'\s>]{1,60})", re.IGNORECASE)
_TEXTS = re.compile(rb"ld\+json|template|html|handlebars|mustache|x-tmpl", re.IGNORECASE)
_STATE = re.compile(rb"(?:window|self|globalThis)(?:\.\w{1,60}|\[['\"]\w{1,60}['\"]\])\s{0,5}=\s{0,5}[{\[]")
_STATE_WITHIN = 2_000  # bytes of a script in which its state begins
_WORDLESS = re.compile(rb"\"[\x21\x23-\x5b\x5d-\x7e]{300,}\"")  # without a blank, so no text of words


class Element(NamedTuple):
    """A script, style or drawing in the page, with its content at ``start`` to ``end``."""

    name: bytes
    start: int
    end: int
    is_text: bool  # JSON-LD, a template
    is_state: bool


def slim(page: bytes, fits: Callable[[bytes], bool]) -> bytes:
    """Remove more and more content other than text until the page ``fits``; the result may still not fit.

    Pages in UTF-16 and gzip-compressed pages are returned unchanged. The time is linear in the page's length.
    """
    if b"\x00" in page[:2000] or page.startswith(b"\x1f\x8b"):
        return page
    for step in (_without_scripts, _without_wordless, _without_state):
        page = step(page)
        if fits(page):
            break
    return page


def _without_scripts(page: bytes) -> bytes:
    page = _PICTURE.sub(b"data:,", page)
    return _rewrite(page, lambda element, content: content if element.is_text or element.is_state else b"")


def _without_wordless(page: bytes) -> bytes:
    """Empty long strings without blanks in the state: keys, hashes, pictures.

    Only ASCII ones, since text in writing systems without spaces has no blanks either.
    """
    return _rewrite(page, lambda element, content: _WORDLESS.sub(b'""', content) if element.is_state else content)


def _without_state(page: bytes) -> bytes:
    return _rewrite(page, lambda element, content: content if element.is_text else b"")


def _rewrite(page: bytes, rewrite: Callable[[Element, bytes], bytes]) -> bytes:
    """The page with ``rewrite`` applied to each element and its content."""
    pieces, place = [], 0
    for element in _elements(page):
        pieces += [page[place : element.start], rewrite(element, page[element.start : element.end])]
        place = element.end
    return b"".join([*pieces, page[place:]])


def _elements(page: bytes) -> Iterator[Element]:
    """The closed elements; the content of an unclosed one cannot be distinguished from the page."""
    lower = page.lower()
    place = 0
    while found := _OPEN.search(page, place):
        name = found[1].lower()
        end = lower.find(b"</" + name, found.end())
        if end < 0:
            place = found.end()
            if name == b"script":
                return
            continue
        kind = _TYPE.search(found[2])
        kind_name = kind[1].lower() if kind else b""
        is_text = name == b"script" and bool(_TEXTS.search(kind_name))
        is_state = (
            name == b"script"
            and not is_text
            and (
                b"json" in kind_name
                or _STATE.search(page, found.end(), min(end, found.end() + _STATE_WITHIN)) is not None
            )
        )
        yield Element(name, found.end(), end, is_text, is_state)
        place = end
