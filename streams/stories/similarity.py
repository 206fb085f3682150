"""An article's features and a story's recent articles in; one score and whether the phrases speak against it out."""

from dataclasses import dataclass

import numpy as np

from streams.stories.features import Features
from streams.stories.vectors import Floats, Stack, Vector

NOVELTY = 0.3  # how much of the score prominent names cost that the other side does not have
# Two events with the same people and words: labelled pairs of one event share phrases in step with their words, and of
# those that do not, name a different set of people and no common weekday, as many are of two events as of one.
VETO_PHRASES = 0.12  # phrase cosine over word cosine: below, the same subject is told of another event
VETO_NOVELTY = 0.05  # at least this share of prominent names is missing on the other side
VETO_WEEKDAYS = 0.1  # cosine of the weekdays named: above, they may well tell of the same day
VETO_SHORT = 60  # content words of the shorter text: fewer have no phrases to miss
VETO_LONG = 200  # of the longer one
HEADLINE_SIZE = 0.65  # a story's score is its sum of cosines over this power of its size: between sum and mean


@dataclass(frozen=True)
class Match:
    """How near an article is to a story. ``nearest`` is a position in the story's recent articles."""

    score: float
    nearest: int
    cosine: float
    vetoed: bool = False


@dataclass(frozen=True, eq=False)
class Recent:
    """A story's latest articles, laid out to be compared with one more."""

    bodies: Stack
    phrases: Stack
    prominent: Stack
    weekdays: Floats
    longest: int

    @classmethod
    def of(cls, members: list[tuple[Vector, Vector, Vector, tuple[int, ...], int]]) -> "Recent":
        """From (body, phrases, prominent names, weekdays, content words) of each article."""
        bodies, phrases, prominent, weekdays, lengths = zip(*members, strict=True)
        return cls(Stack(bodies), Stack(phrases), Stack(prominent), np.array(weekdays, float), max(lengths))


def compare(article: Features, recent: Recent, to_centre: float) -> Match:
    """Score an article with a body: half its nearest recent article, half the story's centre (cosine ``to_centre``).

    The mean of single and average linkage, each less the share of prominent names that the other side does not know.
    """
    cosines = recent.bodies.cosines(article.body)
    novelty = (recent.bodies.lacks(article.prominent) + recent.prominent.absent(article.body)) / 2
    near = cosines - NOVELTY * novelty
    best = int(np.argmax(near))
    score = 0.5 * float(near[best]) + 0.5 * (to_centre - NOVELTY * float(novelty.mean()))
    return Match(score, best, float(cosines[best]), _vetoed(article, recent, cosines, novelty))


def _vetoed(article: Features, recent: Recent, cosines: Floats, novelty: Floats) -> bool:
    """The same people and words, yet other phrases, some other names and no common day."""
    shorter, longer = sorted((article.length, recent.longest))
    if shorter < VETO_SHORT or longer < VETO_LONG or float(novelty.min()) < VETO_NOVELTY:
        return False
    days = np.array(article.weekdays, float)
    lengths = np.linalg.norm(recent.weekdays, axis=1) * np.linalg.norm(days)
    if np.any(recent.weekdays @ days > VETO_WEEKDAYS * lengths):
        return False
    return float(recent.phrases.cosines(article.phrases).max()) < VETO_PHRASES * float(cosines.max())
