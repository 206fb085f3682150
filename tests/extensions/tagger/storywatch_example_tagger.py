"""A tagger for Esperanto: a capitalised word after a title of a person is a person, after "urbo" a place."""

import re
from collections.abc import Iterator

from streams.api import EntityType, Span

PERSON = re.compile(r"\b(?:sinjor(?:o|ino)|doktoro|prezidanto) ([A-ZĈĜĤĴŜŬ]\w+(?: [A-ZĈĜĤĴŜŬ]\w+)*)")
PLACE = re.compile(r"\burbo ([A-ZĈĜĤĴŜŬ]\w+)")


def tag(text: str) -> Iterator[Span]:
    """The names in a text, in any order."""
    for kind, pattern in ((EntityType.PERSON, PERSON), (EntityType.PLACE, PLACE)):
        for found in pattern.finditer(text):
            yield Span(*found.span(1), kind, confidence=90)
