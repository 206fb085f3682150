"""Two articles -> the probability that they report the same event.

A logistic regression over features of the pair. Features and weights are integers in units of 1 / `UNIT`, and the
sigmoid is a table of integers, so the result is the same on every machine. `streams.stories.similarity.train` fits the
weights; docs/stories.md describes the features.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Context
from functools import cache
from importlib import resources
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from streams.stories.similarity import exact
from streams.stories.similarity.features import FOREMOST, Compared
from streams.stories.similarity.vectors import Floats, Vector, VectorStack

Integers = npt.NDArray[np.int64]

UNIT = 1024
CERTAIN = 10_000  # a probability of 1
ABSENT = -0.1  # the share that two sets have in common when one is empty: nothing is known
LONGEST = 2_000  # content words; beyond, longer texts tell nothing more
_STEP = 256  # of the table of the sigmoid: log odds per entry
_ENDS = 8  # log odds at the ends of the table

FEATURES = (
    "words",
    "novelty",
    "phrases",
    "shorter",
    "longer",
    "opening",
    "cover",
    "persons",
    "organisations",
    "places",
    "first_persons",
    "first_organisations",
    "first_places",
    "figures",
    "shared_figures",
    "agreeing_amounts",
    "contradicting_amounts",
    "contradicting_share",
    "quotes",
    "protagonist_agrees",
    "protagonist_contradicts",
    "other_days",
)


class Weights(msgspec.Struct, frozen=True):
    """A file of weights, in units of 1 / `UNIT`. ``data``: digest of what they were fitted on; ``figures``: reached."""

    features: dict[str, int]
    bias: int
    data: str
    figures: dict[str, float]


@cache
def weights() -> Weights:
    """Return the weights for articles."""
    file = resources.files("streams.stories.similarity") / "weights" / "articles.json"
    return msgspec.json.decode(file.read_bytes(), type=Weights)


@cache
def _vector() -> Integers:
    return np.array([weights().features[name] for name in FEATURES], np.int64)


@dataclass(frozen=True, eq=False)
class Recent:
    """Articles in arrays, for comparison with one more."""

    members: tuple[Compared, ...]
    bodies: VectorStack
    phrases: VectorStack
    prominent: VectorStack
    openings: VectorStack
    forms: VectorStack
    opening_forms: VectorStack

    @classmethod
    def of(cls, members: Sequence[Compared]) -> "Recent":
        """Stack one article or more."""
        return cls(
            members=tuple(members),
            bodies=VectorStack([member.body for member in members]),
            phrases=VectorStack([member.phrases for member in members]),
            prominent=VectorStack([member.prominent for member in members]),
            openings=VectorStack([member.opening for member in members]),
            forms=VectorStack([member.forms for member in members]),
            opening_forms=VectorStack([member.opening_forms for member in members]),
        )

    def extended(self, member: Compared) -> "Recent":
        """Return these articles and one more, with the same result as `of`."""
        return Recent(
            members=(*self.members, member),
            bodies=self.bodies.extended(member.body),
            phrases=self.phrases.extended(member.phrases),
            prominent=self.prominent.extended(member.prominent),
            openings=self.openings.extended(member.opening),
            forms=self.forms.extended(member.forms),
            opening_forms=self.opening_forms.extended(member.opening_forms),
        )

    def novelty(self, article: Compared) -> Floats:
        """Return for each article the share of prominent names that the other side does not have."""
        return (self.bodies.lacks(article.prominent) + self.prominent.absent(article.body)) / 2


def features(article: Compared, recent: Recent) -> Integers:
    """Return the features of the pairs of ``article`` and each recent one: a row each, in units of 1 / `UNIT`."""
    words = recent.bodies.cosines(article.body)
    opening = recent.openings.cosines(article.opening)
    cover = _cover(article.opening, article.body, recent.openings, recent.bodies)
    if len(article.forms):
        having = recent.forms.totals > 0  # articles that were filed before there were forms have none
        words = _mean_where(having, words, recent.forms.cosines(article.forms))
        opening = _mean_where(having, opening, recent.opening_forms.cosines(article.opening_forms))
        forms = _cover(article.opening_forms, article.forms, recent.opening_forms, recent.forms)
        cover = _mean_where(having, cover, forms)
    novelty = recent.novelty(article)
    phrases = recent.phrases.cosines(article.phrases)
    facts = np.array([_facts(article, member) for member in recent.members])
    columns = np.column_stack([words, novelty, phrases, facts[:, :2], opening, cover, facts[:, 2:]])
    whole: Integers = np.rint(columns * UNIT).astype(np.int64)
    return whole


def _mean_where(having: npt.NDArray[np.bool_], words: Floats, forms: Floats) -> Floats:
    """Return the mean of the similarities of words and of forms for the articles that have forms, else of words."""
    return np.where(having, (words + forms) / 2, words)


def _cover(opening: Vector, body: Vector, openings: VectorStack, bodies: VectorStack) -> Floats:
    """Return for each article the share of the first words that the other text has, the mean of both directions.

    0 where the first words of one side are not known.
    """
    if not len(opening):
        return np.zeros(openings.size)
    cover = (2 - (bodies.lacks(opening) + openings.absent(body))) / 2
    return np.where(openings.totals > 0, cover, 0.0)


def probabilities(article: Compared, recent: Recent) -> Integers:
    """Return the probability that the article reports the event of each recent one, up to `CERTAIN`."""
    return sigmoid(log_odds(features(article, recent)))


def log_odds(values: Integers) -> Integers:
    """Return the log odds of rows of features, in units of 1 / `UNIT`."""
    odds: Integers = (values @ _vector()) // UNIT + weights().bias
    return odds


def sigmoid(odds: Integers) -> Integers:
    """Return the probabilities, up to `CERTAIN`, of log odds in units of 1 / `UNIT`."""
    at = np.clip((odds + _ENDS * UNIT) * _STEP // UNIT, 0, 2 * _ENDS * _STEP - 1)
    found: Integers = _table()[at]
    return found


def probability(odds: float) -> float:
    """Return the probability of log odds, rounded to 1 / `CERTAIN`."""
    return int(sigmoid(np.array(round(odds * UNIT)))) / CERTAIN


@cache
def _table() -> Integers:
    """Return the sigmoid in `CERTAIN` steps; decimal arithmetic, since `math.exp` differs between C libraries."""
    context = Context(prec=12)
    exponents = (context.divide(-i, _STEP) for i in range(-_ENDS * _STEP, _ENDS * _STEP))
    return np.array([round(context.divide(CERTAIN, 1 + context.exp(one))) for one in exponents], np.int64)


def _facts(one: Compared, other: Compared) -> tuple[float, ...]:
    shorter, longer = sorted((min(one.length, LONGEST), min(other.length, LONGEST)))
    agreeing, contradicting = compare_amounts(one, other)
    persons = [_share(a, b) for a, b in zip(one.named, other.named, strict=True)]
    foremost = [_share(a[:FOREMOST], b[:FOREMOST]) for a, b in zip(one.named, other.named, strict=True)]
    shared = len(one.figures & other.figures)
    agrees, contradicts = _protagonists(one.named[0], other.named[0])
    return (
        exact.ln(1 + shorter),
        exact.ln(1 + longer),
        *persons,
        *foremost,
        _share(one.figures, other.figures),
        exact.ln(1 + shared),
        exact.ln(1 + agreeing),
        exact.ln(1 + contradicting),
        contradicting / (agreeing + contradicting) if contradicting else 0.0,
        float(not one.quotes.isdisjoint(other.quotes)),
        agrees,
        contradicts,
        _other_days(one.weekdays, other.weekdays),
    )


def _share(one: Collection[int], other: Collection[int]) -> float:
    """Return how much of the smaller set is in the other one."""
    fewer = min(len(one), len(other))
    return len(set(one) & set(other)) / fewer if fewer else ABSENT


def compare_amounts(one: Compared, other: Compared) -> tuple[int, int]:
    """Return how many units have a figure in common, and how many have none."""
    units = one.amounts.keys() & other.amounts.keys()
    agreeing = sum(not one.amounts[unit].isdisjoint(other.amounts[unit]) for unit in units)
    return agreeing, len(units) - agreeing


class Evidence(NamedTuple):
    """Facts that speak for one event, and against it, as phrases."""

    agreeing: tuple[str, ...]
    contradicting: tuple[str, ...]


def evidence(one: Compared, other: Compared) -> Evidence:
    """Return what a pair agrees on and what it contradicts itself in, beside words, names, figures and quotes."""
    agreeing, contradicting = compare_amounts(one, other)
    agrees, contradicts = _protagonists(one.named[0], other.named[0])
    return Evidence(
        agreeing=_told((f"{agreeing} figures of the same thing", agreeing), ("the person named most", agrees)),
        contradicting=_told(
            (f"{contradicting} figures of the same thing", contradicting),
            ("the person named most", contradicts),
            ("the weekdays", _other_days(one.weekdays, other.weekdays)),
        ),
    )


def _told(*phrases: tuple[str, float]) -> tuple[str, ...]:
    return tuple(
        phrase.replace("1 figures", "1 figure") if holds == 1 else phrase for phrase, holds in phrases if holds
    )


def _protagonists(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[float, float]:
    if not one or not other:
        return 0.0, 0.0
    return float(one[0] == other[0]), float(one[0] not in other and other[0] not in one)


def _other_days(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return 1 where both texts name weekdays, and none that the other names."""
    return float(any(one) and any(other) and not any(a and b for a, b in zip(one, other, strict=True)))
