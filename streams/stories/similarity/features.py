"""The features by which articles are compared: words, headline, phrases, names, weekdays, figures and quotes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from streams.contract import analyzer
from streams.contract.messages import CleanArticle, EntityType, Kind, StoryFeatures, TaggedArticle
from streams.stories.similarity import exact, forms, idf, terms
from streams.stories.similarity.numerals import NUMBER_WORDS, YEARS, calendar_names
from streams.stories.similarity.vectors import EMPTY, Vector, term_id

LEAD_WORDS = 50  # the first content words count three times: a report begins with its subject
OPENING_WORDS = 25  # compared on their own as well
MOST_AMOUNTS = 60  # of an article; longer lists are tables
MOST_NAMED = 40  # entities of an article that are compared, the foremost of each type first
FOREMOST = 2  # entities of each type, by mentions
LEAD_EXTRA = 2
PROMINENT_WITHIN = 100  # a name further down is background
PROMINENT_TIMES = 2
PROMINENT_IDF = 2.5  # more common words are no names
RARE_OPENING = 2e-6  # frequency up to which a word seen only at the beginning of sentences is a name
NOUNS_IN_CAPITALS = frozenset({"de", "lb"})  # where a capital does not mark a name
MOST_PHRASES = 400  # the heaviest; long reports have more, and 400 distinguish two events as well
MOST_TERMS = 2_000  # words of an article that older tracks see; a long report has some 800 different ones
MOST_TEXT = 200_000  # bytes of searchable text that travel with an article; longer ones are made when it is filed
FIGURE_DIGITS = 2  # a figure of one digit is the same by chance
UNIT_WITHIN = 3  # words from a figure to its unit
FOUR_DIGITS = 4
DAYS = range(1, 32)
FIRST_MONTH = 7  # in `calendar_names`
AMOUNT = np.dtype([("after", "<u4"), ("before", "<u4"), ("value", "<f4")])
NAMED = (EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE)
PROMINENT_SCALE = 20.0  # idf goes up to 16 and has to be scaled below 1.0


class Compared(NamedTuple):
    """What two articles are compared by."""

    body: Vector  # empty for a headline
    phrases: Vector
    prominent: Vector  # weights are idf / `PROMINENT_SCALE`
    opening: Vector  # of the first `OPENING_WORDS` content words
    forms: Vector  # of the text, and of its first words; see `streams.stories.similarity.forms`; empty for English
    opening_forms: Vector
    weekdays: tuple[int, ...]  # how often each is named, Monday first
    length: int  # content words
    figures: frozenset[int]
    quotes: frozenset[int]
    amounts: dict[int, frozenset[float]]  # by unit
    named: tuple[tuple[int, ...], ...]  # ids of persons, organisations, places; the foremost of each first
    published: datetime | None = None  # None where it is not known


@dataclass(frozen=True, eq=False)
class Features:
    """The features of one article. ``words``: term id -> word, for reasons."""

    language: str
    body: Vector
    title: Vector
    phrases: Vector
    prominent: Vector
    opening: bytes
    forms: bytes
    opening_forms: bytes
    weekdays: tuple[int, ...]
    length: int
    figures: dict[int, str]
    quotes: dict[int, str]
    amounts: bytes
    named: bytes
    words: dict[int, str]
    headline: str
    publisher: str | None
    published: datetime | None
    names: tuple[str, ...]  # of its entities

    @cached_property
    def compared(self) -> Compared:
        """What is compared with other articles."""
        return Compared(
            body=self.body,
            phrases=self.phrases,
            prominent=self.prominent,
            opening=Vector.unpack(self.opening),
            forms=forms.unpack(self.forms),
            opening_forms=forms.unpack(self.opening_forms),
            weekdays=self.weekdays,
            length=self.length,
            figures=frozenset(self.figures),
            quotes=frozenset(self.quotes),
            amounts=amounts_in(self.amounts),
            named=named_in(self.named),
            published=self.published,
        )


class _WordStatistics(NamedTuple):
    """A word of a language, independent of its position."""

    stem: str
    idf: float
    rare: bool  # so rare that it is a name even where it only begins sentences


class _ContentWord(NamedTuple):
    """A content word in its place in the text."""

    token: terms.Token
    stem: str
    idf: float
    rare: bool


def measure(article: CleanArticle) -> StoryFeatures:
    """Compute the features that depend on the article alone: nearly all of the work of filing it. Deterministic."""
    language = article.language
    whole = article.kind is not Kind.HEADLINE
    compared_text = f"{article.title}\n\n{article.body}" if whole else article.title
    tokens = list(terms.tokens(compared_text, language))
    content = _content(tokens, language)
    names = _names(content, language)
    counts = Counter(word.stem for word in content)
    lead = Counter(word.stem for word in content[:LEAD_WORDS])
    weight_of = {word.stem: word.idf for word in content}
    first = {term_id(word.stem): word.token.word for word in reversed(content)}
    body = _body(counts, lead, weight_of) if whole else EMPTY
    title = _headline(article.title, language)
    text = searchable(article)
    its_forms, opening_forms = forms.measure(compared_text, language) if whole else (b"", b"")
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
        opening=_opening(content).pack(),
        amounts=_amounts(tokens, language),
        forms=its_forms,
        opening_forms=opening_forms,
    )


def searchable(article: CleanArticle) -> str:
    """Return the text that queries match against: the fields that a search reads."""
    return analyzer.searchable(article.title, article.summary, article.body)


def measured(tagged: TaggedArticle) -> StoryFeatures:
    """Return the features computed while tagging, or compute them now."""
    return tagged.measured or measure(tagged.article)


def extract(tagged: TaggedArticle) -> Features:
    """Unpack the features of an article."""
    own = measured(tagged)
    body, title = Vector.unpack(own.body), Vector.unpack(own.title)
    return Features(
        language=tagged.article.language,
        body=body,
        title=title,
        phrases=Vector.unpack(own.phrases),
        prominent=Vector.unpack(own.prominent),
        opening=own.opening,
        forms=own.forms,
        opening_forms=own.opening_forms,
        amounts=own.amounts,
        named=_named(tagged),
        weekdays=own.weekdays,
        length=own.length,
        figures={term_id(figure): figure for figure in tagged.numbers if _is_distinctive(figure)},
        quotes={term_id(" ".join(terms.fold(quote))): quote for quote in tagged.quotes},
        words=dict(zip(_named_by(body, title), own.words, strict=True)),
        headline=tagged.article.title,
        publisher=tagged.article.publisher.id if tagged.article.publisher else None,
        published=_published(tagged.article),
        names=tuple(entity.name for entity in tagged.entities),
    )


def _published(article: CleanArticle) -> datetime | None:
    """Return when an article was published, unless that is after it was fetched: then the date is wrong."""
    stated = article.published
    return stated.value if stated is not None and stated.value <= article.fetched_at else None


@lru_cache(maxsize=10_000)
def heading(title: str, language: str) -> frozenset[str]:
    """Return the words of a title without figures, weekdays and months: the name of a column, whatever its date."""
    dates = calendar_names(language)
    words = (word for word in terms.fold(title) if not any(character.isdigit() for character in word))
    folded = {terms.fold_word(name) for name in dates}
    return frozenset(word for word in words if terms.fold_word(terms.stem(word, language)) not in folded)


@lru_cache(maxsize=10_000)
def days_of(title: str, language: str) -> frozenset[str]:
    """Return the weekdays, months, dates and scores that a title names: they tell issues of one column apart."""
    dates = calendar_names(language)
    tokens = list(terms.tokens(title, language))
    found = set()
    for place, token in enumerate(tokens):
        name = dates.get(terms.stem(token.word, language))
        value = _value(token.word) if token.word[0].isdigit() else None
        if name is not None:
            found.add(f"name {name}")
        elif value is not None and (not token.amount or _is_date(tokens, place, value, language, dates)):
            found.add(f"{value:g}")
    return frozenset(found)


def _named_by(body: Vector, title: Vector) -> list[int]:
    """Return the terms whose words `StoryFeatures.words` lists: those of the body, or of the title without a body."""
    terms_of: list[int] = (body if len(body) else title).ids.tolist()
    return terms_of


def _is_distinctive(figure: str) -> bool:
    return sum(character.isdigit() for character in figure) >= FIGURE_DIGITS


def _content(tokens: Iterable[terms.Token], language: str) -> list[_ContentWord]:
    found = []
    for token in tokens:
        known = _statistics(token.word, language)
        if known is not None:
            found.append(_ContentWord(token, *known))
    return found


@lru_cache(maxsize=200_000)  # a day's vocabulary of some languages, so that each word is looked up once
def _statistics(word: str, language: str) -> _WordStatistics | None:
    """Return None for a word that is too common to tell anything."""
    stem = terms.stem(word, language)
    frequency = idf.frequency(stem, language)
    if frequency >= idf.COMMON:
        return None
    return _WordStatistics(stem, idf.idf(stem, language), frequency < RARE_OPENING)


def _body(counts: Counter[str], lead: Counter[str], weight_of: dict[str, float]) -> Vector:
    return Vector.of(
        {
            term_id(stem): (1 + exact.ln(count + LEAD_EXTRA * lead[stem])) * weight_of[stem]
            for stem, count in counts.items()
        }
    )


def _headline(title: str, language: str) -> Vector:
    words = {word.stem for word in _content(terms.tokens(title, language), language)}
    return Vector.of({term_id(stem): idf.idf(stem, language, idf.HEADLINE_WORDS) for stem in sorted(words)})


def _opening(content: Sequence[_ContentWord]) -> Vector:
    first = content[:OPENING_WORDS]
    counts = Counter(word.stem for word in first)
    return Vector.of({term_id(word.stem): (1 + exact.ln(counts[word.stem])) * word.idf for word in first})


def _amounts(tokens: Sequence[terms.Token], language: str) -> bytes:
    """Pack the figures of a text, each with its unit after it and the one before it, as (u4, u4, f4), little-endian."""
    found: dict[tuple[int, int, float], None] = {}
    numbers = NUMBER_WORDS.get(language, {})
    months = calendar_names(language)
    for place, token in enumerate(tokens):
        value = _value(token.word) if token.amount else numbers.get(token.word)
        if value is None or (token.amount and _is_date(tokens, place, value, language, months)):
            continue
        after = _unit(tokens[place + 1 : place + 1 + UNIT_WITHIN], token.line, language)
        before = _unit(reversed(tokens[max(0, place - UNIT_WITHIN) : place]), token.line, language)
        found[_unit_id(after, "after"), _unit_id(before, "before"), value] = None
        if len(found) == MOST_AMOUNTS:
            break
    return np.array(list(found), AMOUNT).tobytes()


def _value(number: str) -> float | None:
    if len(number) > idf.MOST_DIGITS:  # and above 10^38 it would not fit its four bytes
        return None
    try:
        return float(number)
    except ValueError:  # several decimal points: thousands, written as in German
        whole = number.replace(".", "")
        return float(whole) if whole.isdecimal() else None


def _is_date(tokens: Sequence[terms.Token], place: int, value: float, language: str, months: Mapping[str, int]) -> bool:
    """Return whether a number is a year or a day of a month that is named beside it."""
    if value in YEARS and len(tokens[place].word) == FOUR_DIGITS:
        return True
    beside = tokens[max(0, place - 2) : place + 3] if value in DAYS else ()
    return any(months.get(terms.stem(token.word, language), 0) >= FIRST_MONTH for token in beside)


def _unit(tokens: Iterable[terms.Token], line: int, language: str) -> str:
    """Return the first stem with a meaning; "" where there is none in the line."""
    for token in tokens:
        known = None if token.line != line or token.amount else _statistics(token.word, language)
        if known is not None:
            return known.stem
    return ""


def _unit_id(stem: str, side: str) -> int:
    return term_id(f"{stem} {side}") if stem else 0


def _named(tagged: TaggedArticle) -> bytes:
    """Pack the entities, the foremost of each type first, as 32-bit ids whose last two bits are the type."""
    ordered = sorted(tagged.entities, key=lambda one: (-len(one.mentions), one.mentions[:1]))[:MOST_NAMED]
    ids = [term_id(one.key) & ~3 | NAMED.index(one.type) for one in ordered if one.type in NAMED]
    return np.array(ids, "<u4").tobytes()


def named_in(packed: bytes) -> tuple[tuple[int, ...], ...]:
    """Read the entities of an article: persons, organisations and places."""
    ids = np.frombuffer(packed, "<u4").tolist()
    return tuple(tuple(one for one in ids if one & 3 == kind) for kind in range(len(NAMED)))


def amounts_in(packed: bytes) -> dict[int, frozenset[float]]:
    """Read the amounts of an article: unit -> values."""
    found: dict[int, set[float]] = {}
    for after, before, value in np.frombuffer(packed, AMOUNT).tolist():
        for unit in (after, before):
            if unit:
                found.setdefault(unit, set()).add(value)
    return {unit: frozenset(values) for unit, values in found.items()}


def _names(content: list[_ContentWord], language: str) -> frozenset[str]:
    """Return the stems written with a capital where only a name has one."""
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
    """Weigh pairs of adjacent content words without names: how an event is reported, not whom it concerns."""
    times: Counter[str] = Counter()
    weight: dict[str, float] = {}
    for one, two in pairwise(content):
        if one.token.line == two.token.line and one.stem not in names and two.stem not in names:
            pair = f"{one.stem} {two.stem}"
            times[pair] += 1
            weight[pair] = one.idf + two.idf
    weighed = {pair: (1 + exact.ln(count)) * weight[pair] for pair, count in times.items()}
    heaviest = sorted(weighed, key=lambda pair: (-weighed[pair], pair))[:MOST_PHRASES]
    return Vector.of({term_id(pair): weighed[pair] for pair in heaviest})


def _weekdays(content: list[_ContentWord], language: str) -> tuple[int, ...]:
    days = calendar_names(language)
    named = Counter(days[word.stem] for word in content if word.stem in days)
    return tuple(min(255, named[day]) for day in range(7))


def ids_in(packed: bytes) -> frozenset[int]:
    """Read the term ids that `ids_of` packed."""
    return frozenset(np.frombuffer(packed, "<u4").tolist())


def ids_of(texts: dict[int, str]) -> bytes:
    """Pack the keys as term ids, for a row."""
    return np.array(sorted(texts), "<u4").tobytes()
