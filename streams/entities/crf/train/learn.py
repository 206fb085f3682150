"""Labelled documents -> the weights of both passes, and how good such weights are on unseen documents."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from streams.contract.messages import EntityType
from streams.entities import canonical, tagging
from streams.entities.crf import viterbi, weights
from streams.entities.crf.analysis import Analyser, Analysis
from streams.entities.crf.features.hashing import BITS
from streams.entities.crf.features.words import OFFSETS, Word, feature_numbers
from streams.entities.crf.languages import Language
from streams.entities.crf.tagger import TYPES, CrfTagger, spans_of
from streams.entities.crf.train import fit
from streams.entities.crf.train.data import Document
from streams.entities.spans import Span

EXTREME = 99.95  # percentile of a label's weights that is the largest int8
OUTSIDE = tuple(round(0.3 * k, 1) for k in range(-5, 3))  # scores for "outside" that are tried
HALVINGS = (1, 2)  # of the rows, for figures of what fewer would cost
FEWEST = 20  # names of a type that are worth a label


@dataclass(frozen=True)
class Recipe:
    """How long weights are learnt, and how much of them counts."""

    epochs: int = 10  # two less where learning begins with other weights
    scale: float = 0.7  # weights that were learnt with half of the features are too large with all of them


RECIPES = {"ko": Recipe(epochs=14, scale=0.85)}  # of languages that are learnt in another way, by cross-validation


def recipe(language: Language) -> Recipe:
    """Return how a language is learnt."""
    return RECIPES.get(language.code, Recipe())


@dataclass(frozen=True, eq=False)
class Example:
    """A document with its features and labels, and with the labels of a first pass that has not seen it."""

    document: Document
    analysis: Analysis
    labels: npt.NDArray[np.int64]
    first_pass: npt.NDArray[np.int64] | None = None
    variant: str = ""  # "titlecase_" or "capitals_" for recased copies


class Score:
    """Counts of names that are right, found and wanted."""

    def __init__(self) -> None:
        self.right = self.found = self.wanted = 0

    def add(self, found: Iterable[object], wanted: Iterable[object]) -> None:
        a, b = set(found), set(wanted)
        self.right += len(a & b)
        self.found += len(a)
        self.wanted += len(b)

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.wanted) if self.found + self.wanted else 1.0


def types_of(documents: Sequence[Document]) -> tuple[str, ...]:
    """The types of names that are frequent enough, in a fixed order."""
    names = [kind for document in documents for *_, kind in document.names]
    return tuple(kind for kind in (*TYPES, "FAC", "MISC") if names.count(kind) >= FEWEST)


def prepare(documents: Sequence[Document], analyser: Analyser, types: Sequence[str]) -> list[Example]:
    """Analyse documents, and label their tokens."""
    found = []
    for document in documents:
        analysis = analyser.analyse(document.text)
        found.append(Example(document, analysis, _labels(document, analysis, types)))
    return found


def _labels(document: Document, analysis: Analysis, types: Sequence[str]) -> npt.NDArray[np.int64]:
    labels = np.zeros(len(analysis.tokens), np.int64)
    for start, end, kind in document.names:
        if kind in types:
            first = int(np.searchsorted(analysis.tokens.ends, start, side="right"))
            after = int(np.searchsorted(analysis.tokens.starts, end, side="left"))
            if first < after:
                labels[first] = 2 * types.index(kind) + 1
                labels[first + 1 : after] = 2 * types.index(kind) + 2
    return labels


def together(examples: Sequence[Example], *, second: bool) -> fit.Examples:
    """Join examples. ``second`` adds the features of the second pass."""
    slots: dict[Word, int] = {}
    for example in examples:
        for word in example.analysis.words:
            slots.setdefault(word, len(slots))
    word_numbers, begins = feature_numbers(list(slots)) if slots else (np.empty(0, np.int64), np.empty(0, np.int64))
    tables, bounds, at = [], [0], 0
    for example in examples:
        numbers = example.analysis.numbers
        if second and example.first_pass is not None:
            numbers = np.concatenate([numbers, example.analysis.second_pass(example.first_pass)])
        tables.append(numbers.T.astype(np.int32))
        bounds += (example.analysis.bounds[1:] + at).tolist()
        at += len(example.labels)
    words = np.array([slots[word] for example in examples for word in example.analysis.words], np.int64)
    table = np.concatenate(tables)
    ids, (word_places, places) = _places(word_numbers, begins, words, table)
    return fit.Examples(
        ids=ids,
        word_places=word_places,
        word_bounds=np.append(begins, len(word_numbers)),
        offsets=np.array(OFFSETS, np.int64),
        words=words,
        document=np.repeat(np.arange(len(examples)), [len(example.labels) for example in examples]),
        places=places,
        labels=np.concatenate([example.labels for example in examples]),
        bounds=np.array(bounds, np.int64),
    )


def _places(
    word_numbers: npt.NDArray[np.int64],
    begins: npt.NDArray[np.int64],
    words: npt.NDArray[np.int64],
    table: npt.NDArray[np.int32],
) -> tuple[npt.NDArray[np.int64], tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]]:
    """Give features places, the most frequent first, so that their weights lie together.

    Returns the numbers of features by place, and the places in the shapes of ``word_numbers`` and ``table``.
    """
    counts = np.bincount(table.ravel(), minlength=1 << BITS).astype(np.int64)
    if len(words):
        times = np.bincount(words, minlength=len(begins) // len(OFFSETS))  # of each word
        sizes = np.diff(np.append(begins, len(word_numbers)))
        occurrences = np.repeat(np.repeat(times, len(OFFSETS)), sizes)
        counts += np.bincount(word_numbers, occurrences, minlength=1 << BITS).astype(np.int64)
    counts[0] = 0
    order = np.argsort(-counts, kind="stable")
    used = order[: int((counts > 0).sum())]
    place = np.zeros(1 << BITS, np.int32)
    place[used] = np.arange(1, len(used) + 1)
    return np.concatenate([[0], used]), (place[word_numbers], place[table])


class Learner:
    """Learns the weights of one language."""

    def __init__(
        self, language: Language, analyser: Analyser, types: tuple[str, ...], start: fit.Model | None = None
    ) -> None:
        self._language = language
        self._analyser = analyser
        self._types = types
        self._rows = language.rows
        self._passes = language.passes
        self._start = start or fit.blank(2 * len(types) + 1)
        epochs = recipe(language).epochs
        self._epochs = epochs - 2 if start else epochs
        self._without: dict[frozenset[int], fit.Model] = {}

    def model(self, examples: Sequence[Example], *, second: bool = False) -> fit.Model:
        """Learn one pass."""
        return fit.fit(self._start, together(examples, second=second), self._epochs)

    def tagger(self, models: Sequence[fit.Model], outside: Sequence[float], halvings: int = 0) -> CrfTagger:
        """Return the tagger that has the weights of models as they would be stored, or with half of the rows."""
        about = weights.About(
            language=self._language, format=weights.FORMAT, features="", data="", types=self._types, figures={}
        )
        return CrfTagger(weights.Weights(pack(about, models, outside, self._rows >> halvings)), self._analyser)

    def learn(self, examples: Sequence[Example]) -> list[fit.Model]:
        """Learn all passes."""
        models = [self.model(examples)]
        if self._passes > 1:
            models.append(self._second_pass(examples))
        return models

    def _second_pass(self, examples: Sequence[Example], *unseen: int) -> fit.Model:
        """Learn the second pass from labels of first passes that have not seen the part of the documents they label."""
        rest = [e for e in examples if e.document.fold not in unseen]
        labelled = []
        for fold in _folds(rest):
            tagger = self.tagger([self._model_without(examples, fold, *unseen)], [0])
            labelled += [replace(e, first_pass=tagger.labels(e.analysis)) for e in rest if e.document.fold == fold]
        return self.model(labelled, second=True)

    def _model_without(self, examples: Sequence[Example], *folds: int) -> fit.Model:
        """Learn the first pass without parts of the documents. A model without two of them labels either."""
        key = frozenset(folds)
        if key not in self._without:
            self._without[key] = self.model([e for e in examples if e.document.fold not in key])
        return self._without[key]

    def cross_validated(self, examples: Sequence[Example]) -> tuple[dict[str, float], list[float]]:
        """Return strict and distinct F1 on unseen documents, and the best scores of "outside" of each pass.

        ``strict_f1_rows_2`` and ``strict_f1_rows_4`` are those of a half and a quarter of the rows.
        """
        taggers: dict[int, list[fit.Model]] = {}
        for fold in _folds(examples):
            taggers[fold] = [self._model_without(examples, fold)]
            if self._passes > 1:
                taggers[fold].append(self._second_pass(examples, fold))
        chosen: list[float] = []
        for _ in range(self._passes):
            chosen.append(self._best_outside(examples, taggers, chosen))
        figures: dict[str, float] = {}
        for variant in sorted({example.variant for example in examples}):
            strict, distinct = self._scores(examples, taggers, chosen, variant)
            figures[f"{variant}strict_f1"] = round(strict.f1, 4)
            figures[f"{variant}distinct_f1"] = round(distinct.f1, 4)
        for halvings in HALVINGS:
            strict, _ = self._scores(examples, taggers, chosen, "", halvings)
            figures[f"strict_f1_rows_{1 << halvings}"] = round(strict.f1, 4)
        return figures, chosen

    def _scores(
        self,
        examples: Sequence[Example],
        taggers: Mapping[int, Sequence[fit.Model]],
        outside: Sequence[float],
        variant: str,
        halvings: int = 0,
    ) -> tuple[Score, Score]:
        """Count the names of unseen documents of one variant, by spans and by different names."""
        strict, distinct = Score(), Score()
        for example, tagger in self._unseen(examples, taggers, outside, halvings):
            if example.variant == variant:
                found = names(example, tagger.labels(example.analysis), self._types)
                found = tagging.corrected(example.document.text, found, self._language.code)
                measure(example, found, strict, distinct)
        return strict, distinct

    def _best_outside(
        self, examples: Sequence[Example], taggers: Mapping[int, Sequence[fit.Model]], chosen: Sequence[float]
    ) -> float:
        """Return the score of "outside" in the next pass with which most names are right."""
        scores = {outside: Score() for outside in OUTSIDE}
        for example, tagger in self._unseen(examples, taggers, [*chosen, 0]):
            if example.variant:
                continue
            emissions = tagger.emissions(example.analysis)
            for outside, score in scores.items():
                shifted = emissions.copy()
                shifted[:, 0] += round(outside * viterbi.UNIT)
                found = names(example, tagger.decode(shifted, example.analysis), self._types)
                measure(example, found, score, Score())
        return max(OUTSIDE, key=lambda outside: (scores[outside].f1, -abs(outside)))

    def _unseen(
        self,
        examples: Sequence[Example],
        taggers: Mapping[int, Sequence[fit.Model]],
        outside: Sequence[float],
        halvings: int = 0,
    ) -> Iterator[tuple[Example, CrfTagger]]:
        """Yield each example that is measured with a tagger that has not seen it."""
        for fold, models in taggers.items():
            tagger = self.tagger(models[: len(outside)], outside, halvings)
            for example in examples:
                if example.document.fold == fold:
                    yield example, tagger


def _folds(examples: Iterable[Example]) -> list[int]:
    return sorted({example.document.fold for example in examples})


def names(example: Example, labels: npt.NDArray[np.int64], types: Sequence[str]) -> list[Span]:
    """The spans of the names that labels mean."""
    tokens = example.analysis.tokens
    found = [(tokens.starts[a], tokens.ends[b - 1], TYPES.get(types[kind])) for a, b, kind in spans_of(labels.tolist())]
    return [Span(start, end, kind) for start, end, kind in found if kind is not None]


def measure(example: Example, found: Iterable[Span], strict: Score, distinct: Score) -> None:
    """Count the names of one document."""
    document = example.document
    gold = [Span(start, end, TYPES[kind]) for start, end, kind in document.names if kind in TYPES]
    strict.add(((document.id, span) for span in found), ((document.id, span) for span in gold))

    def different(spans: Iterable[Span]) -> Iterator[tuple[str, str, EntityType]]:
        return ((document.id, canonical.fold(span.of(document.text)), span.type) for span in spans)

    distinct.add(different(found), different(gold))


def pack(about: weights.About, models: Sequence[fit.Model], outside: Sequence[float], rows: int) -> weights.Stored:
    """Reduce models to whole numbers, and to the ``rows`` features with the largest weights."""
    scale = np.float32(recipe(about.language).scale)
    width = models[0].weights.shape[1]
    joined = np.zeros((1 << BITS, width * len(models)), np.float32)
    for i, model in enumerate(models):
        joined[model.ids, i * width : (i + 1) * width] = model.weights * scale
    norms = np.abs(joined).max(1)
    norms[0] = 0
    kept = np.sort(np.argsort(-norms, kind="stable")[: min(rows, int((norms > 0).sum()))])
    chosen = joined[kept]
    steps = np.maximum(np.percentile(np.abs(chosen), EXTREME, axis=0) / 127, 1e-6)
    factors = np.maximum(np.rint(steps * viterbi.UNIT), 1).astype(np.int32)
    values = np.clip(np.rint(chosen * viterbi.UNIT / factors), -127, 127).astype(np.int8)
    used = np.flatnonzero(np.abs(values).max(1))
    kept, values = kept[used], values[used]
    return weights.Stored(
        about,
        tuple(
            weights.Pass(
                _whole(model.transitions).tobytes(),
                _whole(model.starts).tobytes(),
                factors[i * width : (i + 1) * width].tobytes(),
                round(outside[i] * viterbi.UNIT),
            )
            for i, model in enumerate(models)
        ),
        np.diff(kept, prepend=0).astype(np.uint32).tobytes(),
        values.tobytes(),
    )


def _whole(scores: npt.NDArray[np.float32]) -> viterbi.Scores:
    allowed = np.rint(scores * viterbi.UNIT)
    return np.where(scores < -1e3, viterbi.FORBIDDEN, allowed).astype(np.int32)
