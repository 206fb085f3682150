"""Text -> spans of names with their types, by the weights of its language."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from streams.contract.errors import UsageError
from streams.contract.messages import EntityType
from streams.entities.crf import languages, probe, viterbi, weights
from streams.entities.crf.analysis import CACHED, Analyser, Analysis
from streams.entities.crf.features.hashing import Numbers
from streams.entities.crf.features.words import OFFSETS, Word, feature_numbers
from streams.entities.crf.recent import Recent
from streams.entities.crf.weights import Weights
from streams.entities.spans import Span

HELD = 8  # languages whose weights are held at a time; 10 MB each, and their word lists
TYPES = {
    "PER": EntityType.PERSON,
    "ORG": EntityType.ORGANISATION,
    "LOC": EntityType.PLACE,
    "NORP": EntityType.GROUP,
}  # other types of the labelled data keep words from these, and give no spans
LONGEST = 120  # characters of a name; what is longer is a list or no language
FIRST_SLOTS = 2_048  # words for which there is room at first


class CrfTagger:
    """Finds names with one set of weights."""

    def __init__(self, found: Weights, analyser: Analyser) -> None:
        self._weights = found
        self._analyser = analyser
        self._types = [TYPES.get(name) for name in found.about.types]
        self._slots = Recent[Word, int](CACHED)
        self._free = list(range(FIRST_SLOTS))
        self._sums = np.empty((FIRST_SLOTS, len(OFFSETS), found.rows.shape[1]), np.int16)  # by slot

    def __call__(self, text: str) -> list[Span]:
        """Return the spans of names in order."""
        if not text.strip():
            return []
        analysis = self._analyser.analyse(text)
        emissions = self.emissions(analysis)
        labels = self.decode(emissions, analysis)
        names = spans_of(labels.tolist())
        margins = viterbi.margins(
            emissions, analysis.bounds, self._weights.transitions[-1], self._weights.starts[-1], labels, names
        )
        found = []
        starts, ends = analysis.tokens.starts, analysis.tokens.ends
        for (first, after, kind), margin in zip(names, margins, strict=True):
            type_ = self._types[kind]
            if type_ is not None and ends[after - 1] - starts[first] <= LONGEST:
                found.append(Span(starts[first], ends[after - 1], type_, viterbi.confidence(margin)))
        return found

    def labels(self, analysis: Analysis) -> Numbers:
        """Return the label of each token."""
        return self.decode(self.emissions(analysis), analysis)

    def emissions(self, analysis: Analysis) -> viterbi.Scores:
        """Return the scores of the labels of each token in the last pass, [tokens, labels]."""
        size = self._weights.labels
        both = self._emissions(analysis)
        both[[token[0] == "\n" for token in analysis.tokens.written], 0::size] += (
            viterbi.CERTAIN
        )  # no name has two lines
        first = both[:, :size]
        first[:, 0] += self._weights.outside[0]
        if len(self._weights.outside) == 1:
            return first
        labels = self.decode(first, analysis, 0)
        seen = self._weights.sums(analysis.second_pass(labels), 1) * self._weights.factors[size:]
        last: viterbi.Scores = both[:, size:] + seen
        last[:, 0] += self._weights.outside[1]
        return last

    def decode(self, emissions: viterbi.Scores, analysis: Analysis, number: int = -1) -> Numbers:
        """Return the best labels by the scores of a pass."""
        return viterbi.decode(
            emissions, analysis.bounds, self._weights.transitions[number], self._weights.starts[number]
        )

    def _emissions(self, analysis: Analysis) -> viterbi.Scores:
        """The scores of all features but those of the second pass, [tokens, labels of both passes]."""
        total = self._weights.sums(analysis.numbers)
        if len(analysis.words):
            slots = self._find(analysis.words)
            near = self._sums.take(slots, axis=0)
            for column, offset in enumerate(OFFSETS):
                if offset >= 0:
                    total[: len(total) - offset] += near[offset:, column]
                else:
                    total[-offset:] += near[:offset, column]
        scores: viterbi.Scores = total * self._weights.factors
        return scores

    def _find(self, words: Sequence[Word]) -> list[int]:
        """Return the slots of words, and sum the weights of those that are new."""
        self._free += self._slots.trim()
        new = self._slots.missing(words)
        if new:
            numbers, begins = feature_numbers(new)
            rows = self._weights.rows.take(self._weights.place.take(numbers), axis=0)
            sums = np.add.reduceat(rows, begins, axis=0, dtype=np.int16).reshape(len(new), *self._sums.shape[1:])
            while len(self._free) < len(new):
                self._free += range(len(self._sums), 2 * len(self._sums))
                self._sums = np.concatenate([self._sums, np.empty_like(self._sums)])
            slots = [self._free.pop() for _ in new]
            self._sums[slots] = sums
            self._slots.update(zip(new, slots, strict=True))
        return self._slots.of(words)


def spans_of(labels: list[int]) -> list[tuple[int, int, int]]:
    """Return the first token, one past the last, and the number of the type of each name."""
    found: list[tuple[int, int, int]] = []
    for i, label in enumerate(labels):
        if label and label % 2 == 0 and found and found[-1][1] == i:
            first, _, kind = found[-1]
            found[-1] = (first, i + 1, kind)
        elif label:
            found.append((i, i + 1, (label - 1) // 2))
    return found


_held: OrderedDict[str, CrfTagger] = OrderedDict()
_own: dict[str, Path] = {}  # files of the user's, by language


def use(folder: Path | None) -> None:
    """Use the weights in a folder before the shipped ones. Raises `UsageError` if one of them cannot be used."""
    own: dict[str, Path] = {}
    for path in sorted(folder.glob(f"*{weights.SUFFIX}")) if folder else ():
        found = weights.read(path)
        if found.about.features != probe.digest(Analyser(found.about.language)):
            raise UsageError(f"{path} was learnt with other features than this version has: learn it again")
        own[found.about.language.code] = path
    if own != _own:  # else what is held stays: processes of the pool share that of the process they are forks of
        _held.clear()
        _own.clear()
        _own.update(own)


def load(language: str) -> CrfTagger | None:
    """Return the tagger of a language (ISO 639-1); None if it has no weights."""
    code = languages.SAME.get(language, language)
    path = _own.get(code) or weights.shipped().get(code)
    if path is None:
        return None
    return _hold(code, lambda: _tagger(path))


def load_neutral(language: str) -> CrfTagger:
    """Return a tagger for a language of Latin script without weights of its own: by weights without words."""
    return _hold(f"neutral {language}", lambda: CrfTagger(_neutral_weights(), Analyser(languages.neutral(language))))


def _tagger(path: Path) -> CrfTagger:
    found = weights.read(path)
    return CrfTagger(found, Analyser(found.about.language))


@cache
def _neutral_weights() -> Weights:
    return weights.read(weights.neutral_path())


def _hold(name: str, make: Callable[[], CrfTagger]) -> CrfTagger:
    if name not in _held:
        _held[name] = make()
        while len(_held) > HELD:
            _held.popitem(last=False)
    _held.move_to_end(name)
    return _held[name]
