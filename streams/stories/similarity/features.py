"""What an article is compared by: words, headline, phrases, names, weekdays, figures and quotes."""

import math
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from babel import Locale, UnknownLocaleError

from streams.contract import analyzer
from streams.contract.messages import CleanArticle, Kind, StoryFeatures, TaggedArticle
from streams.stories.similarity import idf, terms
from streams.stories.similarity.vectors import EMPTY, Vector, term_id

LEAD_WORDS = 50  # the first content words count three times: what a report is about stands at its beginning
LEAD_EXTRA = 2
PROMINENT_WITHIN = 100  # a name further down is background
PROMINENT_TIMES = 2
PROMINENT_IDF = 2.5  # commoner words are no names
RARE_OPENING = 2e-6  # a word seen only at the beginning of sentences is a name if it is as rare as this
NOUNS_IN_CAPITALS = frozenset({"de", "lb"})  # there a capital does not make a name
MOST_PHRASES = 400  # the heaviest: long reports have more, and 400 tell two events apart as well
MOST_TERMS = 2_000  # words of an article that older tracks see: a long report has some 800 different ones
MOST_TEXT = 200_000  # bytes of searchable text that travel with an article; of a longer one they are made when filed
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
    heading: frozenset[str]  # see `heading`
    publisher: str | None


class _WordStatistics(NamedTuple):
    """What is known of a word of a language, wherever it stands."""

    stem: str
    idf: float
    rare: bool  # so rare that it is a name even if it only begins sentences


class _ContentWord(NamedTuple):
    """A content word in its place."""

    token: terms.Token
    stem: str
    idf: float
    rare: bool


def measure(article: CleanArticle) -> StoryFeatures:
    """What can be said of an article by itself: nearly all of the work of filing it. The same article always gives
    the same."""
    language = article.language
    whole = article.kind is not Kind.HEADLINE
    content = _content(f"{article.title}\n\n{article.body}" if whole else article.title, language)
    names = _names(content, language)
    counts = Counter(word.stem for word in content)
    lead = Counter(word.stem for word in content[:LEAD_WORDS])
    weight_of = {word.stem: word.idf for word in content}
    first = {term_id(word.stem): word.token.word for word in reversed(content)}
    body = _body(counts, lead, weight_of) if whole else EMPTY
    title = _headline(article.title, language)
    text = searchable(article)
    return StoryFeatures(
        body=body.pack(),
        title=title.pack(),
        phrases=(_phrases(content, names) if whole else EMPTY).pack(),
        prominent=_prominent(content, names, counts).pack(),
        weekdays=_weekdays(content, language),
        length=len(content) if whole else 0,
        words=tuple(first[term] for term in _named_by(body, title)),
        terms=terms.fold_some(f"{article.title}\n{article.body}", MOST_TERMS),
        text=text if len(text.encode()) <= MOST_TEXT else "",
    )


def searchable(article: CleanArticle) -> str:
    """What queries are asked of: the fields in which a search looks for words."""
    return analyzer.searchable(article.title, article.summary, article.body)


def measured(tagged: TaggedArticle) -> StoryFeatures:
    """What was measured beside the tagging, or what is measured now."""
    return tagged.measured or measure(tagged.article)


def extract(tagged: TaggedArticle) -> Features:
    """The features of an article from what is measured of it."""
    own = measured(tagged)
    body, title = Vector.unpack(own.body), Vector.unpack(own.title)
    return Features(
        language=tagged.article.language,
        body=body,
        title=title,
        phrases=Vector.unpack(own.phrases),
        prominent=Vector.unpack(own.prominent),
        weekdays=own.weekdays,
        length=own.length,
        figures={term_id(figure): figure for figure in tagged.numbers if _tells(figure)},
        quotes={term_id(" ".join(terms.fold(quote))): quote for quote in tagged.quotes},
        words=dict(zip(_named_by(body, title), own.words, strict=True)),
        heading=heading(tagged.article.title, tagged.article.language),
        publisher=tagged.article.publisher.id if tagged.article.publisher else None,
    )


def heading(title: str, language: str) -> frozenset[str]:
    """The words of a title but for figures, weekdays and months: what a column is called, whenever it appears."""
    dates = calendar_names(language)
    words = (word for word in terms.fold(title) if not any(character.isdigit() for character in word))
    return frozenset(word for word in words if terms.stem(word, language) not in dates)


def _named_by(body: Vector, title: Vector) -> list[int]:
    """The terms to which `StoryFeatures.words` gives the words: those of the text, of a headline alone its own."""
    terms_of: list[int] = (body if len(body) else title).ids.tolist()
    return terms_of


def _tells(figure: str) -> bool:
    return sum(character.isdigit() for character in figure) >= FIGURE_DIGITS


def _content(text: str, language: str) -> list[_ContentWord]:
    found = []
    for token in terms.tokens(text):
        known = _known(token.word, language)
        if known is not None:
            found.append(_ContentWord(token, *known))
    return found


@lru_cache(maxsize=200_000)  # a day's vocabulary of some languages: a word is looked up once, not at each place
def _known(word: str, language: str) -> _WordStatistics | None:
    """None for a word that is too common to tell anything."""
    stem = terms.stem(word, language)
    frequency = idf.frequency(stem, language)
    if frequency >= idf.COMMON:
        return None
    return _WordStatistics(stem, idf.idf(stem, language), frequency < RARE_OPENING)


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


def _names(content: list[_ContentWord], language: str) -> frozenset[str]:
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
    rare = (word.stem for word in content if word.rare and opening[word.stem] and not small[word.stem])
    named = {stem for stem, count in capital.items() if count > small[stem]} | set(rare)
    return frozenset(stem for stem in named if stem not in dates)


def _prominent(content: list[_ContentWord], names: frozenset[str], counts: Counter[str]) -> Vector:
    return Vector.of(
        {
            term_id(word.stem): word.idf / PROMINENT_SCALE
            for word in content[:PROMINENT_WITHIN]
            if word.stem in names and counts[word.stem] >= PROMINENT_TIMES and word.idf >= PROMINENT_IDF
        },
        unit=False,
    )


def _phrases(content: list[_ContentWord], names: frozenset[str]) -> Vector:
    """Pairs of neighbouring content words without a name: how an event is told, not who it is about."""
    times: Counter[str] = Counter()
    weight: dict[str, float] = {}
    for one, two in pairwise(content):
        if one.token.line == two.token.line and one.stem not in names and two.stem not in names:
            pair = f"{one.stem} {two.stem}"
            times[pair] += 1
            weight[pair] = one.idf + two.idf
    weighed = {pair: (1 + math.log(count)) * weight[pair] for pair, count in times.items()}
    heaviest = sorted(weighed, key=lambda pair: (-weighed[pair], pair))[:MOST_PHRASES]
    return Vector.of({term_id(pair): weighed[pair] for pair in heaviest})


def _weekdays(content: list[_ContentWord], language: str) -> tuple[int, ...]:
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
