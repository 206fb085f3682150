"""The command: `python -m streams.entities.crf.train [CODE ...]` writes the weights of languages and prints figures."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from streams.contract.errors import UsageError
from streams.entities.crf import probe, weights
from streams.entities.crf.analysis import Analyser
from streams.entities.crf.languages import LANGUAGES, Language
from streams.entities.crf.train import data, fit, headlines, silver
from streams.entities.crf.train.learn import Example, Learner, pack, prepare, types_of

HALVINGS = 2  # how often the number of features is halved to print what that costs
SILVER_SHARE = 0.5  # of the weights that were learnt from silver labels, with which learning begins
START_SHARE = 0.8  # the same of the weights of related languages
MEGABYTE = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m streams.entities.crf.train", description=__doc__)
    parser.add_argument("codes", nargs="*", metavar="CODE", help="languages; all without")
    parser.add_argument("--data", type=Path, default=Path("../shared/eval"), help="folder of the labelled sets")
    parser.add_argument("--out", type=Path, default=weights.folder(), help="folder for the files of weights")
    parser.add_argument("--build", type=Path, default=Path("build"), help="folder for what can be made again")
    parser.add_argument("--silver-only", action="store_true", help="learn English from silver labels alone")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.codes) - set(LANGUAGES))
    if unknown:
        raise UsageError(f"no language {', '.join(unknown)}: {', '.join(LANGUAGES)} are in crf/languages.py")
    if not given.data.is_dir():
        raise UsageError(f"{given.data} is no folder: give that of the labelled sets with --data")
    for code in given.codes or LANGUAGES:
        _train(LANGUAGES[code], given)
    return 0


def _train(language: Language, given: argparse.Namespace) -> None:
    began = time.process_time()
    documents = data.read(given.data / "entities", language)
    analyser = Analyser(language)
    types = types_of(documents)
    start = None
    if language.silver:
        start = _silver(analyser, types, given, language)
    elif language.start:
        start = _related(analyser, types, given, language)
    if given.silver_only:
        return
    examples = _examples(documents, analyser, types, language)
    learner = Learner(analyser, types, language.rows, language.passes, start)
    figures, outside = learner.cross_validated(examples)
    about = weights.About(
        language=language.code,
        format=weights.FORMAT,
        features=probe.digest(analyser),
        sets=language.sets,
        data=data.digest(given.data / "entities", language),
        licence=language.licence,
        types=types,
        figures=figures,
    )
    models = learner.learn(examples)
    path = given.out / f"{language.code}{weights.SUFFIX}"
    size = weights.write(pack(about, models, outside, language.rows), path)
    shown = " ".join(f"{name} {value:.3f}" for name, value in figures.items())
    print(f"{language.code}: {shown}; outside {outside}; {size / MEGABYTE:.2f} MB; {time.process_time() - began:.0f} s")


def _examples(
    documents: Sequence[data.Document], analyser: Analyser, types: tuple[str, ...], language: Language
) -> list[Example]:
    """Return the documents and, for languages with capitals, copies of their first sentences as headlines."""
    examples = prepare(documents, analyser, types)
    if not language.cased:
        return examples
    for document in documents:
        for way, copy in headlines.headlines(document, language):
            (example,) = prepare([copy], analyser, types)
            examples.append(replace(example, variant=f"{way}_"))
    return examples


def _silver(
    analyser: Analyser, types: tuple[str, ...], given: argparse.Namespace, language: Language
) -> fit.Model:
    """Learn one pass from silver labels; write it as weights of its own if that is asked for."""
    examples = prepare(silver.read(given.data, given.build), analyser, types)
    learner = Learner(analyser, types, language.rows, passes=1)
    model = learner.model(examples)
    if given.silver_only:
        about = weights.About(
            language=language.code,
            format=weights.FORMAT,
            features=probe.digest(analyser),
            sets=silver.SETS,
            data=silver.digest(given.build),
            licence="MIT",
            types=types,
            figures={},
        )
        size = weights.write(pack(about, [model], [0], language.rows), given.out / f"{language.code}-silver.crf")
        print(f"{language.code}: silver labels only; {size / MEGABYTE:.2f} MB")
    return _share(model, SILVER_SHARE)


def _related(
    analyser: Analyser, types: tuple[str, ...], given: argparse.Namespace, language: Language
) -> fit.Model:
    """Learn one pass from the documents of related languages."""
    examples = []
    for code in language.start:
        other = LANGUAGES[code]
        examples += prepare(data.read(given.data / "entities", other), Analyser(other), types)
    return _share(Learner(analyser, types, language.rows, passes=1).model(examples), START_SHARE)


def _share(model: fit.Model, share: float) -> fit.Model:
    return fit.Model(model.ids, *(part * np.float32(share) for part in (model.weights, model.transitions, model.starts)))


if __name__ == "__main__":
    raise SystemExit(main())
