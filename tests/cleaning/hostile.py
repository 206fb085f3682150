"""Cleans pages made to be slow or large, in a process with limits, and prints a JSON line [page, outcome] for each.

Run by `test_worst_case` as a process of its own: a limit of memory holds for a whole process.
"""

import json
import resource
import sys
from collections.abc import Callable

from streams.cleaning import clean, warm
from streams.contract.errors import Rejected
from streams.contract.messages import MAX_PAGE_BYTES, ContentType
from tests.cleaning.arrivals import arrival

MEMORY_BYTES = 1_200_000_000  # of address space: twice what the pages take, libraries and models among it

SENTENCE = "The council of Northmere voted on Tuesday to close the old bridge over the Sarn. "
ROOM = MAX_PAGE_BYTES - 10_000  # for a page's head and end


def page(inside: str) -> str:
    return f"<html><head><title>Bridge closed in Northmere</title></head><body>{inside}</body></html>"


def paragraphs(count: int) -> str:
    return f"<p>{SENTENCE * 3}</p>\n" * count


PAGES: dict[str, tuple[ContentType, Callable[[], str]]] = {
    "ten megabytes of paragraphs": (ContentType.HTML, lambda: page(paragraphs(ROOM // len(paragraphs(1))))),
    "ten megabytes of links": (
        ContentType.HTML,
        lambda: page(paragraphs(9) + "<a href=/x>Other news</a>" * (ROOM // 26)),
    ),
    "ten megabytes of script": (
        ContentType.HTML,
        lambda: page(f"<script>{'x=1;' * (ROOM // 4)}</script>{paragraphs(9)}"),
    ),
    "ten megabytes of attributes": (
        ContentType.HTML,
        lambda: page(f"<div {'a=b ' * (ROOM // 4)}>{paragraphs(9)}</div>"),
    ),
    "100,000 nested tags": (ContentType.HTML, lambda: page("<div>" * 100_000 + paragraphs(9) + "</div>" * 100_000)),
    "100,000 tags left open": (ContentType.HTML, lambda: page("<b><i><p>" * 33_000 + paragraphs(9))),
    "80 nested tables": (ContentType.HTML, lambda: page("<table><tr><td>" * 80 + paragraphs(40))),
    "one huge line of markup": (ContentType.HTML, lambda: page(f"<p>{SENTENCE * (ROOM // len(SENTENCE))}</p>")),
    "one huge word of markup": (ContentType.HTML, lambda: page(f"<p>{'w' * ROOM}</p>")),
    "one huge line of text": (ContentType.TEXT, lambda: SENTENCE * (ROOM // len(SENTENCE))),
    "one huge word of text": (ContentType.TEXT, lambda: "w" * ROOM),
    "ten megabytes of short lines": (ContentType.TEXT, lambda: "Other news\n" * (ROOM // 11)),
    "just under a million letters": (ContentType.HTML, lambda: page(paragraphs(3_900))),
    "just under 50,000 elements": (
        ContentType.HTML,
        lambda: page(paragraphs(9) + "<p>News <a href=/x>of it</a></p>" * 24_000),
    ),
    "entities in entities": (ContentType.HTML, lambda: _laughs() + page(f"<p>&l9;</p>{paragraphs(9)}")),
}


def _laughs() -> str:
    names = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "lol">{names}]>'


def outcome(form: ContentType, content: str) -> str:
    try:
        return f"article: {clean(arrival(content, form, url='https://example.org/a')).title}"
    except Rejected as reason:
        return f"rejected: {reason}"


if __name__ == "__main__":
    warm()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for name, (form, make) in PAGES.items():
        sys.stdout.write(json.dumps([name, outcome(form, make())]) + "\n")
        sys.stdout.flush()
