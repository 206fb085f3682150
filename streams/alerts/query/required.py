"""What an article must have to answer a query: the terms under which tracks are indexed.

A term is a word of title, summary or body, ``field\\nword`` for a word of another field or one of its values, and each
of them with a * for all that begin so.
"""

from collections.abc import Callable
from typing import NamedTuple

from streams.alerts.query.common_words import begins_common, common_languages, is_common
from streams.alerts.query.fields import ID, KEY, PUBLISHER_ID
from streams.alerts.query.tree import ANY, All, Either, Phrase, Prefix, Query, Value

_OF_THE_TEXT = (ANY, "title", "summary", "body")
_RARE_PHRASE = 3  # words of a phrase that is rare even if each of them is common
_RARE_VALUES = (ID, KEY, PUBLISHER_ID, "country")  # one of the other values is in nearly every article


class Choice(NamedTuple):
    """Terms of which an answer has at least one, with their cost: less is better."""

    cost: int
    longest: int  # negative length of the shortest term: long words are rarer
    terms: tuple[str, ...]


def required(query: Query, load: Callable[[str], int]) -> list[tuple[str, ...]]:
    """Return choices of terms, the best for an index first: every answer has a term of each of them.

    None are returned if nearly every article may answer. The best has the least ``load`` (tracks under a term).
    """
    return [choice.terms for choice in sorted(_choices(query, load, languages(query)))]


def why_broad(query: Query) -> str | None:
    """Return why nearly every article could answer the query; None if that is not so."""
    known = languages(query)
    if _choices(query, lambda term: 0, known):
        return None
    common = [word for word in _words(query) if is_common(word, known)]
    if not common:
        return "it requires no word or name, so nearly every article would answer it: add one"
    where = "" if known else f" in some languages ({', '.join(common_languages(common[0])[:4])})"
    also = "" if known else ", or a language such as language:en"
    return f"nearly every text has {', '.join(common[:3])}{where}: add a rarer word{also}"


def languages(query: Query) -> tuple[str, ...]:
    """Return the languages that every answer has one of; none if any will do."""
    match query:
        case Value("language", values):
            return values
        case All(clauses):
            return next((found for clause in clauses if (found := languages(clause))), ())
        case Either(clauses):
            every = [languages(clause) for clause in clauses]
            return tuple(sorted({one for found in every for one in found})) if all(every) else ()
        case _:
            return ()


def _choices(query: Query, load: Callable[[str], int], known: tuple[str, ...]) -> list[Choice]:
    """Return the choices of terms that a query requires; an answer has a term of each."""
    match query:
        case Phrase(field, _, tokens):
            rare = [word for word in tokens if field not in _OF_THE_TEXT or not is_common(word, known)]
            if rare or len(tokens) < _RARE_PHRASE:
                return [_one(_term(field, word), len(word), load) for word in rare]
            return [_costly(_one(max(tokens, key=len), 0, load))]
        case Prefix(field, _, token):
            if field in _OF_THE_TEXT and begins_common(token, known):
                return []
            return [_one(f"{_term(field, token)}*", len(token), load)]
        case Value(field, values):
            if field not in _RARE_VALUES:
                return []
            terms = tuple(_term(field, value) for value in values)
            found = Choice(sum(map(load, terms)), 0, terms)
            return [_costly(found) if field == "country" else found]
        case All(clauses):
            return [choice for clause in clauses for choice in _choices(clause, load, known)]
        case Either(clauses):
            best = [min(choices) for clause in clauses if (choices := _choices(clause, load, known))]
            return [_together(best)] if len(best) == len(clauses) else []
        case _:
            return []


def _one(term: str, length: int, load: Callable[[str], int]) -> Choice:
    return Choice(load(term), -length, (term,))


def _costly(found: Choice) -> Choice:
    """Take it only if there is no rarer term."""
    return found._replace(cost=found.cost + 1_000_000)


def _together(found: list[Choice]) -> Choice:
    terms = {term: None for one in found for term in one.terms}
    return Choice(sum(one.cost for one in found), max(one.longest for one in found), tuple(terms))


def _term(field: str, word: str) -> str:
    return word if field in _OF_THE_TEXT else f"{field}\n{word}"


def _words(query: Query) -> list[str]:
    """Return the words that must or may occur in the text, in order."""
    match query:
        case Phrase(field, _, tokens) if field in _OF_THE_TEXT:
            return list(tokens)
        case Prefix(field, _, token) if field in _OF_THE_TEXT:
            return [token]
        case All(clauses) | Either(clauses):
            return [word for clause in clauses for word in _words(clause)]
        case _:
            return []
