"""Names of one article in languages with cases -> their nominatives, as far as the names of the article show them."""

from collections.abc import Collection, Mapping, Sequence

from streams.contract.messages import EntityType
from streams.entities.inflection import nominative, suffixes
from streams.entities.inflection.nominative import Words, fits, is_given, is_nominative, may_be_woman

MAX_NAMES = 400  # of one type that are compared with each other
SHORTEST = 2  # letters of an ending by which two single words of which no full name is known are joined


def nominatives(names: Sequence[Words], kind: EntityType, language: str) -> list[Words]:
    """Return the nominative of each name of one type, or the name itself where none is certain.

    A name that is certain alone is the same in every article. Others become the one name of the article of which
    they can be a form; a lone name also the word of a full name.
    """
    alone = {name: _alone(name, kind, language) for name in dict.fromkeys(names) if name}
    known = list(dict.fromkeys(alone.values()))
    if len(known) > MAX_NAMES:
        return [alone.get(name, name) for name in names]
    parts = {word for name in known if len(name) > 1 for word in name} if kind is EntityType.PERSON else set()
    found = {name: _nominative(name, known, parts, kind, language) for name in known}
    joined = {name: min(name, other) if found.get(other) == name else other for name, other in found.items()}
    targets = {other for name, other in joined.items() if other != name}
    return [_final(alone[name], joined, targets) if name else name for name in names]


def _final(name: Words, joined: Mapping[Words, Words], targets: Collection[Words]) -> Words:
    """Return the nominative of a name: what other names are forms of is one itself, whatever it looks like."""
    return name if name in targets else joined[name]


def _alone(name: Words, kind: EntityType, language: str) -> Words:
    if kind is EntityType.PERSON:
        return nominative.person(name, language)
    if kind is EntityType.PLACE:
        return nominative.place(name, language)
    return (*name[:-1], suffixes.certain(name[-1], language))


def _nominative(name: Words, known: Sequence[Words], parts: Collection[str], kind: EntityType, language: str) -> Words:
    """Return the one other name of the article of which ``name`` is a form, else ``name``."""
    if kind is EntityType.PERSON and len(name) == 1:
        found = [] if name[0] in parts else _lone(name[0], known, parts, language)
    elif kind is EntityType.PERSON and (is_nominative(name, language) or may_be_woman(name, language)):
        found = []
    else:
        found = [other for other in known if fits(name, other, language, kind)]
        found = [other for other in found if not any(fits(other, root, language, kind) for root in found)] or found
    return found[0] if len(found) == 1 else name


def _lone(word: str, known: Sequence[Words], parts: Collection[str], language: str) -> list[Words]:
    """Return the words of full names of which a single word is a form; without any, such other single words."""
    if is_given(word, language):
        return []
    found: list[Words] = sorted((part,) for part in parts if fits((word,), (part,), language, EntityType.PERSON))
    if found or may_be_woman((word,), language):
        return found
    others = [other for other in known if fits((word,), other, language, EntityType.PERSON)]
    if language in suffixes.LANGUAGES:
        return [other for other in others if len(word) - len(other[0]) >= SHORTEST]
    return others
