"""Rules for English: text and spans -> spans with better bounds and types. Their order is that of `tagging`."""

import re
from dataclasses import replace
from itertools import pairwise

from streams.contract.messages import EntityType
from streams.entities.canonical import fold
from streams.entities.layers import document
from streams.entities.layers.edges import EDGE, POSSESSIVE, strip_edges
from streams.entities.lexicon import gazetteer
from streams.entities.lexicon.gazetteer import Level
from streams.entities.lexicon.words import (
    NOT_NAMES,
    ORG_FIRST,
    ORG_LAST,
    PLACE_FIRST,
    PLACE_LAST,
    SMALL,
    TITLE_HEADS,
    TITLE_MODIFIERS,
)
from streams.entities.spans import Span, without_overlaps

WORD = re.compile(r"[^\W_]+(?:['’.\-&][^\W_]+)*\.?")
NOT_ALONE = NOT_NAMES | TITLE_HEADS | TITLE_MODIFIERS  # words that are no names by themselves
ACRONYM = 5  # letters, at most: WHO is not who
LONGEST_INITIALS = 3  # letters of a country that has to be written in capitals


def cut_lines(text: str, spans: list[Span]) -> list[Span]:
    """Cut a span at line ends, which no name crosses; the longest part stays."""
    out = []
    for span in spans:
        if "\n" not in span.of(text):
            out.append(span)
            continue
        start = span.start
        parts = []
        for part in span.of(text).split("\n"):
            parts.append(replace(span, start=start, end=start + len(part)))
            start += len(part) + 1
        out.append(max(parts, key=lambda p: (p.end - p.start, -p.start)))
    return out


def cut_titles(text: str, spans: list[Span]) -> list[Span]:
    """Cut titles off people ("Foreign Minister Jane Doe"), and drop people that are only a title."""
    out = []
    for span in spans:
        if span.type is not EntityType.PERSON:
            out.append(span)
            continue
        start = after_titles(text, span.start, span.end)
        if start < span.end:
            out.append(replace(span, start=start))
    return out


def after_titles(text: str, start: int, end: int) -> int:
    """Return the start of the name after the titles at ``start``; ``end`` if there are only titles."""
    begin = start
    for word in WORD.finditer(text, start, end):
        folded = fold(word.group())
        if folded in TITLE_HEADS:
            begin = word.end()
        elif folded not in TITLE_MODIFIERS and gazetteer.groups().get(folded) is None:
            break
    while begin < end and text[begin] in EDGE:
        begin += 1
    return begin


def drop_no_names(text: str, spans: list[Span]) -> list[Span]:
    """Drop days, months, abbreviations that are no names, numbers and words without a capital."""
    return [span for span in spans if _is_name(span.of(text))]


def _is_name(name: str) -> bool:
    folded = fold(name)
    if not folded or folded in NOT_ALONE or len(folded) < 2:
        return False
    if folded.startswith("covid") or not any(c.isalpha() for c in folded):
        return False
    if name.islower():
        return folded in gazetteer.groups()
    return any(c.isupper() or (c.isalpha() and c.lower() == c.upper()) for c in name)


def split_hyphened(text: str, spans: list[Span]) -> list[Span]:
    """Split "French-Algerian" and "US-Mexico", which name two; a hyphen within one name stays."""
    out = []
    for span in spans:
        name = span.of(text)
        parts = re.split(r"[-–]", name)
        kinds = [gazetteer.known_type(fold(part)) for part in parts]
        if len(parts) > 1 and all(kinds) and gazetteer.known_type(fold(name)) is None:
            start = span.start
            for part, kind in zip(parts, kinds, strict=True):
                if kind:
                    out.append(Span(start, start + len(part), kind))
                start += len(part) + 1
        else:
            out.append(span)
    return out


