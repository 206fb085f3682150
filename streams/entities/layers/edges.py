"""Where a name begins and ends: spans without articles, possessives, quotation marks and unmatched brackets."""

import re
from dataclasses import replace

from streams.entities.spans import Span

EDGE = ' \t\r\n\u00a0"“”„«»‘*•|/\\–—-_,;:!?#@<>=~…'
LEADING = re.compile(
    r"(?:(?:later|while|since|after|before|when|meanwhile|also|but|and|as|if|for|in|at|on|of|from|with|by|to)\s+)?"
    r"(?:the|a|an)\s+",
    re.IGNORECASE,
)
TRAILING = re.compile(r"\s(?:of|and|the|for|in|at|on|de|&)$")
POSSESSIVE = re.compile(r"(?:['’]s?|['’]S)$")
BRACKETS = {"(": ")", "[": "]", "{": "}"}


def trim(text: str, spans: list[Span]) -> list[Span]:
    """Strip leading articles, trailing 's, quotation marks and unmatched brackets; drop spans that become empty."""
    out = []
    for span in spans:
        start, end = strip_edges(text, span.start, span.end)
        if leading := LEADING.match(text, start, end):
            start = leading.end()
        if possessive := POSSESSIVE.search(text[start:end]):
            end = start + possessive.start()
        start, end = strip_edges(text, start, end)
        if trailing := TRAILING.search(text[start:end]):
            end = start + trailing.start()
        if start < end:
            out.append(replace(span, start=start, end=end))
    return out


def strip_edges(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of a name without the punctuation around it and without brackets that have no partner."""
    while start < end and (text[start] in EDGE or text[start] in ")]}.'’"):
        start += 1
    while start < end and (text[end - 1] in EDGE or text[end - 1] in "([{"):
        end -= 1
    for opening, closing in BRACKETS.items():
        part = text[start:end]
        if opening in part and closing not in part:
            cut = part.index(opening)
            start, end = (start + 1, end) if cut == 0 else (start, start + len(part[:cut].rstrip()))
        elif closing in part and opening not in part:
            end = start + len(part[: part.index(closing)].rstrip())
    part = text[start:end]
    if part.startswith("(") and part.endswith(")"):
        start, end = start + 1, end - 1
    if end - start > 2 and text[end - 1] == "." and not re.search(r"(?:\b\w\.|\b[A-Z]\w{1,3}\.)$", text[start:end]):
        end -= 1
    return start, max(start, end)
