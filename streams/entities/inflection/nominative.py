"""Folded names in some case -> the nominative, where the endings of all words, lists of names and the gazetteer agree.

Keys are nominatives, since people type these. A name that could be another one stays as it is: a missed join costs
less than two people under one key.
"""

import math
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import product
from operator import eq
from typing import NamedTuple

from streams.contract.messages import EntityType
from streams.entities.inflection import suffixes
from streams.entities.inflection.given import HUNGARIAN, MEN_AND_WOMEN
from streams.entities.inflection.paradigms import CASES, PARADIGMS
from streams.entities.lexicon import gazetteer
from streams.entities.lexicon.gazetteer import Level
from streams.entities.lexicon.given_names import GIVEN
from streams.entities.lexicon.truecase import common

LANGUAGES = PARADIGMS.keys() | suffixes.LANGUAGES
SHORTEST_PLACE = 4  # letters of a place's nominative
WRITTEN = 30_000  # most frequent words of a language; a city that is none of them is rarely meant by a form
MOST_WORDS = 5  # of a name
MOST_READINGS = 500  # of a name
INDECLINABLE = re.compile(r"[оеэуюыіиoeuiy]$|их$|ых$|^.$|^(?:de|van|von|da|al|el|bin|ibn|ben|ал|ель|фон|ван|де)$")
CONSONANT = re.compile(r"[бвгджзклмнпрстфхцчшщьbcdfghjklmnpqrstvwxz]$")
WOMANS = re.compile(r"(?:ов|ев|єв|ів|ин|ын|ін)а$")  # a woman's surname, and the genitive of a man's
WOMANS_NOMINATIVE = re.compile(rf"[аяaeiие]$|(?<![hг])[oо]$|{CONSONANT.pattern}")  # what a woman's surname may end with
IRREGULAR: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {  # plurals that are frequent names of countries
    "pl": {
        ("niemiec",): ("niemcy",),
        ("niemczech",): ("niemcy",),
        ("wloszech",): ("wlochy",),
        ("wegrzech",): ("wegry",),
    },
    "fi": {(form,): ("yhdysvallat",) for form in ("yhdysvaltain", "yhdysvaltojen", "yhdysvalloissa", "yhdysvalloista")},
}

Words = tuple[str, ...]
Agreement = tuple[str, str]  # gender and case


class Reading(NamedTuple):
    """A nominative of which a word may be a form, with gender and case."""

    nominative: str
    gender: str
    case: str
    ending: int  # letters of the case ending


@lru_cache(maxsize=20_000)
def readings(word: str, language: str) -> frozenset[Reading]:
    """Return all readings of a word by the paradigms of a Slavic language; empty for others."""
    return frozenset(_readings(word, language))


def _readings(word: str, language: str) -> Iterator[Reading]:
    endings = _endings(language)
    for cut in range(1, len(word) + 1):
        begin, ending = word[:cut], word[cut:]
        for gender, case, nominative, stem in endings.get(ending, ()):
            if stem.search(begin):
                yield Reading(begin + nominative, gender, case, len(ending))


@cache
def _endings(language: str) -> dict[str, list[tuple[str, str, str, re.Pattern[str]]]]:
    """Return the gender, case, nominative and stem of all forms of a language, by their ending."""
    found: dict[str, list[tuple[str, str, str, re.Pattern[str]]]] = {}
    for gender, nominative, stem, cases in PARADIGMS.get(language, ()):
        for case, endings in cases.items():
            for ending in endings:
                found.setdefault(ending, []).append((gender, case, nominative, stem))
    return found


def unchanged(word: str) -> frozenset[Agreement]:
    """Return the genders and cases in which a word of a person's name keeps its nominative."""
    if INDECLINABLE.search(word):
        return frozenset(product("mf", CASES))
    return frozenset(product("f", CASES)) if CONSONANT.search(word) else frozenset()


def fits(name: Words, nominative: Words, language: str, kind: EntityType) -> bool:
    """Return whether ``name`` can be ``nominative`` in another case."""
    if len(name) != len(nominative) or name == nominative or name[0][:1] != nominative[0][:1]:
        return False
    if language in suffixes.LANGUAGES:
        return name[:-1] == nominative[:-1] and nominative[-1] in suffixes.stems(name[-1], language)
    agreements = [_agreements(a, b, language) for a, b in zip(name, nominative, strict=True)]
    if kind is EntityType.PERSON:
        return bool(frozenset.intersection(*agreements))
    return all(agreed or a == b for agreed, a, b in zip(agreements, name, nominative, strict=True))


