"""Rules on single spans: text and spans -> spans with better bounds and types. Their order is that of `tagging`."""

import re
from dataclasses import replace
from itertools import pairwise

from streams.contract.messages import EntityType
from streams.entities.canonical import fold
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

EDGE = ' \t\r\n\u00a0"“”„«»‘*•|/\\–—-_,;:!?#@<>=~…'
LEADING = re.compile(
    r"(?:(?:later|while|since|after|before|when|meanwhile|also|but|and|as|if|for|in|at|on|of|from|with|by|to)\s+)?"
    r"(?:the|a|an)\s+",
    re.IGNORECASE,
)
TRAILING = re.compile(r"\s(?:of|and|the|for|in|at|on|de|&)$")
POSSESSIVE = re.compile(r"(?:['’]s?|['’]S)$")
WORD = re.compile(r"[^\W_]+(?:['’.\-&][^\W_]+)*\.?")
NOT_ALONE = NOT_NAMES | TITLE_HEADS | TITLE_MODIFIERS  # words that are no names by themselves
LONGEST_INITIALS = 3  # letters of a country that has to be written in capitals
BRACKETS = {"(": ")", "[": "]", "{": "}"}


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


def trim(text: str, spans: list[Span]) -> list[Span]:
    """Strip leading articles, trailing 's, quotation marks and unmatched brackets; drop spans that become empty."""
    out = []
    for span in spans:
        start, end = _edges(text, span.start, span.end)
        if leading := LEADING.match(text, start, end):
            start = leading.end()
        if possessive := POSSESSIVE.search(text[start:end]):
            end = start + possessive.start()
        start, end = _edges(text, start, end)
        if trailing := TRAILING.search(text[start:end]):
            end = start + trailing.start()
        if start < end:
            out.append(replace(span, start=start, end=end))
    return out


def _edges(text: str, start: int, end: int) -> tuple[int, int]:
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


def title_before(text: str, start: int) -> bool:
    """Return whether the word before ``start`` is a title with a capital."""
    before = text[max(0, start - 40) : start]
    if not before or before[-1] not in " \u00a0":
        return False
    word = before.replace("\n", " \n ").rstrip(" ").rpartition(" ")[2]
    return word[:1].isupper() and fold(word) in TITLE_HEADS


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
        kinds = [known_type(fold(part)) for part in parts]
        if len(parts) > 1 and all(kinds) and known_type(fold(name)) is None:
            start = span.start
            for part, kind in zip(parts, kinds, strict=True):
                if kind:
                    out.append(Span(start, start + len(part), kind))
                start += len(part) + 1
        else:
            out.append(span)
    return out


def known_type(folded: str) -> EntityType | None:
    """Return the type of a bare name that is certainly a group or a country, else None."""
    if folded in gazetteer.groups():
        return EntityType.GROUP
    if gazetteer.level(folded) is Level.COUNTRY:
        return EntityType.PLACE
    return None


def type_by_words(text: str, spans: list[Span]) -> list[Span]:
    """Set types by the whole name if it is known, else by its first and last word ("... Ministry", "Lake ...")."""
    return [span.typed(_type(span.of(text), span.type)) for span in spans]


def _type(name: str, kind: EntityType) -> EntityType:
    folded = fold(name)
    if sure := known_type(folded):
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
                found.append(Span(*_edges(text, *_without_possessive(text, start, end)), kind))
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
    return known_type(folded)


def _fit(spans: list[Span], more: list[Span]) -> list[Span]:
    taken = bytearray(max((s.end for s in (*spans, *more)), default=0))
    for span in spans:
        taken[span.start : span.end] = b"\1" * (span.end - span.start)
    return without_overlaps([*spans, *(s for s in more if not any(taken[s.start : s.end]))])
