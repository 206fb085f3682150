"""The command: `python -m streams.entities.crf.train [CODE ...]` writes the weights of languages and prints figures."""

import argparse
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np

from streams.contract.errors import UsageError
from streams.entities.crf import probe, weights
from streams.entities.crf.analysis import Analyser
from streams.entities.crf.languages import LANGUAGES, NEUTRAL, Language, Tokens
from streams.entities.crf.train import data, fit, headlines, neutral, silver
from streams.entities.crf.train.learn import FEWEST, Example, Learner, pack, prepare, types_of

SILVER_SHARE = 0.5  # of the weights that were learnt from silver labels, with which learning begins
START_SHARE = 0.8  # the same of the weights of related languages
MEGABYTE = 1_000_000
CODE = re.compile("[a-z]{2,3}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m streams.entities.crf.train", description=__doc__)
    parser.add_argument("codes", nargs="*", metavar="CODE", help="ISO 639-1 codes of languages; all without")
    parser.add_argument("--data", type=Path, default=Path("../shared/eval"), help="folder of the labelled sets")
    parser.add_argument("--set", type=Path, action="append", dest="sets", help="a set of a language that is not listed")
    parser.add_argument("--licence", default="none stated", help="licence of the sets, with --set")
    parser.add_argument("--tokens", choices=get_args(Tokens), default="words", help="how text is split, with --set")
    parser.add_argument("--out", type=Path, default=weights.folder(), help="folder for the files of weights")
    parser.add_argument("--build", type=Path, default=Path("build"), help="folder for what can be made again")
    parser.add_argument("--silver-only", action="store_true", help="learn English from silver labels alone")
    given = parser.parse_args(arguments)
    try:
        languages = _languages(given)
        _make_folder(given.out)
        for language in languages:
            if language.neutral:
                line = _neutral(given)
            elif given.silver_only:
                line = _Trainer(language, given).silver_only()
            else:
                line = _Trainer(language, given).run()
            print(line, flush=True)  # noqa: T201
        size = sum(path.stat().st_size for path in given.out.rglob(f"*{weights.SUFFIX}"))
        print(f"all files in {given.out}: {size / MEGABYTE:.1f} MB", flush=True)  # noqa: T201
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {path}: {error.strerror}") from error


def _languages(given: argparse.Namespace) -> list[Language]:
    if given.sets:
        if len(given.codes) != 1:
            raise UsageError("--set needs the code of one language, such as cs")
        if not CODE.fullmatch(given.codes[0]):
            raise UsageError(f"{given.codes[0]!r} is no code of a language: ISO 639-1 has two letters, such as cs")
        absent = [str(path) for path in given.sets if not path.is_file()]
        if absent:
            raise UsageError(f"no file {', '.join(absent)}")
        known = LANGUAGES.get(given.codes[0], Language(given.codes[0], (), given.licence, given.tokens))
        return [replace(known, sets=tuple(str(path.resolve()) for path in given.sets), licence=given.licence, start=())]
    listed = LANGUAGES | {NEUTRAL.code: NEUTRAL}
    unknown = sorted(set(given.codes) - set(listed))
    if unknown:
        raise UsageError(f"{', '.join(unknown)}: give the sets with --set; those of {', '.join(listed)} are listed")
    if not given.data.is_dir():
        raise UsageError(f"no folder {given.data}: give that of the labelled sets with --data, or make train EVAL=DIR")
    chosen = [listed[code] for code in (("en",) if given.silver_only else given.codes or listed)]
    needed = [path for language in chosen for path in data.paths(given.data / "entities", language)]
    absent = sorted({str(path) for path in needed if not path.is_file()})
    if absent:
        raise UsageError(
            f"no file {', '.join(absent)}: --data, or EVAL of make train, is the folder that has entities/"
        )
    return chosen


