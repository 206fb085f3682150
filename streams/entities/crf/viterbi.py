"""The best labels of each sentence, by whole numbers."""

import numpy as np
import numpy.typing as npt

UNIT = 1024  # of scores: a difference of UNIT is a factor of e
FORBIDDEN = -(1 << 26)  # score of a transition that cannot be
CERTAIN = 1 << 24  # added to the score of a label that has to be chosen
SURE = 6 * UNIT  # tokens that are outside by this much (e^6) are taken as outside, and divide the sentence

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
    last_scores, back = scores.copy(), []
    for step in range(1, int(length[0])):
        count = int(np.searchsorted(-length, -step, side="left"))  # segments longer than ``step``
        paths = scores[:count, :, None] + transitions[None]
        best = paths.argmax(1)
        scores = np.take_along_axis(paths, best[:, None, :], 1)[:, 0] + emissions[first[:count] + step]
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
