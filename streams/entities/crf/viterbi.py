"""The best labels of each sentence, by whole numbers."""

import math
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

UNIT = 1024  # of scores: a difference of UNIT is a factor of e
FORBIDDEN = -(1 << 26)  # score of a transition that cannot be
CERTAIN = 1 << 24  # added to the score of a label that has to be chosen
SURE = 6 * UNIT  # tokens that are outside by this much (e^6) are taken as outside, and divide the sentence

# margins from which a name has a confidence of 1, 2 ... 99: its share, as a probability, against one other reading
CONFIDENCES = tuple(round(UNIT * math.log(percent / (100 - percent))) for percent in range(1, 100))

Scores = npt.NDArray[np.int32]


def decode(
    emissions: Scores, bounds: npt.NDArray[np.int64], transitions: Scores, starts: Scores
) -> npt.NDArray[np.int64]:
    """Return the labels of n tokens.

    ``emissions`` [n, labels]; ``bounds`` are the first tokens of sentences and n; ``transitions`` [from, to];
    ``starts`` [labels]. Label 0 is "outside". Of equal scores the lower label wins. All segments between sure tokens
    are decoded together, one token of each at a time.
    """
    size = len(emissions)
    labels = np.zeros(size, np.int64)
    open_tokens = np.flatnonzero(emissions[:, 0] - emissions[:, 1:].max(1) <= SURE)
    if not len(open_tokens):
        return labels
    begins_sentence = np.zeros(size + 1, bool)
    begins_sentence[bounds] = True
    new = np.ones(len(open_tokens), bool)
    new[1:] = (open_tokens[1:] != open_tokens[:-1] + 1) | begins_sentence[open_tokens[1:]]
    at = np.flatnonzero(new)
    first, length = open_tokens[at], np.diff(np.append(at, len(open_tokens)))
    order = np.argsort(-length, kind="stable")  # the segments that are still open at a step come first
    first, length = first[order], length[order]
    scores = emissions[first] + np.where(begins_sentence[first][:, None], starts[None], transitions[0][None])
    into = np.ascontiguousarray(transitions.T)  # [to, from]
    rows = np.arange(0, len(first) * into.size, len(into)).reshape(-1, len(into))  # of the paths to each label
    last_scores, back = scores.copy(), []
    for step in range(1, int(length[0])):
        count = int(np.searchsorted(-length, -step, side="left"))  # segments longer than ``step``
        paths = scores[:count, None] + into
        best = paths.argmax(2)
        scores = paths.ravel().take(rows[:count] + best) + emissions.take(first[:count] + step, axis=0)
        last_scores[:count] = scores
        back.append(best)
    following = ~begins_sentence[first + length]  # then the next token is surely outside
    label = (last_scores + np.where(following[:, None], transitions[:, 0][None], 0)).argmax(1)
    for step in range(int(length[0]) - 1, -1, -1):
        count = int(np.searchsorted(-length, -step, side="left"))
        labels[first[:count] + step] = label[:count]
        if step:
            label[:count] = back[step - 1][np.arange(count), label[:count]]
    return labels


def margins(
    emissions: Scores,
    bounds: npt.NDArray[np.int64],
    transitions: Scores,
    starts: Scores,
    labels: npt.NDArray[np.int64],
    names: Sequence[tuple[int, int, int]],
) -> list[int]:
    """Return by how much each name scores above the best other reading of its tokens: another type, or no name.

    The arguments are those of `decode` and its result; ``names`` have the first token, one past the last, and the type.
    The labels around a name stay, so that no second search is needed.
    """
    if not names:
        return []
    first, after, kind = np.array(names, np.int64).T
    size, more = len(labels), after - first - 1
    begins_sentence = np.zeros(size + 1, bool)
    begins_sentence[bounds] = True
    sums = np.zeros((size + 1, emissions.shape[1]), np.int64)
    np.cumsum(emissions, axis=0, out=sums[1:])
    enter = np.where(begins_sentence[first][:, None], starts[None], transitions[labels[first - 1]])
    leave = np.where(begins_sentence[after][:, None], 0, transitions.T[labels[np.minimum(after, size - 1)]])
    inner = (sums[after] - sums[first + 1]) * (more > 0)[:, None]
    outside = emissions[first, 0] + inner[:, 0] + enter[:, 0] + more * transitions[0, 0] + leave[:, 0]
    begin, inside = np.arange(1, emissions.shape[1], 2), np.arange(2, emissions.shape[1], 2)
    several = more[:, None] > 0
    typed = emissions[first][:, begin] + inner[:, inside] + enter[:, begin]
    typed += np.where(several, transitions[begin, inside] + (more[:, None] - 1) * transitions[inside, inside], 0)
    typed += np.where(several, leave[:, inside], leave[:, begin])
    own = typed[np.arange(len(kind)), kind]
    typed[np.arange(len(kind)), kind] = outside
    best: list[int] = (own - typed.max(1)).tolist()
    return best


def confidence(margin: int) -> int:
    """Return the confidence, 0 to 99, of a name with this margin."""
    return bisect_right(CONFIDENCES, margin)
