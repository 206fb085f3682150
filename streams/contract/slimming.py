"""A page without what is no text: large pages are mostly programs, styles, drawings and pictures in base64.

Three steps, each only where the one before was not enough; a page that fits is never touched. What may hold the only
copy of the article stays longest: JSON-LD and templates always, a program's state without its long strings of no
words, and that state at all until nothing else is left to go.
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
_WORDLESS = re.compile(rb"\"[\x21\x23-\x5b\x5d-\x7e]{300,}\"")  # without a blank: no text that parts words


class Element(NamedTuple):
    """A script, style or drawing in the page: its content lies at ``start`` to ``end``."""

    name: bytes
    start: int
    end: int
    is_text: bool  # JSON-LD, a template
    is_state: bool


def slim(page: bytes, fits: Callable[[bytes], bool]) -> bytes:
    """``page`` with less and less of what is no text, until it ``fits``; the last step's where it never does.

    Pages in UTF-16 and in compressed form are left as they are. Takes time in proportion to the page's length.
    """
    if b"\x00" in page[:2000] or page.startswith(b"\x1f\x8b"):
        return page
    for step in (_without_programs, _without_wordless, _without_state):
        page = step(page)
        if fits(page):
            break
    return page


def _without_programs(page: bytes) -> bytes:
    page = _PICTURE.sub(b"data:,", page)
    return _cut(page, lambda element: not (element.is_text or element.is_state))


def _without_wordless(page: bytes) -> bytes:
    """Keys, hashes and pictures in the state; only ASCII, since scripts without blanks have no other long strings."""
    pieces, place = [], 0
    for element in _elements(page):
        if element.is_state:
            pieces += [page[place : element.start], _WORDLESS.sub(b'""', page[element.start : element.end])]
            place = element.end
    return b"".join([*pieces, page[place:]])


def _without_state(page: bytes) -> bytes:
    return _cut(page, lambda element: not element.is_text)


def _cut(page: bytes, goes: Callable[[Element], bool]) -> bytes:
    pieces, place = [], 0
    for element in _elements(page):
        if goes(element):
            pieces.append(page[place : element.start])
            place = element.end
    return b"".join([*pieces, page[place:]])


def _elements(page: bytes) -> Iterator[Element]:
    """Those that are closed; what an open one holds cannot be told from the page."""
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
