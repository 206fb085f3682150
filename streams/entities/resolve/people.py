"""Mentions of people in one article -> the full name behind each of them."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from streams.entities.canonical import GENERATIONS, person_words


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention: its start and its spelling."""

    start: int
    name: str


Words = tuple[str, ...]
MAX_NAMES = 400  # of one text that are compared with each other; more are a list of names, not an article


def resolve(mentions: Sequence[Mention]) -> list[Words]:
    """Return the folded words of the full name behind each mention, in the order given.

    A partial name stands for the full name in the article that ends with it, else starts with it, else contains it; of
    several, for the last one named before it. A chain is followed to its end ("Ana" -> "Ana Beltran"
    -> "Ana Beltran de la Roca").
    """
    written = [person_words(mention.name) for mention in mentions]
    order = sorted(range(len(mentions)), key=lambda i: mentions[i].start)
    places: dict[Words, list[int]] = {}
    for i in order:
        places.setdefault(written[i], []).append(mentions[i].start)
    names = list(places)[:MAX_NAMES]
    having: dict[str, list[Words]] = {}
    for name in names:
        for word in dict.fromkeys(name):
            having.setdefault(word, []).append(name)
    longer = {name: _candidates(name, having[name[-1]]) if name else [] for name in names}
    return [_follow(words, mention.start, longer, places) for words, mention in zip(written, mentions, strict=True)]


def _follow(words: Words, at: int, longer: dict[Words, list[Words]], places: dict[Words, list[int]]) -> Words:
    while candidates := longer.get(words):
        words = min(candidates, key=lambda name: _distance(places[name], at))
    return words


def _distance(starts: Sequence[int], at: int) -> tuple[bool, int]:
    """Sort key: names before the position first, then the nearest."""
    before = bisect_right(starts, at)
    return (False, at - starts[before - 1]) if before else (True, starts[0] - at)


def _candidates(name: Words, names: Sequence[Words]) -> list[Words]:
    """Return the longer names that this one can stand for, of those that have its last word: only the best fits."""
    fits = [(fit, other) for other in names if (fit := _fit(name, other))]
    best = min((fit for fit, _ in fits), default=0)
    found = [other for fit, other in fits if fit == best]
    return found if best != INITIAL or len(found) == 1 else []


ENDS, STARTS, OUTER, CONTAINS, INITIAL = 1, 2, 3, 4, 5


def _fit(name: Words, other: Words) -> int:
    """Return how ``name`` is part of ``other``, the lowest kind being the best; 0 if it is not."""
    if len(other) < len(name):
        return 0
    core = tuple(word for word in other if word not in GENERATIONS)
    plain = tuple(word for word in name if word not in GENERATIONS)
    if plain and len(core) == len(plain) == len(name) and len(core) > 1 and _initials(name, core):
        return INITIAL
    if len(core) <= len(plain) or not plain or plain != name:
        return 0
    if core[-len(name) :] == name:
        return ENDS
    if core[: len(name)] == name:
        return STARTS
    if len(name) > 1 and (name[0], name[-1]) == (core[0], core[-1]):
        return OUTER
    if any(core[i : i + len(name)] == name for i in range(1, len(core) - len(name))):
        return CONTAINS
    return 0


def _initials(name: Words, other: Words) -> bool:
    """Return whether ``name`` is ``other`` with an initial: "J Doe" for "Jane Doe"."""
    first = name[0]
    return len(first) == 1 and len(other[0]) > 1 and other[0][0] == first and name[1:] == other[1:]
