"""Learns a linear-chain CRF by AdaGrad (Duchi et al., 2011), with dropout of features. Needs numba."""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

RATE = np.float32(0.1)
DECAY = np.float32(2e-5)  # L2
DROPOUT = 0.5  # of features: the weights of rare ones are learnt although frequent ones explain the label
AVERAGED = 3  # last epochs, whose weights are averaged
IMPOSSIBLE = np.float32(-1e4)


@dataclass
class Model:
    """Scores of features [places, labels], of transitions [from, to] and of first labels."""

    ids: Ints  # [places]: the number of the feature
    weights: Floats
    transitions: Floats
    starts: Floats


@dataclass(frozen=True)
class Examples:
    """Labelled tokens: features by word and offset in one long list, features of templates in a table."""

    ids: Ints  # [places]: the number of the feature of each place; 0 is none
    word_places: npt.NDArray[np.int32]
    word_bounds: Ints  # [words * offsets + 1] into ``word_places``
    offsets: Ints
    words: Ints  # [tokens]; empty without words
    document: Ints  # [tokens]: number of the document, whose words are neighbours
    places: npt.NDArray[np.int32]  # [tokens, templates]
    labels: Ints  # [tokens]
    bounds: Ints  # first tokens of sentences, and one past the last


def blank(labels: int) -> Model:
    """Return a model that knows only which labels can follow each other."""
    transitions = np.zeros((labels, labels), np.float32)
    starts = np.zeros(labels, np.float32)
    for label in range(2, labels, 2):
        starts[label] = IMPOSSIBLE
        transitions[:, label] = IMPOSSIBLE
        transitions[label - 1 : label + 1, label] = 0
    return Model(np.zeros(1, np.int64), np.zeros((1, labels), np.float32), transitions, starts)


def fit(start: Model, examples: Examples, epochs: int, seed: int = 1) -> Model:
    """Learn from examples, beginning with ``start``. The same examples and seed give the same weights."""
    weights = np.zeros((len(examples.ids), start.weights.shape[1]), np.float32)
    _, here, there = np.intersect1d(examples.ids, start.ids, return_indices=True)
    weights[here] = start.weights[there]
    transitions, starts = start.transitions.copy(), start.starts.copy()
    parts = (weights, transitions, starts)
    squares = [np.zeros_like(part) for part in parts]
    total = [np.zeros_like(part) for part in parts]
    random = np.random.RandomState(seed)
    for epoch in range(epochs):
        order = random.permutation(len(examples.bounds) - 1)
        _epoch(
            examples.word_places, examples.word_bounds, examples.offsets, examples.words, examples.document,
            examples.places, examples.labels, examples.bounds, order, *parts, *squares,
            np.uint64(seed * 1000 + epoch + 1),
        )  # fmt: skip
        if epoch >= epochs - AVERAGED:
            total = [sum_ + part / np.float32(AVERAGED) for sum_, part in zip(total, parts, strict=True)]
    return Model(examples.ids, *total)


# One letter is a matrix, as in the papers: W weights of features, T of transitions, S of first labels; G.. their summed
# squared gradients; of one sentence, by token and label, E the scores of features, A and B the forward and backward
# probabilities.


@numba.njit(cache=True, fastmath=True)
def _epoch(  # type: ignore[no-untyped-def]  # numba infers the types
    word_places, word_bounds, offsets, words, document, places, labels, bounds, order,
    W, T, S, GW, GT, GS, state,
):  # fmt: skip
    """Go once over the sentences in ``order``, with a step of AdaGrad after each."""
    size = W.shape[1]
    longest = 1
    for s in range(len(bounds) - 1):
        longest = max(longest, bounds[s + 1] - bounds[s])
    kept = np.zeros((longest, places.shape[1] + 1024), np.int32)
    counts = np.zeros(longest, np.int64)
    E = np.zeros((longest, size), np.float64)
    A = np.zeros((longest, size), np.float64)
    B = np.zeros((longest, size), np.float64)
    X = np.zeros((size, size), np.float64)
    for s in order:
        a = bounds[s]
        n = bounds[s + 1] - a
        if n == 0:
            continue
        state = _draw(word_places, word_bounds, offsets, words, document, places, a, n, kept, counts, state)
        _score(W, n, kept, counts, E)
        _forward_backward(T, S, n, E, A, B, X)
        _step_transitions(labels[a : a + n], E, A, B, X, T, GT)
        _step_features(labels[a : a + n], kept, counts, A, B, W, S, GW, GS)


