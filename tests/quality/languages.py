"""How well reports in other languages than English are filed into stories, beside plain character 4-grams.

The baseline is a cosine of TF-IDF vectors of 4-grams inside words, weighed by the very data that are scored, which
favours it. Pairs are scored by the pair model (AUC), and filed one after the other into an empty state (F1).
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from streams.contract.messages import CleanArticle
from streams.stories.similarity import pairs
from streams.stories.similarity.features import extract
from streams.stories.similarity.train import Floats, auc
from tests.quality import filing, scores, stories
from tests.quality.data import Data
from tests.quality.figures import Case, Figure

PAIRS = ("ru", "en", "de", "es", "tr", "pl", "ar")
SETS = {"pt": "cstnews", "vi": "ktlab"}  # of whole stories
GRAM = 4

Gram = dict[str, float]


class Judged(NamedTuple):
    """A labelled pair: the log odds that both report one event, and whether they were filed into one story."""

    odds: int
    together: bool


def figures(data: Data, workers: Executor) -> Iterator[Figure]:
    """The figures of each language that there are data of."""
    for language, name in SETS.items():
        rows = data.rows("languages", name)
        if rows:
            yield from _stories(language, rows, workers)
    labelled = [*data.rows("languages", "semeval22t8"), *data.rows("languages", "tgcontest")]
    by_language: dict[str, list[filing.Row]] = defaultdict(list)
    for row in labelled:
        if row["same"] is not None and row["a"]["lang"] == row["b"]["lang"]:
            by_language[row["a"]["lang"]].append(row)
    for language in PAIRS:
        if by_language[language]:
            yield from _pairs(language, by_language[language], workers)


# --- whole stories, undated ---------------------------------------------------------------------------------------


def _stories(language: str, rows: Sequence[filing.Row], workers: Executor) -> Iterator[Figure]:
    reports = [replace(filing.report(row, stories.ARRIVES), language=language) for row in rows]
    tagged = filing.tag_all(reports, workers)
    runs = [workers.submit(stories.run_order, seed, tagged) for seed in stories.ORDERS]
    found = [filing.labels(rows, run.result()) for run in runs]
    gold = {row["id"]: row["story"] for row in rows}
    ratios = [scores.bcubed(labels, gold) for labels in found]
    precision, recall = (scores.mean(getattr(one, side) for one in ratios) for side in ("precision", "recall"))
    sample = f"{len(rows)} articles in {len(found)} orders; precision {precision:.3f}, recall {recall:.3f}"
    value = scores.mean(one.f1 for one in ratios)
    yield Figure(f"stories_{language}_bcubed_f1", value, sample, filing.story_cases(rows, found[0]))
    shares = [_merged_share(labels, gold) for labels in found]
    yield Figure(f"stories_{language}_merged", scores.mean(shares), f"{len(set(gold.values()))} events")


def _merged_share(labels: Mapping[str, str], gold: Mapping[str, str]) -> float:
    """The share of events that are in one story with another one, by at least a quarter of both."""
    clusters: dict[str, set[str]] = defaultdict(set)
    for key, label in labels.items():
        clusters[label].add(gold[key])
    beside = {(one, other) for events in clusters.values() for one in events for other in events if one < other}
    merged = {event for pair in beside if scores.merged(labels, gold, *pair) for event in pair}
    return len(merged) / len(set(gold.values()))


# --- pairs --------------------------------------------------------------------------------------------------------


def _pairs(language: str, rows: Sequence[filing.Row], workers: Executor) -> Iterator[Figure]:
    judged = list(workers.map(run_pair, rows, chunksize=8))
    same = np.array([float(row["same"]) for row in rows])
    grams = gram_cosines([(_text(row["a"]), _text(row["b"])) for row in rows])
    sample = f"{int(same.sum())} pairs of one event, {int((1 - same).sum())} of two"
    value = auc(np.array([one.odds for one in judged], float), same)
    yield Figure(f"pairs_{language}_auc", value, f"{sample}; character 4-grams {auc(np.array(grams), same):.3f}")
    cases = [
        Case(f"pair {n}", float(one.together == row["same"]), f"- {_shown(row['a'])}\n- {_shown(row['b'])}")
        for n, (row, one) in enumerate(zip(rows, judged, strict=True))
    ]
    ratio = _ratio(same, [one.together for one in judged])
    best = max(_ratio(same, [one >= threshold for one in grams]).f1 for threshold in grams)
    sample = f"precision {ratio.precision:.3f}, recall {ratio.recall:.3f}; character 4-grams at their best {best:.3f}"
    yield Figure(f"pairs_{language}_f1", ratio.f1, sample, cases)


def run_pair(row: filing.Row) -> Judged:
    """One labelled pair, by the model and by filing."""
    one, other = (filing.run_tag(_article(row[side], side)) for side in "ab")
    recent = pairs.Recent.of([extract(one).compared])
    odds = int(pairs.log_odds(pairs.features(extract(other).compared, recent))[0])
    filed = filing.file_all([one, other])
    return Judged(odds, len({each.story for each in filed.values()}) == 1)


def _article(side: filing.Row, id_: str) -> CleanArticle:
    return replace(filing.article(id_, side["title"] or "", side["text"], stories.ARRIVES, None), language=side["lang"])


def _ratio(same: Floats, said: Sequence[bool]) -> scores.Ratio:
    wanted = {n for n, one in enumerate(same) if one}
    return scores.ratio(wanted, {n for n, one in enumerate(said) if one})


def _text(side: filing.Row) -> str:
    return f"{side['title'] or ''}\n{side['text']}"


def _shown(side: filing.Row) -> str:
    return filing.shown(side)


# --- the baseline -------------------------------------------------------------------------------------------------


def gram_cosines(texts: Sequence[tuple[str, str]]) -> list[float]:
    """The cosines of pairs of texts by TF-IDF of their character 4-grams."""
    counted = [(_grams(one), _grams(other)) for one, other in texts]
    documents = Counter(gram for pair in counted for text in pair for gram in text)
    return [
        _cosine(_weighed(one, documents, len(texts)), _weighed(other, documents, len(texts))) for one, other in counted
    ]


def _grams(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for word in re.findall(r"\w+", text.lower()):
        edged = f" {word} "
        found.update(edged[at : at + GRAM] for at in range(max(1, len(edged) - GRAM + 1)))
    return found


def _weighed(counts: Counter[str], documents: Counter[str], pairs_: int) -> Gram:
    return {
        gram: (1 + math.log(count)) * math.log((2 * pairs_ + 1) / documents[gram]) for gram, count in counts.items()
    }


def _cosine(one: Gram, other: Gram) -> float:
    below = math.sqrt(sum(x * x for x in one.values()) * sum(x * x for x in other.values()))
    return sum(weight * other.get(gram, 0.0) for gram, weight in one.items()) / below if below else 0.0
