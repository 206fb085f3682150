"""A tagged article in; what it is compared by out: words, headline, phrases, names, weekdays, figures and quotes."""

import math
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from babel import Locale, UnknownLocaleError

from streams.messages import Kind, TaggedArticle
from streams.stories import idf, terms
from streams.stories.vectors import EMPTY, Vector, term_id

LEAD_WORDS = 50  # the first content words count three times: what a report is about stands at its beginning
LEAD_EXTRA = 2
PROMINENT_WITHIN = 100  # a name further down is background
PROMINENT_TIMES = 2
PROMINENT_IDF = 2.5  # commoner words are no names
RARE_OPENING = 2e-6  # a word seen only at the beginning of sentences is a name if it is as rare as this
NOUNS_IN_CAPITALS = frozenset({"de", "lb"})  # there a capital does not make a name
MOST_PHRASES = 400  # the heaviest: long reports have more, and 400 tell two events apart as well
FIGURE_DIGITS = 2  # a figure of one digit is the same by chance
PROMINENT_SCALE = 20.0  # idf goes up to 16; as a part of 1.0 it must stay below it


@dataclass(frozen=True, eq=False)
class Features:
    """What one article is compared by. ``words`` gives back the word of a term, for reasons."""

    language: str
    body: Vector  # empty for a headline
    title: Vector
    phrases: Vector
    prominent: Vector  # weights are idf / `PROMINENT_SCALE`
    weekdays: tuple[int, ...]  # how often each is named, Monday first
    length: int  # content words
    figures: dict[int, str]
    quotes: dict[int, str]
    words: dict[int, str]


@dataclass(frozen=True)
class _Word:
    """A content word in its place."""

    token: terms.Token
    stem: str
    idf: float


def extract(tagged: TaggedArticle) -> Features:
    """The features of an article; the same article always gives the same."""
    article = tagged.article
    language = article.language
    whole = article.kind is not Kind.HEADLINE
    content = _content(f"{article.title}\n\n{article.body}" if whole else article.title, language)
    names = _names(content, language)
    counts = Counter(word.stem for word in content)
    lead = Counter(word.stem for word in content[:LEAD_WORDS])
    weight_of = {word.stem: word.idf for word in content}
    return Features(
        language=language,
        body=_body(counts, lead, weight_of) if whole else EMPTY,
        title=_headline(article.title, language),
        phrases=_phrases(content, names) if whole else EMPTY,
        prominent=_prominent(content, names, counts),
        weekdays=_weekdays(content, language),
        length=len(content) if whole else 0,
        figures={term_id(figure): figure for figure in tagged.numbers if _tells(figure)},
        quotes={term_id(" ".join(terms.fold(quote))): quote for quote in tagged.quotes},
        words={term_id(word.stem): word.token.word for word in reversed(content)},
    )


def _tells(figure: str) -> bool:
    return sum(character.isdigit() for character in figure) >= FIGURE_DIGITS


def _content(text: str, language: str) -> list[_Word]:
    found = []
    for token in terms.tokens(text):
        stem = terms.stem(token.word, language)
        if idf.frequency(stem, language) < idf.COMMON:
            found.append(_Word(token, stem, idf.idf(stem, language)))
    return found


def _body(counts: Counter[str], lead: Counter[str], weight_of: dict[str, float]) -> Vector:
    return Vector.of(
        {
            term_id(stem): (1 + math.log(count + LEAD_EXTRA * lead[stem])) * weight_of[stem]
            for stem, count in counts.items()
        }
    )


def _headline(title: str, language: str) -> Vector:
    words = {word.stem for word in _content(title, language)}
    return Vector.of({term_id(stem): idf.idf(stem, language, idf.HEADLINE_WORDS) for stem in sorted(words)})


def _names(content: list[_Word], language: str) -> frozenset[str]:
    """Stems that are written with a capital where nothing but a name would be."""
    if language in NOUNS_IN_CAPITALS:
        return frozenset()
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    opening: Counter[str] = Counter()
    for word in content:
        where = (opening if word.token.opening else capital) if word.token.capital else small
        where[word.stem] += 1
    dates = calendar_names(language)
    rare = (stem for stem in opening if not small[stem] and idf.frequency(stem, language) < RARE_OPENING)
    named = {stem for stem, count in capital.items() if count > small[stem]} | set(rare)
    return frozenset(stem for stem in named if stem not in dates)


def _prominent(content: list[_Word], names: frozenset[str], counts: Counter[str]) -> Vector:
    return Vector.of(
        {
            term_id(word.stem): word.idf / PROMINENT_SCALE
            for word in content[:PROMINENT_WITHIN]
            if word.stem in names and counts[word.stem] >= PROMINENT_TIMES and word.idf >= PROMINENT_IDF
        },
        unit=False,
    )


def _phrases(content: list[_Word], names: frozenset[str]) -> Vector:
    """Pairs of neighbouring content words without a name: how an event is told, not who it is about."""
    times: Counter[str] = Counter()
    weight: dict[str, float] = {}
    for one, two in pairwise(content):
        if one.token.line == two.token.line and not {one.stem, two.stem} & names:
            pair = f"{one.stem} {two.stem}"
            times[pair] += 1
            weight[pair] = one.idf + two.idf
    weighed = {pair: (1 + math.log(count)) * weight[pair] for pair, count in times.items()}
    heaviest = sorted(weighed, key=lambda pair: (-weighed[pair], pair))[:MOST_PHRASES]
    return Vector.of({term_id(pair): weighed[pair] for pair in heaviest})


def _weekdays(content: list[_Word], language: str) -> tuple[int, ...]:
    days = calendar_names(language)
    named = Counter(days[word.stem] for word in content if word.stem in days)
    return tuple(min(255, named[day]) for day in range(7))


@cache
def calendar_names(language: str) -> dict[str, int]:
    """Stems of the names of weekdays (0, Monday, to 6) and months (7 to 18) in ``language``; empty if not known."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return {}
    names: dict[str, int] = {}
    for context in ("stand-alone", "format"):
        months, days = locale.months[context]["wide"], locale.days[context]["wide"]
        for offset, table in ((6, months), (0, days)):
            for number, name in table.items():
                for token in terms.tokens(name):
                    names[terms.stem(token.word, language)] = number + offset
    return names


def ids_in(packed: bytes) -> frozenset[int]:
    """What `ids_of` packed."""
    return frozenset(np.frombuffer(packed, "<u4").tolist())


def ids_of(texts: dict[int, str]) -> bytes:
    """The keys as packed ids, for a row."""
    return np.array(sorted(texts), "<u4").tobytes()
