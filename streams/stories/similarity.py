"""An article's features and a story's recent articles in; one score and whether the phrases speak against it out."""

from dataclasses import dataclass

import numpy as np

from streams.stories.features import Features
from streams.stories.vectors import Floats, Stack, Vector

HEADLINE_SIZE = 0.65  # a story's score is its sum of cosines over this power of its size: between sum and mean
NOVELTY = 0.3  # how much of the score prominent names cost that the other side does not have
# Labelled reports of one event share phrases in step with their words. Of those that do not, name different people and
# no common weekday, about as many are of two events as of one, so the rule costs little and keeps like events apart.
VETO_NOVELTY = 0.05  # at least this share of prominent names is missing on the other side
VETO_WEEKDAYS = 0.1  # cosine of the weekdays named: above, they may well tell of the same day


@dataclass(frozen=True)
class Telling:
    """Too few common phrases for one event: their cosine is less than ``share`` of that of the words."""

    shorter: int  # content words of the shorter text, at least: fewer have no phrases to miss
    longer: int  # of the longer one
    alike: float  # cosine of the words, at least
    share: float


LONG_TEXTS = Telling(60, 200, 0.0, 0.12)
SHORT_TEXTS = Telling(
    40, 100, 0.5, 0.07
)  # phrases are missed by chance, so words must be alike and phrases all but gone


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
    if float(novelty.min()) < VETO_NOVELTY:
        return False
    days = np.array(article.weekdays, float)
    lengths = np.linalg.norm(recent.weekdays, axis=1) * np.linalg.norm(days)
    if np.any(recent.weekdays @ days > VETO_WEEKDAYS * lengths):
        return False
    shorter, longer = sorted((article.length, recent.longest))
    words, phrases = float(cosines.max()), float(recent.phrases.cosines(article.phrases).max())
    return any(
        shorter >= rule.shorter and longer >= rule.longer and words >= rule.alike and phrases < rule.share * words
        for rule in (LONG_TEXTS, SHORT_TEXTS)
    )
