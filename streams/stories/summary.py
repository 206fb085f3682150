"""The reports of a story -> two sentences that say what happened, and the figures on which outlets agree or not."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from streams.entities.numbers import SCALES
from streams.stories.excerpt import sentences
from streams.stories.similarity import idf, terms
from streams.stories.similarity.numerals import NUMBER_WORDS, YEARS, calendar_names

MOST_REPORTS = 40  # the latest ones; more change no summary and cost time
MOST_LEAD = 1_500  # characters in which sentences are chosen: a report begins with what happened
MOST_READ = 6_000  # characters in which figures are looked for
LEAD_SENTENCES = 3
SENTENCES = 2
MOST_SENTENCE = 400  # characters
FEWEST_WORDS = 5  # content words of a sentence; shorter ones are bylines and headings
MORE_WORDS = 5  # of no weight, in the mean of a sentence
MOST_ALIKE = 0.5  # of the words of the second sentence that are in the first
SEVERAL = 2  # outlets that have one value
FEWEST_OUTLETS = 3  # that have a figure: two that agree say nothing, of two that differ nobody knows what they count
MOST_KEY_FIGURES = 8
_COUNTED = re.compile(
    r"(?<![\w.,:/–-])(\d{1,3}(?:[.,\u202f\u00a0 ]\d{3})+|\d{1,7}|[^\W\d_]{3,12})[ \u00a0](?=([^\W\d_]{3,30}))"
)
_CLOCK = frozenset({"uhr", "hrs", "gmt", "utc", "bst", "cet", "est", "edt", "heures", "horas"})  # after a time of day
_BETWEEN_THOUSANDS = str.maketrans("", "", ".,\u202f\u00a0 ")


class Report(NamedTuple):
    """An article with a text of its own. ``outlet``: its publisher, as figures are told of it."""

    article: str
    outlet: str
    at: datetime
    language: str
    text: str


class _Candidate(NamedTuple):
    report: Report
    text: str
    words: frozenset[str]
    opens: bool  # its report


@dataclass(frozen=True)
class Sentence:
    """A sentence as the article has it, at most `MOST_SENTENCE` characters."""

    text: str
    article: str
    outlet: str


@dataclass(frozen=True)
class Count:
    """A value of a key figure: which outlets have it, in order, and since when one has had it."""

    value: int
    outlets: tuple[str, ...]
    since: datetime


@dataclass(frozen=True)
class KeyFigure:
    """What is counted, as outlets write it, and the values that they give, that of most outlets first."""

    word: str
    counts: tuple[Count, ...]


def summary(reports: Sequence[Report]) -> tuple[Sentence, ...]:
    """Choose at most two sentences from the beginnings of the reports, of two reports if there are several.

    SumBasic (Nenkova and Vanderwende, 2005, "The impact of frequency on summarization", MSR-TR-2005-101): the sentence
    whose words are in most reports, then the one with most of what the first does not say. Of equal ones the earlier.
    The first is one that a report begins with, since that says what happened; few words count as if there were more, of
    no weight, so that a short sentence does not win by one common word. ``reports``: in order of appearance.
    """
    found = [
        _Candidate(report, text.strip(), words, opens=place == 0)
        for report in reports[-MOST_REPORTS:]
        for place, text in enumerate(sentences(" ".join(report.text[:MOST_LEAD].split()))[:LEAD_SENTENCES])
        if len(words := _words(text, report.language)) >= FEWEST_WORDS and len(text) <= MOST_SENTENCE
    ]
    leads: defaultdict[str, set[str]] = defaultdict(set)
    for one in found:
        leads[one.report.outlet] |= one.words
    shares = Counter(word for words in leads.values() for word in words)
    weight = {word: count / len(leads) for word, count in shares.items()}
    chosen: list[_Candidate] = []
    while found and len(chosen) < SENTENCES:
        asked = found if chosen else [one for one in found if one.opens] or found
        best = max(asked, key=lambda one: sum(weight[word] for word in one.words) / (len(one.words) + MORE_WORDS))
        chosen.append(best)
        for word in best.words:
            weight[word] **= 2
        said = {word for one in chosen for word in one.words}
        others = [one for one in found if len(one.words & said) <= MOST_ALIKE * len(one.words)]
        found = [one for one in others if one.report.article != best.report.article] or others
    return tuple(Sentence(one.text, one.report.article, one.report.outlet) for one in chosen)


def key_figures(reports: Sequence[Report]) -> tuple[KeyFigure, ...]:
    """Return the figures that several outlets have for the same thing, those on which they disagree first.

    An outlet is counted with the value of its latest report, and only for what it gives one value: of "two of the 241
    people" nobody knows which of them another outlet's "three people" contradicts.
    """
    latest: dict[tuple[str, str], tuple[Report, set[int], str]] = {}
    for report in reports[-MOST_REPORTS:]:
        values: defaultdict[str, set[int]] = defaultdict(set)
        written: dict[str, str] = {}
        for value, word in _counted(report):
            stem = terms.stem(word, report.language)
            values[stem].add(value)
            written.setdefault(stem, word)
        for stem, some in values.items():
            latest[stem, report.outlet] = report, some, written[stem]
    of_unit: defaultdict[str, list[tuple[Report, set[int], str]]] = defaultdict(list)
    for (stem, _), entry in latest.items():
        of_unit[stem].append(entry)
    told = [figure for entries in of_unit.values() if (figure := _key_figure(entries)) is not None]
    told.sort(key=lambda one: (len(one.counts) < SEVERAL, -sum(len(count.outlets) for count in one.counts), one.word))
    return tuple(told[:MOST_KEY_FIGURES])


def _key_figure(entries: Sequence[tuple[Report, set[int], str]]) -> KeyFigure | None:
    """Return the figure of one unit; None without a value of several outlets, or where most give more than one."""
    single = sorted((one for one in entries if len(one[1]) == 1), key=lambda one: (one[0].at, one[0].article))
    having: dict[int, list[Report]] = {}
    for report, (value,), _ in single:
        having.setdefault(value, []).append(report)
    counts = [Count(value, tuple(one.outlet for one in some), some[0].at) for value, some in having.items()]
    counts.sort(key=lambda one: (-len(one.outlets), one.since))
    if len(single) < FEWEST_OUTLETS or 2 * len(single) < len(entries) or len(counts[0].outlets) < SEVERAL:
        return None
    word = Counter(word for _, _, word in single).most_common(1)[0][0]
    return KeyFigure(word, tuple(counts))


def _counted(report: Report) -> Iterable[tuple[int, str]]:
    """Yield the figures with the word right after them, which says what is counted: "2 dead", "four rafts"."""
    numbers = NUMBER_WORDS.get(report.language, {})
    for match in _COUNTED.finditer(report.text[:MOST_READ]):
        digits = match[1].translate(_BETWEEN_THOUSANDS)
        value = int(digits) if digits.isdecimal() else numbers.get(terms.fold_word(match[1]))
        word = terms.fold_word(match[2])
        if value is not None and value not in YEARS and _is_counted(word, report.language):
            yield value, word


def _is_counted(word: str, language: str) -> bool:
    """Return whether a word can be what is counted: with a meaning, no month, time of day or power of ten."""
    stem = terms.stem(word, language)
    return (
        word not in SCALES
        and word not in _CLOCK
        and stem not in calendar_names(language)
        and idf.frequency(stem, language) < idf.COMMON
    )


def _words(text: str, language: str) -> frozenset[str]:
    """Return the stems of the words with a meaning."""
    stems = {terms.stem(token.word, language) for token in terms.tokens(text, language)}
    return frozenset(stem for stem in stems if idf.frequency(stem, language) < idf.COMMON)
