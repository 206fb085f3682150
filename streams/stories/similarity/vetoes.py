"""Rules that keep two events apart whose reports share people and words: no labelled pair shows them well enough."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from streams.stories.similarity.features import Compared
from streams.stories.similarity.pairs import Recent
from streams.stories.similarity.vectors import Floats

FACTS = 2  # names, figures and quotes on each side, at least; with fewer, none in common is chance
MANY = 9  # recent articles with facts; a smaller story of one event may have some that differ by chance
SHARING = 0.4  # of a story's recent articles, at least, have one of these in common with an article of its event
BRIEF = 25  # content words; a brief text is little more than its form
NEARLY_ALL = 0.8  # of a story's recent articles; what so many have may belong to their form, as the police's number
FIGURES = 2  # on each side, at least; with fewer, none in common is chance


@dataclass(frozen=True)
class DifferentEventRule:
    """When two texts with the same people and words report two events: they share hardly anything else.

    ``phrases``: the cosine of phrases is less than this share of the cosine of words. ``shorter``, ``longer``: content
    words of the two texts, at least, since short texts miss phrases by chance. ``alike``: the cosine of words, at
    least. ``novelty``: the share of prominent names that the other side does not have, at least.
    """

    phrases: float
    shorter: int
    longer: int
    alike: float
    novelty: float


OTHER_DAYS = DifferentEventRule(0.12, 60, 200, 0.35, 0.05)  # no weekday, figure or quote in common
OTHER_DAYS_SHORT = DifferentEventRule(
    0.07, 40, 100, 0.5, 0.05
)  # short texts miss phrases by chance: words must be very alike
TABLE = 0.15  # figures per content word; above, the text is a notice or a table, whose words are those of its form
TABLE_COMMON = 0.5  # share of the fewer figures that two such texts of one event have in common, at least
MOST_APART = timedelta(days=14)  # between the dates on two reports of one event, as in the window of stories
COMMON_DAY = 0.1  # cosine of the weekdays named; above, both may report on the same day


def vetoed(article: Compared, recent: Recent, nearest: int) -> bool:
    """Return whether an article reports another event than a story's ``recent`` articles, whatever they share.

    ``nearest``: position of the one that it most probably goes with.
    """
    nearest_one = recent.members[nearest]
    return (
        _other_table(article, nearest_one)
        or _other_facts(article, recent)
        or _other_event(article, recent)
        or _other_time(article, recent)
    )


def _other_facts(article: Compared, recent: Recent) -> bool:
    """Return whether most articles of a large story have no name, figure or quote in common with this one.

    Then only their form is alike, as that of notices of accidents and dividends, which use the same words each time.
    What nearly all articles of the story have may belong to their form as well. In a brief text figures of that kind do
    not count, and names of that kind, as those of an event's people or of who sends the notices, are not enough.
    """
    if len(recent.members) < MANY or _count_facts(article) < FACTS:
        return False
    others = [one for one in recent.members if _count_facts(one) >= FACTS]
    if len(others) < MANY:
        return False
    brief = article.length <= BRIEF
    if brief:
        article = article._replace(figures=article.figures - _common([one.figures for one in others]))
    if _count_sharing(article, others) < SHARING * len(others):
        return True
    return brief and _shares_only_common_names(article, others)


def _shares_only_common_names(article: Compared, others: Sequence[Compared]) -> bool:
    names_by_type = zip(article.named, *(one.named for one in others), strict=True)
    rest = article._replace(named=tuple(tuple(set(own) - _common(there)) for own, *there in names_by_type))
    return _count_facts(rest) >= FACTS and not _count_sharing(rest, others)


def _common(there: Iterable[Collection[int]]) -> set[int]:
    """Return what at least `NEARLY_ALL` of the collections contain."""
    collections = list(there)
    counts = Counter(one for found in collections for one in set(found))
    return {one for one, count in counts.items() if count >= NEARLY_ALL * len(collections)}


def _count_facts(article: Compared) -> int:
    return sum(map(len, article.named)) + len(article.figures) + len(article.quotes)


def _count_sharing(article: Compared, others: Sequence[Compared]) -> int:
    """Return how many of the others have a name, figure or quote in common with the article."""
    names = [frozenset(kind) for kind in article.named]
    return sum(
        not (
            article.figures.isdisjoint(other.figures)
            and article.quotes.isdisjoint(other.quotes)
            and all(own.isdisjoint(others) for own, others in zip(names, other.named, strict=True))
        )
        for other in others
    )


def _other_table(article: Compared, there: Compared) -> bool:
    """Return whether two results, quotations or bulletins of one form differ: only their figures can tell."""
    fewer = min(len(article.figures), len(there.figures))
    dense = len(article.figures) > TABLE * article.length and len(there.figures) > TABLE * there.length
    return dense and fewer >= FIGURES and len(there.figures & article.figures) < TABLE_COMMON * fewer


def _other_event(article: Compared, recent: Recent) -> bool:
    """Return whether phrases and names differ, and figures or days too, although people and words are the same."""
    quotes: frozenset[int] = frozenset().union(*(member.quotes for member in recent.members))
    figures: frozenset[int] = frozenset().union(*(member.figures for member in recent.members))
    if not quotes.isdisjoint(article.quotes) or not figures.isdisjoint(article.figures):
        return False
    if _common_day(article, recent):
        return False
    shorter, longer = sorted((article.length, max(member.length for member in recent.members)))
    words = float(recent.bodies.cosines(article.body).max())
    phrases = float(recent.phrases.cosines(article.phrases).max())
    novelty = float(recent.novelty(article).min())
    return any(
        phrases < rule.phrases * words
        and shorter >= rule.shorter
        and longer >= rule.longer
        and words >= rule.alike
        and novelty >= rule.novelty
        for rule in (OTHER_DAYS, OTHER_DAYS_SHORT)
    )


def _other_time(article: Compared, recent: Recent) -> bool:
    """Return whether the article's date is far from each date that the story's articles bear, as in an archive's."""
    dates = [member.published for member in recent.members if member.published is not None]
    if article.published is None or not dates:
        return False
    return min(abs(article.published - date) for date in dates) > MOST_APART


def _common_day(article: Compared, recent: Recent) -> bool:
    days = np.array(article.weekdays, float)
    named: Floats = np.array([member.weekdays for member in recent.members], float)
    lengths = np.linalg.norm(named, axis=1) * np.linalg.norm(days)
    return bool(np.any(named @ days > COMMON_DAY * lengths))