def type_by_words(text: str, spans: list[Span]) -> list[Span]:
    """Set types by the whole name if it is known, else by its first and last word ("... Ministry", "Lake ...")."""
    return [span.typed(_type(span.of(text), span.type)) for span in spans]


def _type(name: str, kind: EntityType) -> EntityType:
    folded = fold(name)
    if sure := gazetteer.known_type(folded):
        return sure
    words = folded.split()
    if len(words) > 1:
        if words[-1] in ORG_LAST or words[0] in ORG_FIRST:
            return EntityType.ORGANISATION
        if words[-1] in PLACE_LAST or (words[0] in PLACE_FIRST and kind is not EntityType.ORGANISATION):
            return EntityType.PLACE
    if kind in (EntityType.ORGANISATION, EntityType.GROUP) and gazetteer.level(folded) >= Level.CITY:
        return EntityType.PLACE
    if kind is EntityType.GROUP and gazetteer.level(folded) is Level.TOWN:
        return EntityType.PLACE
    return kind


def add_known(text: str, spans: list[Span]) -> list[Span]:
    """Add the countries and groups that are not marked yet."""
    found = []
    words = list(WORD.finditer(text))
    for i, word in enumerate(words):
        if not word.group()[0].isupper():
            continue
        for count in (4, 3, 2, 1):
            if i + count > len(words):
                continue
            start, end = word.start(), words[i + count - 1].end()
            name = text[start:end]
            if "\n" in name or (count > 1 and not _are_adjacent(text, words[i : i + count])):
                continue
            kind = _known_as_written(name)
            if kind:
                found.append(Span(*strip_edges(text, *_without_possessive(text, start, end)), kind))
                break
    return _fit(spans, found)


def _are_adjacent(text: str, words: list[re.Match[str]]) -> bool:
    return all(text[a.end() : b.start()] == " " for a, b in pairwise(words))


def _without_possessive(text: str, start: int, end: int) -> tuple[int, int]:
    possessive = POSSESSIVE.search(text[start:end])
    return start, start + possessive.start() if possessive else end


def _known_as_written(name: str) -> EntityType | None:
    """Return the type of a name as written; short names count only in capitals: "US" is a country, "Us" is not."""
    folded = fold(name)
    if len(folded) <= LONGEST_INITIALS and not name.replace(".", "").isupper():
        return None
    if folded in SMALL or folded in NOT_NAMES:
        return None
    return gazetteer.known_type(folded)


def _fit(spans: list[Span], more: list[Span]) -> list[Span]:
    taken = bytearray(max((s.end for s in (*spans, *more)), default=0))
    for span in spans:
        taken[span.start : span.end] = b"\1" * (span.end - span.start)
    return without_overlaps([*spans, *(s for s in more if not any(taken[s.start : s.end]))])


def drop_ordinary_words(text: str, spans: list[Span]) -> list[Span]:
    """Drop a single word that the article also writes in lower case, or that ends names of organisations."""
    small = {word for word in document.WORD.findall(text) if word[0].islower()}
    return [span for span in spans if not _is_ordinary(text, span, small)]


def _is_ordinary(text: str, span: Span, small: set[str]) -> bool:
    name = span.of(text)
    if " " in name or gazetteer.known_type(fold(name)) or (name.isupper() and len(name) <= ACRONYM):
        return False
    return name.lower() in small or fold(name) in ORG_LAST


def lone_people_are_places(text: str, spans: list[Span]) -> list[Span]:
    """Make a single word a place if it is a city and nobody's surname in the article."""
    surnames = document.full_name_words(text, spans)
    return [
        span.typed(EntityType.PLACE) if span.type is EntityType.PERSON and _is_place(text, span, surnames) else span
        for span in spans
    ]


def _is_place(text: str, span: Span, surnames: frozenset[str]) -> bool:
    folded = fold(span.of(text))
    if folded in surnames or document.title_before(text, span.start):
        return False
    return gazetteer.level(folded) >= (Level.TOWN if " " in folded else Level.CITY)
