"""How similar an article is to a story's recent articles: a score, and rules that veto a high one."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from streams.stories.similarity.features import Features
from streams.stories.similarity.vectors import Floats, Vector, VectorStack

HEADLINE_SIZE = 0.65  # a story's score is its sum of cosines over this power of its size: between sum and mean
NOVELTY = 0.3  # how much of the score is lost for prominent names that the other side does not have
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


# In brackets: the share of labelled pairs over the threshold that the rule separates, of one event and of two events,
# for a story of one article, then of eight.
OTHER_FIGURES = DifferentEventRule(
    0.12, 40, 100, 0.0, 0.1
)  # both give figures, none in common (5 % and 20 %; 1 % and 10 %)
OTHER_DAYS = DifferentEventRule(0.12, 60, 200, 0.0, 0.05)  # no weekday, figure or quote in common
OTHER_DAYS_SHORT = DifferentEventRule(
    0.07, 40, 100, 0.5, 0.05
)  # short texts miss phrases by chance: words must be very alike
TABLE = 0.15  # figures per content word; above, the text is a notice or a table, whose words are those of its form
TABLE_COMMON = 0.5  # share of the fewer figures that two such texts of one event have in common, at least
COMMON_DAY = 0.1  # cosine of the weekdays named; above, both may report on the same day


@dataclass(frozen=True)
class Match:
    """How similar an article is to a story. ``nearest``: a position in the story's recent articles."""

    score: float
    nearest: int
    vetoed: bool = False


class Compared(NamedTuple):
    """One article of a story, unpacked for `Recent`."""

    body: Vector
    phrases: Vector
    prominent: Vector
    weekdays: tuple[int, ...]
    length: int
    figures: frozenset[int]
    quotes: frozenset[int]


@dataclass(frozen=True, eq=False)
class Recent:
    """A story's latest articles in arrays, for comparison with one more."""

    bodies: VectorStack
    phrases: VectorStack
    prominent: VectorStack
    weekdays: Floats
    lengths: tuple[int, ...]
    figures: tuple[frozenset[int], ...]
    all_figures: frozenset[int]
    quotes: frozenset[int]

    @classmethod
    def of(cls, members: list[Compared]) -> "Recent":
        """Stack one article or more."""
        return cls(
            bodies=VectorStack([member.body for member in members]),
            phrases=VectorStack([member.phrases for member in members]),
            prominent=VectorStack([member.prominent for member in members]),
            weekdays=np.array([member.weekdays for member in members], float),
            lengths=tuple(member.length for member in members),
            figures=tuple(member.figures for member in members),
            all_figures=frozenset().union(*(member.figures for member in members)),
            quotes=frozenset().union(*(member.quotes for member in members)),
        )

    def extended(self, member: Compared) -> "Recent":
        """Return these articles and one more, with the same result as `of`."""
        return Recent(
            bodies=self.bodies.extended(member.body),
            phrases=self.phrases.extended(member.phrases),
            prominent=self.prominent.extended(member.prominent),
            weekdays=np.vstack([self.weekdays, member.weekdays]).astype(float),
            lengths=(*self.lengths, member.length),
            figures=(*self.figures, member.figures),
            all_figures=self.all_figures | member.figures,
            quotes=self.quotes | member.quotes,
        )


def compare(article: Features, recent: Recent, to_centroid: float) -> Match:
    """Score an article with a body: half by its nearest recent article, half by the centroid (cosine ``to_centroid``).

    This is the mean of single and average linkage, each less the share of prominent names missing on the other side.
    """
    cosines = recent.bodies.cosines(article.body)
    novelty = (recent.bodies.lacks(article.prominent) + recent.prominent.absent(article.body)) / 2
    near = cosines - NOVELTY * novelty
    best = int(np.argmax(near))
    score = 0.5 * float(near[best]) + 0.5 * (to_centroid - NOVELTY * float(novelty.mean()))
    vetoed = _other_table(article, recent, best) or _other_event(article, recent, cosines, novelty)
    return Match(score, best, vetoed)


def _other_table(article: Features, recent: Recent, nearest: int) -> bool:
    """Return whether two results, quotations or bulletins of one form differ: only their figures can tell."""
    there = recent.figures[nearest]
    fewer = min(len(article.figures), len(there))
    dense = len(article.figures) > TABLE * article.length and len(there) > TABLE * recent.lengths[nearest]
    return dense and fewer >= FIGURES and len(there & article.figures.keys()) < TABLE_COMMON * fewer


def _other_event(article: Features, recent: Recent, cosines: Floats, novelty: Floats) -> bool:
    """Return whether phrases and names differ, and figures or days too, although people and words are the same."""
    if not recent.quotes.isdisjoint(article.quotes) or not recent.all_figures.isdisjoint(article.figures):
        return False
    rules = []
    if len(article.figures) >= FIGURES and len(recent.all_figures) >= FIGURES:
        rules.append(OTHER_FIGURES)
    if not _common_day(article, recent):
        rules += [OTHER_DAYS, OTHER_DAYS_SHORT]
    shorter, longer = sorted((article.length, max(recent.lengths)))
    words, phrases = float(cosines.max()), float(recent.phrases.cosines(article.phrases).max())
    return any(
        phrases < rule.phrases * words
        and shorter >= rule.shorter
        and longer >= rule.longer
        and words >= rule.alike
        and float(novelty.min()) >= rule.novelty
        for rule in rules
    )


def _common_day(article: Features, recent: Recent) -> bool:
    days = np.array(article.weekdays, float)
    lengths = np.linalg.norm(recent.weekdays, axis=1) * np.linalg.norm(days)
    return bool(np.any(recent.weekdays @ days > COMMON_DAY * lengths))
