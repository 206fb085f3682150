"""Issues of a column: texts that appear again and again under one title, such as forecasts, horoscopes and briefings.

Each issue is an event of its own, although all share a form and most of their words.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from streams.stories.rows import FilingRow
from streams.stories.similarity.features import days_of, heading

QUIET = timedelta(days=2)  # reports of one event come within days: the dated set has no gap of over three
SAME_COLUMN = timedelta(hours=12)  # a publisher that repeats its own headline after that begins another article
ISSUE_WORDS = 2  # in common of two titles of one form, at least ...
ISSUE_ALIKE = 0.6  # ... and this share of all their words, apart from figures and dates


class Headline(NamedTuple):
    """The headline of an article. ``publisher``: its id, if known. ``at``: when the article arrived.

    ``names``: of the people, places and organisations in its text.
    """

    text: str
    language: str
    publisher: str | None
    at: datetime
    names: tuple[str, ...]

    @classmethod
    def of(cls, row: FilingRow) -> "Headline":
        """Return the headline of an article that was filed."""
        publisher = row.publisher[0] if row.publisher else None
        return cls(row.headline, row.language, publisher, row.fetched_at, tuple(one.name for one in row.entities))


def is_other_issue(headline: Headline, row: FilingRow) -> bool:
    """Return whether two headlines, of which one has no text, are those of two issues of a column."""
    return is_column(headline, row) or names_other_day(headline, row)


def is_column(headline: Headline, row: FilingRow) -> bool:
    """Return whether a headline is that of a column, such as "Weather for the weekend": the same words much later.

    Reports of one event name what is new; after two days nobody repeats its headline word for word.
    """
    own = row.publisher is not None and headline.publisher == row.publisher[0]
    if abs(headline.at - row.fetched_at) <= (SAME_COLUMN if own else QUIET):
        return False
    words = heading(headline.text, headline.language)
    return bool(words) and words == heading(row.headline, row.language)


def names_other_day(headline: Headline, row: FilingRow) -> bool:
    """Return whether two titles of one form name different days, as those of forecasts and of market reports do."""
    one, other = heading(headline.text, headline.language), heading(row.headline, row.language)
    here, there = days_of(headline.text, headline.language), days_of(row.headline, row.language)
    return _are_of_one_form(one, other) and not (here <= there or there <= here)


def names_others(headline: Headline, row: FilingRow) -> bool:
    """Return whether two titles of one form name others, as those of obituaries and forecasts do.

    A name counts if the other text does not have it anywhere, so both need a text.
    """
    one, other = heading(headline.text, headline.language), heading(row.headline, row.language)
    in_text, in_other_text = _name_words(headline), _name_words(Headline.of(row))
    here, there = one & in_text, other & in_other_text
    if not here or not there or here & in_other_text or there & in_text:
        return False
    return _are_of_one_form(one - here, other - there)


def _are_of_one_form(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= max(ISSUE_WORDS, ISSUE_ALIKE * len(one | other))


def _name_words(headline: Headline) -> frozenset[str]:
    return frozenset(word for name in headline.names for word in heading(name, headline.language))
