"""An article's text and bylines -> the news agencies that it credits."""

import re
from collections.abc import Iterable
from functools import lru_cache

from streams.cleaning.who.registry import Registry

_HEAD = 400  # characters at the beginning, where a dateline ("CITY, Jan 12 (Agency) -") is
_TAIL = 600  # characters at the end, where a credit ("Reporting by Agency", "Agency contributed") is


def agencies(body: str, authors: Iterable[str], publisher: str | None, registry: Registry) -> tuple[str, ...]:
    """The known agencies that an article credits, in the order of the text, without the publisher itself.

    A name in running text ("told Reuters") is not a credit: it must be in a byline, a tag or a credit line.
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
    own_name = next((e.name for e in registry.agencies if e.id == publisher), None)
    return tuple(name for name in found if name != own_name)


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
