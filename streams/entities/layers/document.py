"""Rules over a whole article: the evidence of one mention of a name applies to its other mentions."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from streams.contract.messages import EntityType
from streams.entities.canonical import GENERATIONS, fold, listed, person_words
from streams.entities.lexicon import gazetteer
from streams.entities.lexicon.gazetteer import Level
from streams.entities.lexicon.words import NOT_NAMES, ORG_LAST, PLACE_LAST, SMALL, TITLE_HEADS
from streams.entities.spans import Span, uncovered, without_overlaps

PARTICLES = listed("de del de la di da do dos das du le la van von der den ten al el bin ibn")
WORD = re.compile(r"[^\W_]+(?:['’.\-&][^\W_]+)*")
POSSESSIVE = ("'s", "’s")
LONGEST = 8  # words of a name that is searched in the whole text
SHORTEST = 3  # letters of a single name that is searched in the whole text
ORDINARY = NOT_NAMES | SMALL | ORG_LAST | PLACE_LAST  # single words that are searched nowhere else
STRENGTH = (EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE, EntityType.GROUP)  # in a tie the first wins


def surnames_are_people(text: str, spans: list[Span]) -> list[Span]:
    """Make a single word a person if it is the surname of a full name in the article, or follows a title."""
    surnames = full_name_words(text, spans)
    return [span.typed(EntityType.PERSON) if _is_person(text, span, surnames) else span for span in spans]


def _is_person(text: str, span: Span, surnames: frozenset[str]) -> bool:
    folded = fold(span.of(text))
    if " " in folded or gazetteer.known_type(folded):
        return False
    return (folded in surnames and gazetteer.level(folded) < Level.CITY) or title_before(text, span.start)


def title_before(text: str, start: int) -> bool:
    """Return whether the word before ``start`` is a title with a capital."""
    before = text[max(0, start - 40) : start]
    if not before or before[-1] not in " \u00a0":
        return False
    word = before.replace("\n", " \n ").rstrip(" ").rpartition(" ")[2]
    return word[:1].isupper() and fold(word) in TITLE_HEADS


def full_name_words(text: str, spans: list[Span]) -> frozenset[str]:
    """Return the last words of people with two or more words."""
    found = set()
    for span in spans:
        if span.type is EntityType.PERSON:
            words = [word for word in person_words(span.of(text)) if word not in GENERATIONS]
            if len(words) > 1:
                found.add(words[-1])
    return frozenset(found)


def widen_particles(text: str, spans: list[Span]) -> list[Span]:
    """Extend a surname by its particles: "de la Roe" of Jane de la Roe, also where only the last word was marked."""
    tails = {tail for span in spans if span.type is EntityType.PERSON for tail in _tail(span.of(text))}
    return without_overlaps(_widened(text, span, tails) for span in spans)


def _tail(name: str) -> list[str]:
    """Return the surname with the particles before it, if a full name has some."""
    words = name.split()
    first = next((i for i, word in enumerate(words) if i and word in PARTICLES), len(words))
    return [" ".join(words[first:])] if first < len(words) - 1 else []


def _widened(text: str, span: Span, tails: set[str]) -> Span:
    if span.type is not EntityType.PERSON:
        return span
    own = span.of(text)
    for tail in sorted(tails, key=lambda t: (-len(t), t)):
        more = len(tail) - len(own)
        begin = span.start - more
        if (
            more > 0
            and begin >= 0
            and fold(tail).endswith(f" {fold(own)}")
            and text[begin : span.start].casefold() == tail[:more].casefold()
        ):
            if begin and text[begin - 1].isalnum():
                continue
            return replace(span, start=begin)
    return span


def one_type_a_name(text: str, spans: list[Span]) -> list[Span]:
    """Give all mentions of a name the type of most of them."""
    votes: dict[str, Counter[EntityType]] = defaultdict(Counter)
    for span in spans:
        votes[fold(span.of(text))][span.type] += 1
    best = {name: max(STRENGTH, key=lambda kind: count[kind]) for name, count in votes.items()}
    return [span.typed(best[fold(span.of(text))]) for span in spans]


def spread(text: str, spans: list[Span]) -> list[Span]:
    """Add the other mentions of the names, and of the surnames of people, with the same spelling."""
    names = _names_to_spread(text, spans)
    if not names:
        return spans
    words = [(word.group(), word.start()) for word in WORD.finditer(text)]
    small = {word for word, _ in words if word[0].islower()}
    names = {name: kind for name, kind in names.items() if " " in name or name.casefold() not in small}
    return uncovered(spans, _occurrences(text, words, names))


def _names_to_spread(text: str, spans: list[Span]) -> dict[str, EntityType]:
    names: dict[str, EntityType] = {}
    for span in spans:
        name = span.of(text)
        names.setdefault(name, span.type)
        if span.type is EntityType.PERSON and " " in name:
            last = next(iter(_tail(name)), name.split()[-1])
            if fold(last) not in GENERATIONS and gazetteer.level(fold(last)) < Level.CITY:
                names.setdefault(last, EntityType.PERSON)
    return {name: kind for name, kind in names.items() if _is_searchable(name)}


def _is_searchable(name: str) -> bool:
    folded = fold(name)
    if " " in folded:
        return True
    if len(folded) < SHORTEST or not name[0].isupper():
        return False
    return folded not in ORDINARY


def _occurrences(text: str, words: Sequence[tuple[str, int]], names: dict[str, EntityType]) -> list[Span]:
    """Find names as whole words, from left to right, the longest first."""
    by_first: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names, key=lambda n: (-len(n), n)):
        first = WORD.match(name)
        if first and len(name.split()) <= LONGEST:
            by_first[first.group()].append(name)
    found = []
    end = 0
    for written, start in words:
        key = written[:-2] if written.endswith(POSSESSIVE) else written
        for name in by_first.get(key, ()) if start >= end else ():
            stop = start + len(name)
            if text.startswith(name, start) and not text[stop : stop + 1].isalnum():
                found.append(Span(start, stop, names[name]))
                end = stop
                break
    return found