def _neutral(given: argparse.Namespace) -> str:
    """Write the weights for Latin-script languages without data, and return a line about them."""
    began = time.process_time()
    examples = neutral.sample(given.data / "entities")
    figures, outside = neutral.without_each(examples)
    about = weights.About(
        language=NEUTRAL,
        format=weights.FORMAT,
        features=probe.digest(Analyser(NEUTRAL)),
        data=data.digest(given.data / "entities", NEUTRAL),
        types=neutral.TYPES,
        figures=figures,
    )
    path = given.out / weights.neutral_path().relative_to(weights.folder())
    return _written(pack(about, [neutral.learn(examples)], [outside], NEUTRAL.rows), path, began)


def _written(stored: weights.Stored, path: Path, began: float) -> str:
    size = weights.write(stored, path)
    figures = " ".join(f"{name} {value:.3f}" for name, value in stored.about.figures.items())
    seconds = time.process_time() - began
    return f"{path.stem}: {figures or 'no figures'}; {size / MEGABYTE:.2f} MB; {seconds:.0f} s of CPU"


class _Trainer:
    """Learns one language."""

    def __init__(self, language: Language, given: argparse.Namespace) -> None:
        self._began = time.process_time()
        self._language = language
        self._given = given
        self._documents = data.read(given.data / "entities", language)
        types = types_of(self._documents)
        if not types:
            files = ", ".join(map(str, data.paths(given.data / "entities", language)))
            raise UsageError(f"{files}: no {FEWEST} names of any one of PER, ORG, LOC and NORP")
        self._analyser = Analyser(language)
        self._about = weights.About(
            language=replace(language, sets=tuple(Path(one).name for one in language.sets)),
            format=weights.FORMAT,
            features=probe.digest(self._analyser),
            data=data.digest(given.data / "entities", language),
            types=types,
            figures={},
        )

    def run(self) -> str:
        """Write the weights, and return a line about them."""
        start = None
        if self._language.silver:
            start = _share(self._silver(), SILVER_SHARE)
        elif self._language.start:
            start = _share(self._related(), START_SHARE)
        learner = Learner(self._language, self._analyser, self._about.types, start)
        examples = self._examples()
        figures, outside = learner.cross_validated(examples)
        about = msgspec.structs.replace(self._about, figures=figures)
        return self._write(pack(about, learner.learn(examples), outside, self._language.rows), "")

    def silver_only(self) -> str:
        """Write weights that were learnt from silver labels only, and return a line about them."""
        language = replace(self._language, sets=silver.SETS, licence="MIT", passes=1)
        about = msgspec.structs.replace(self._about, language=language)
        model = self._silver()
        about = msgspec.structs.replace(about, data=silver.digest(self._given.build))
        return self._write(pack(about, [model], [0], language.rows), "silver/")

    def _write(self, stored: weights.Stored, folder: str) -> str:
        path = self._given.out / f"{folder}{self._language.code}{weights.SUFFIX}"
        return _written(stored, path, self._began)

    def _examples(self) -> list[Example]:
        """The documents and, for languages with capitals, copies of their first sentences as headlines."""
        examples = prepare(self._documents, self._analyser, self._about.types)
        if self._language.cased:
            for document in self._documents:
                for way, copy in headlines.headlines(document, self._language):
                    (example,) = prepare([copy], self._analyser, self._about.types)
                    examples.append(replace(example, variant=f"{way}_"))
        return examples

    def _silver(self) -> fit.Model:
        """Learn one pass from the labels of another tagger."""
        documents = silver.read(self._given.data, self._given.build)
        return self._one_pass(prepare(documents, self._analyser, self._about.types))

    def _related(self) -> fit.Model:
        """Learn one pass from the documents of related languages."""
        examples = []
        for code in self._language.start:
            other = LANGUAGES[code]
            documents = data.read(self._given.data / "entities", other)
            examples += prepare(documents, Analyser(other), self._about.types)
        return self._one_pass(examples)

    def _one_pass(self, examples: Sequence[Example]) -> fit.Model:
        return Learner(self._language, self._analyser, self._about.types).model(examples)


def _share(model: fit.Model, share: float) -> fit.Model:
    return fit.Model(
        model.ids, *(part * np.float32(share) for part in (model.weights, model.transitions, model.starts))
    )


if __name__ == "__main__":
    raise SystemExit(main())