def _agreements(word: str, nominative: str, language: str) -> frozenset[Agreement]:
    found = {(r.gender, r.case) for r in readings(word, language) if r.nominative == nominative}
    return frozenset(found | unchanged(word) if word == nominative else found)


def may_be_woman(name: Words, language: str) -> bool:
    """Return whether a name that looks like the genitive of a man's is also the nominative of a woman's."""
    if not WOMANS.search(name[-1]):
        return False
    men, women = MEN_AND_WOMEN.get(language, (frozenset(), frozenset()))
    return name[0] in women or not any(r.nominative in men for r in readings(name[0], language))


def is_given(word: str, language: str) -> bool:
    """Return whether a word is a given name in the nominative."""
    known = HUNGARIAN if language == "hu" else frozenset().union(*MEN_AND_WOMEN.get(language, ()))
    return word in known or word in GIVEN


def is_nominative(name: Words, language: str) -> bool:
    """Return whether a full name begins with a man's given name in the nominative."""
    men, _ = MEN_AND_WOMEN.get(language, (frozenset(), frozenset()))
    return len(name) > 1 and name[0] in men


def person(name: Words, language: str) -> Words:
    """Return the nominative of a person's full name, if its given name is known and only one fits; else the name."""
    if language in suffixes.LANGUAGES:
        last = suffixes.certain(name[-1], language)
        if len(name) > 1:
            last = suffixes.family(last, language)
            if language == "hu" and last not in HUNGARIAN:
                known = sorted(suffixes.stems(last, language) & HUNGARIAN)
                last = known[0] if len(known) == 1 else last
        return (*name[:-1], last)
    men, women = MEN_AND_WOMEN[language]
    if not 1 < len(name) <= MOST_WORDS or name[0] in men or (name[0] in women and WOMANS_NOMINATIVE.search(name[-1])):
        return name
    given = [r for r in readings(name[0], language) if r.nominative in (men if r.gender == "m" else women)]
    found: dict[Words, int] = {}  # nominative -> words that it leaves unchanged
    for first in given:
        for rest in product(*(_in_case(word, first.gender, first.case, language) for word in name[1:])):
            found[first.nominative, *rest] = sum(map(eq, rest, name[1:]))
    fewest = min(found.values(), default=0)
    best = [words for words, same in found.items() if same == fewest]
    return best[0] if len(best) == 1 else name


def _in_case(word: str, gender: str, case: str, language: str) -> set[str]:
    fitting = [r for r in readings(word, language) if (r.gender, r.case) == (gender, case)]
    longest = max((r.ending for r in fitting), default=0)  # "Zielińskiego" is no dative of "Zielińskieg"
    if fitting:
        return {r.nominative for r in fitting if r.ending == longest}
    mans = gender == "f" and any((r.gender, r.case) == ("m", case) for r in readings(word, language))
    return {word} if (gender, case) in unchanged(word) and not mans else set()


def place(name: Words, language: str) -> Words:
    """Return the nominative of a place that the gazetteer knows, if only one fits; else the name."""
    name = (*name[:-1], suffixes.certain(name[-1], language))
    if irregular := IRREGULAR.get(language, {}).get(name):
        return irregular
    if len(name) > MOST_WORDS or _known(" ".join(name), language):
        return name
    options = [{word, *(r.nominative for r in readings(word, language))} for word in name]
    options[-1] |= suffixes.places(name[-1], language)
    if math.prod(map(len, options)) > MOST_READINGS:
        return name
    known: dict[str, Words] = {}
    for words in product(*map(sorted, options)):  # sorted: sets come in another order in each process
        if found := _known(" ".join(words), language):
            known.setdefault(found, words)
    return next(iter(known.values())) if len(known) == 1 else name


def _known(folded: str, language: str) -> str:
    if len(folded) < SHORTEST_PLACE:
        return ""
    if country := gazetteer.country_names(language).get(folded):
        return country
    words = common(language, WRITTEN)
    if words and not words.issuperset(folded.split()):
        return ""
    return gazetteer.foreign_city(folded) or (folded if gazetteer.level(folded) >= Level.CITY else "")
