"""An article's text and byline in, the agencies that it credits out."""

import re
from collections.abc import Iterable
from functools import lru_cache

from streams.cleaning.who.registry import Registry

_HEAD = 400  # characters: a dateline ("CITY, Jan 12 (Agency) -") stands at the beginning
_TAIL = 600  # and a credit ("Reporting by Agency", "Agency contributed") at the end


def agencies(body: str, authors: Iterable[str], publisher: str | None, registry: Registry) -> tuple[str, ...]:
    """Names of the known agencies that sign or are thanked, in the order of the text, without the publisher itself.

    A name in running text ("told Reuters") is no credit: it has to stand in a byline, a tag or a credit line.
    """
    pattern = _pattern(registry)
    texts = [*authors, body[:_HEAD], body[-_TAIL:] if len(body) > _HEAD else ""]
    found: dict[str, None] = {}
    for author in authors:
        entry = registry.find_by_name(author)
        if entry is not None and entry.agency:
            found.setdefault(entry.name)
    for text in texts[-2:]:
        for match in pattern.finditer(text):
            entry = registry.find_by_name(next(name for name in match.groups() if name))
            if entry is not None and entry.id != publisher:
                found.setdefault(entry.name)
    own = next((e.name for e in registry.agencies if e.id == publisher), None)
    return tuple(name for name in found if name != own)


@lru_cache(maxsize=4)
def _pattern(registry: Registry) -> re.Pattern[str]:
    names = sorted({n for e in registry.agencies for n in (e.name, *e.also)}, key=lambda n: (-len(n), n))
    name = "(" + "|".join(re.escape(n) for n in names) + ")"
    return re.compile(
        rf"[(\[/]\s*(?i:{name})(?:\s*[,/&][^()\[\]]{{0,40}})?\s*[)\]/]"  # (Reuters), /PRNewswire/
        rf"|^(?:[^\n]{{0,60}}?\s)?{name}\s+[–—-]{{1,2}}\s"  # CITY, AFP -
        r"|(?i:\b(?:with (?:agency )?inputs? from|sources?|via|credit|reporting by|material from|quelle|fuente|fonte|"
        rf"источник)\s*:?\s+(?:the )?){name}\b"
        rf"|(?i:©\s*(?:(?:19|20)\d\d\s+)?(?:the )?){name}\b"
        rf"|\b(?i:the )?{name} contributed\b",
        re.MULTILINE,
    )
