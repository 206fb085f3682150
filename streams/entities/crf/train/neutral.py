"""Weights for Latin-script languages without data: learnt from all others together, with features that are no words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from streams.contract.messages import EntityType
from streams.entities import tagging
from streams.entities.crf import viterbi
from streams.entities.crf.analysis import Analyser
from streams.entities.crf.languages import LANGUAGES, NEUTRAL, neutral
from streams.entities.crf.tagger import CrfTagger
from streams.entities.crf.train import data, fit
from streams.entities.crf.train.learn import OUTSIDE, Example, Learner, Score, measure, names, prepare
from streams.entities.spans import Span

TYPES = ("PER", "ORG", "LOC")  # those that all sets have
TOKENS = 25_000  # of each language
FOUND = (EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE)

Sample = Mapping[str, Sequence[Example]]  # examples by language


def sample(folder: Path) -> Sample:
    """Return documents of each language, spread over its sets, each with names of `TYPES` only."""
    found = {}
    for code in NEUTRAL.start:
        documents = data.read(folder, LANGUAGES[code])
        size = sum(len(document.text.split()) for document in documents)
        step = max(1, round(size / TOKENS))
        chosen = [
            replace(document, names=[name for name in document.names if name[2] in TYPES])
            for document in documents[::step]
        ]
        found[code] = prepare(chosen, Analyser(neutral(code)), TYPES)
    return found


def learner() -> Learner:
    return Learner(NEUTRAL, Analyser(NEUTRAL), TYPES)


def without_each(examples: Sample) -> tuple[dict[str, float], float]:
    """Return strict F1 on each language by weights of the others and by the rules, and the best score of "outside"."""
    unseen = {}
    for code, found in examples.items():
        tagger = learner().tagger([_learn(examples, but=code)], [0])
        unseen[code] = [(example, tagger.emissions(example.analysis), tagger) for example in found]
    scores = {outside: Score() for outside in OUTSIDE}
    for outside, score in scores.items():
        for example, emissions, tagger in chain.from_iterable(unseen.values()):
            measure(example, _found(example, emissions, tagger, outside), score, Score())
    best = max(OUTSIDE, key=lambda outside: (scores[outside].f1, -abs(outside)))
    figures: dict[str, float] = {}
    for code, scored in unseen.items():
        learnt, by_rules = Score(), Score()
        for example, emissions, tagger in scored:
            text = example.document.text
            corrected = tagging.corrected(text, _found(example, emissions, tagger, best), code)
            measure(example, _of_types(corrected), learnt, Score())
            measure(example, _of_types(tagging.by_rules(text, code)), by_rules, Score())
        figures[f"{code}_strict_f1"], figures[f"{code}_rules_f1"] = round(learnt.f1, 4), round(by_rules.f1, 4)
    figures["strict_f1"] = round(sum(figures[f"{code}_strict_f1"] for code in examples) / len(examples), 4)
    return figures, best


def _found(example: Example, emissions: viterbi.Scores, tagger: CrfTagger, outside: float) -> list[Span]:
    shifted = emissions.copy()
    shifted[:, 0] += round(outside * viterbi.UNIT)
    return names(example, tagger.decode(shifted, example.analysis), TYPES)


def learn(examples: Sample) -> fit.Model:
    """Learn from all languages."""
    return _learn(examples)


def _learn(examples: Sample, but: str = "") -> fit.Model:
    return learner().model([example for code, found in examples.items() if code != but for example in found])


def _of_types(spans: Sequence[Span]) -> Iterator[Span]:
    return (span for span in spans if span.type in FOUND)
