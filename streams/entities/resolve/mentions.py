"""Spans of one article -> its entities, each with a key that is the same in every article, the fullest name, and its
mentions in order.
"""

from collections import Counter
from collections.abc import Sequence

from streams.contract.messages import Entity, EntityType
from streams.entities.canonical import fold
from streams.entities.lexicon import gazetteer
from streams.entities.resolve import organisations, people
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
            name=_fullest([span.of(text) for span in group], key),
            type=group[0].type,
            mentions=tuple((span.start, span.end) for span in group[:MOST_MENTIONS]),
        )
        for key, group in mentions.items()
    ]
    found.sort(key=lambda entity: (-len(entity.mentions), entity.mentions))
    return tuple(sorted(found[:MOST], key=lambda entity: (entity.mentions[0], entity.key)))


def _names(text: str, spans: Sequence[Span], language: str) -> list[str]:
    names = [_plain(span, text, language) for span in spans]
    persons = [i for i, span in enumerate(spans) if span.type is EntityType.PERSON]
    for i, words in zip(persons, people.resolve(_named(text, spans, persons)), strict=True):
        names[i] = " ".join(words)
    bodies = [i for i, span in enumerate(spans) if span.type is EntityType.ORGANISATION]
    for i, name in zip(bodies, organisations.resolve(text, _named(text, spans, bodies)), strict=True):
        names[i] = name
    return names


def _named(text: str, spans: Sequence[Span], chosen: Sequence[int]) -> list[Mention]:
    return [Mention(spans[i].start, spans[i].of(text)) for i in chosen]


def _plain(span: Span, text: str, language: str) -> str:
    """Return the canonical name of a place or group, which needs no context."""
    folded = fold(span.of(text))
    if span.type is EntityType.PLACE:
        place = gazetteer.place(folded, language)
        return place.name if place else folded
    return gazetteer.groups().get(folded, folded)


def _fullest(written: Sequence[str], key: str) -> str:
    """Return the spelling behind the key, else the longest; of equally long ones the most frequent, then the first."""
    count = Counter(written)
    longest = max(
        written,
        key=lambda name: (
            key.endswith(":" + fold(name)),
            len(fold(name)),
            not name.isupper(),
            count[name],
            -written.index(name),
        ),
    )
    return " ".join(longest.split())
