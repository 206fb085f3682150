"""Spans of one article -> its entities, each with a key that is the same in every article, the fullest name, and its
mentions in order.
"""

from collections import Counter
from collections.abc import Sequence

from streams.contract.messages import Entity, EntityType
from streams.entities.canonical import fold, person_words
from streams.entities.inflection.nominative import LANGUAGES
from streams.entities.lexicon import gazetteer
from streams.entities.resolve import cases, organisations, people
from streams.entities.resolve.people import Mention
from streams.entities.spans import Span

MOST = 300  # of an article; more are a list of names, and the message has to fit Kafka with its text
MOST_MENTIONS = 100  # of one entity; more add nothing


def entities(text: str, spans: Sequence[Span], language: str = "en") -> tuple[Entity, ...]:
    """Return the entities by first mention. ``text``: the text of the spans, from which names are taken.

    Of more than `MOST` entities the most mentioned stay, and of more than `MOST_MENTIONS` mentions the first.
    """
    mentions: dict[str, list[Span]] = {}
    for span, name in sorted(zip(spans, _names(text, spans, language), strict=True)):
        if name:
            mentions.setdefault(f"{span.type.value}:{name}", []).append(span)
    found = [
        Entity(
            key=key,
            name=_shown([span.of(text) for span in group], key, language),
            type=group[0].type,
            mentions=tuple((span.start, span.end) for span in group[:MOST_MENTIONS]),
        )
        for key, group in mentions.items()
    ]
    found.sort(key=lambda entity: (-len(entity.mentions), entity.mentions))
    return tuple(sorted(found[:MOST], key=lambda entity: (entity.mentions[0], entity.key)))


def _names(text: str, spans: Sequence[Span], language: str) -> list[str]:
    names = [_canonical(span.of(text), span.type, language) for span in spans]
    persons = [i for i, span in enumerate(spans) if span.type is EntityType.PERSON]
    people_named = _named(text, spans, persons)
    if language in LANGUAGES:
        folded = [person_words(mention.name) for mention in people_named]
        forms = cases.nominatives(folded, EntityType.PERSON, language)
        people_named = [Mention(m.start, " ".join(words)) for m, words in zip(people_named, forms, strict=True)]
    for i, words in zip(persons, people.resolve(people_named), strict=True):
        names[i] = " ".join(words)
    bodies = [i for i, span in enumerate(spans) if span.type is EntityType.ORGANISATION]
    for i, name in zip(bodies, organisations.resolve(text, _named(text, spans, bodies)), strict=True):
        names[i] = name
    if language in LANGUAGES:
        for kind in (EntityType.PLACE, EntityType.ORGANISATION):
            chosen = [i for i, span in enumerate(spans) if span.type is kind]
            folded = [tuple(names[i].split()) for i in chosen]
            for i, words in zip(chosen, cases.nominatives(folded, kind, language), strict=True):
                if (name := " ".join(words)) != names[i]:
                    names[i] = _canonical(name, kind, language)
    return names


def _named(text: str, spans: Sequence[Span], chosen: Sequence[int]) -> list[Mention]:
    return [Mention(spans[i].start, spans[i].of(text)) for i in chosen]


def _canonical(name: str, kind: EntityType, language: str) -> str:
    """Return the canonical name of a folded one, without the context of the article."""
    folded = fold(name)
    if kind is EntityType.PLACE:
        place = gazetteer.place(folded, language)
        return place.name if place else folded
    if kind is EntityType.ORGANISATION:
        return organisations.canonical(folded)
    return gazetteer.groups().get(folded, folded)


def _shown(written: Sequence[str], key: str, language: str) -> str:
    """Return the spelling behind the key, else the longest; of equally long ones the most frequent, then the first.

    In a language with cases the name with most words is the longest, since endings make no name fuller.
    """
    count = Counter(written)

    def rank(name: str) -> tuple[bool, int, bool, int, int, int]:
        folded = fold(name)
        length, shortest = (len(folded.split()), -len(folded)) if language in LANGUAGES else (len(folded), 0)
        return key.endswith(":" + folded), length, not name.isupper(), count[name], shortest, -written.index(name)

    return " ".join(max(written, key=rank).split())