@numba.njit(cache=True, fastmath=True)
def _draw(  # type: ignore[no-untyped-def]
    word_places, word_bounds, offsets, words, document, places, a, n, kept, counts, state
):
    """Choose the features that a sentence keeps: into ``kept`` [tokens, features] and ``counts``; return the state."""
    threshold = np.uint64(DROPOUT * 4294967296.0)
    multiplier, increment = np.uint64(6364136223846793005), np.uint64(1442695040888963407)  # Knuth's MMIX
    for t in range(n):
        count = 0
        if len(words):
            for o in range(len(offsets)):
                u = a + t + offsets[o]
                if u < 0 or u >= len(words) or document[u] != document[a + t]:
                    continue
                slot = words[u] * len(offsets) + o
                for k in range(word_bounds[slot], word_bounds[slot + 1]):
                    if word_places[k] == 0:
                        continue
                    state = state * multiplier + increment
                    if (state >> np.uint64(32)) >= threshold:
                        kept[t, count] = word_places[k]
                        count += 1
        for k in range(places.shape[1]):
            if places[a + t, k]:
                state = state * multiplier + increment
                if (state >> np.uint64(32)) >= threshold:
                    kept[t, count] = places[a + t, k]
                    count += 1
        counts[t] = count
    return state


@numba.njit(cache=True, fastmath=True)
def _score(W, n, kept, counts, E):  # type: ignore[no-untyped-def]
    size = W.shape[1]
    scores = np.zeros(size, np.float32)
    for t in range(n):
        for y in range(size):
            scores[y] = 0.0
        for j in range(counts[t]):
            f = kept[t, j]
            for y in range(size):
                scores[y] += W[f, y]
        for y in range(size):
            E[t, y] = scores[y]


@numba.njit(cache=True, fastmath=True)
def _forward_backward(T, S, n, E, A, B, X):  # type: ignore[no-untyped-def]
    """Rabiner (1989), each token scaled to sum to 1. ``E`` and ``X`` are exponentials afterwards."""
    size = len(S)
    for x in range(size):
        for y in range(size):
            X[x, y] = np.exp(T[x, y])
    for t in range(n):
        top = E[t, 0]
        for y in range(size):
            top = max(top, E[t, y])
        for y in range(size):
            E[t, y] = np.exp(E[t, y] - top)
        total = 0.0
        for y in range(size):
            if t == 0:
                q = np.exp(S[y])
            else:
                q = 0.0
                for x in range(size):
                    q += A[t - 1, x] * X[x, y]
            A[t, y] = q * E[t, y]
            total += A[t, y]
        for y in range(size):
            A[t, y] /= total
    for y in range(size):
        B[n - 1, y] = 1.0
    for t in range(n - 2, -1, -1):
        total = 0.0
        for x in range(size):
            q = 0.0
            for y in range(size):
                q += X[x, y] * E[t + 1, y] * B[t + 1, y]
            B[t, x] = q
            total += q
        for x in range(size):
            B[t, x] /= total


@numba.njit(cache=True, fastmath=True)
def _step_transitions(labels, E, A, B, X, T, GT):  # type: ignore[no-untyped-def]
    size = len(T)
    gradient = np.zeros((size, size), np.float32)
    for t in range(1, len(labels)):
        total = 0.0
        for x in range(size):
            for y in range(size):
                total += A[t - 1, x] * X[x, y] * E[t, y] * B[t, y]
        for x in range(size):
            for y in range(size):
                gradient[x, y] += A[t - 1, x] * X[x, y] * E[t, y] * B[t, y] / total
        gradient[labels[t - 1], labels[t]] -= 1.0
    for x in range(size):
        for y in range(size):
            if T[x, y] > -1e3:
                g = gradient[x, y] + DECAY * T[x, y]
                GT[x, y] += g * g
                T[x, y] -= RATE * g / (np.sqrt(GT[x, y]) + np.float32(0.1))


@numba.njit(cache=True, fastmath=True)
def _step_features(labels, kept, counts, A, B, W, S, GW, GS):  # type: ignore[no-untyped-def]
    """A step for the features of each token whose label was not certain, and for the first label of a sentence."""
    size = len(S)
    error = np.zeros(size, np.float32)
    for t in range(len(labels)):
        total = 0.0
        for y in range(size):
            total += A[t, y] * B[t, y]
        wrong = False
        for y in range(size):
            error[y] = A[t, y] * B[t, y] / total
            if y == labels[t]:
                error[y] -= 1.0
            if abs(error[y]) > 1e-3:
                wrong = True
        if wrong:
            for j in range(counts[t]):
                f = kept[t, j]
                for y in range(size):
                    g = error[y] + DECAY * W[f, y]
                    GW[f, y] += g * g
                    W[f, y] -= RATE * g / (np.sqrt(GW[f, y]) + np.float32(0.1))
        if t == 0:
            for y in range(size):
                if S[y] > -1e3:
                    GS[y] += error[y] * error[y]
                    S[y] -= RATE * error[y] / (np.sqrt(GS[y]) + np.float32(0.1))
