"""How many names of labelled articles are found with their type: cross-validated, as the files of weights state it.

The weights were learnt from all the labelled articles, so that scoring them on these would say nothing.
"""

from collections.abc import Iterator
from concurrent.futures import Executor

from streams.entities.crf import weights
from streams.entities.crf.train import data as sets
from tests.quality.data import Data
from tests.quality.figures import Figure

ENGLISH = "en"
OF_ENGLISH = {
    "strict_f1": "entities_strict_f1",
    "distinct_f1": "entities_distinct_f1",
    "titlecase_strict_f1": "entities_titlecase_f1",
    "capitals_strict_f1": "entities_capitals_f1",
}


def figures(data: Data, workers: Executor) -> Iterator[Figure]:
    """The figures of all languages whose sets are those that the weights were learnt from."""
    del workers  # nothing takes long here
    strict: list[float] = []
    for code, path in weights.shipped().items():
        about = weights.read(path).about
        folder = data.eval / "entities"
        there = all(path.is_file() for path in sets.paths(folder, about.language))
        if not there or about.data != sets.digest(folder, about.language):
            continue
        sample = f"{', '.join(about.language.sets)}, in {about.language.folds} parts"
        if code == ENGLISH:
            for name, figure in OF_ENGLISH.items():
                yield Figure(figure, about.figures[name], sample)
        else:
            strict.append(about.figures["strict_f1"])
            yield Figure(f"entities_{code}_strict_f1", about.figures["strict_f1"], sample)
    yield from _neutral(data)
    if strict:
        yield Figure("entities_mean_strict_f1", sum(strict) / len(strict), f"{len(strict)} languages")


def _neutral(data: Data) -> Iterator[Figure]:
    """Languages by the weights of the others, as the languages that have no weights of their own."""
    about = weights.read(weights.neutral_path()).about
    folder = data.eval / "entities"
    paths = sets.paths(folder, about.language)
    if all(path.is_file() for path in paths) and about.data == sets.digest(folder, about.language):
        figures = about.figures
        yield Figure("entities_neutral_strict_f1", figures["strict_f1"], f"{len(about.language.start)} languages")
        for code in about.language.start:
            sample = f"learnt from the others; {figures[f'{code}_rules_f1']:.3f} by the rules"
            yield Figure(f"entities_neutral_{code}_strict_f1", figures[f"{code}_strict_f1"], sample)
