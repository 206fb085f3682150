"""Fits the weights of `streams.stories.similarity.pairs`: ``python -m streams.stories.similarity.train``.

Labelled reports -> all pairs of them that share words -> a logistic regression -> `weights/articles.json`. Pairs of two
topics weigh a fifth, since most of them are easy. The regression is solved by Newton's method, and its result is
rounded to integers, so the same data always give the same file. Figures are cross-fitted: no pair is judged by weights
that have seen its topic.
"""

import argparse
import gzip
import hashlib
import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from streams.contract.errors import UsageError
from streams.contract.messages import CleanArticle, CopyVerdict, Kind, Lane, Relation, UniqueArticle, digest
from streams.entities import tag
from streams.stories.similarity import pairs
from streams.stories.similarity.features import Compared, extract

Floats = npt.NDArray[np.float64]

SET = "stories/ecbplus-topics-1-35.jsonl.gz"
OUT = Path(__file__).parent / "weights" / "articles.json"
LEAST_COSINE = 0.03  # of two texts; fewer shared words never make one event
ACROSS = 0.2  # weight of a pair from two topics
PENALTY = 1 / 0.3  # of squared weights, of features scaled to deviation 1
FOLDS = 5
BINS = 5
STEPS = 50
DONE = 1e-9
ARRIVED = datetime(2026, 1, 1, tzinfo=UTC)


class Pairs(NamedTuple):
    """``same``: 1 for two reports of one event. ``weight``: 1 within a topic. ``topic``: of the first report."""

    values: Floats
    same: Floats
    weight: Floats
    topic: list[str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the weights and print the figures. Returns 2 where there are no data."""
    parser = argparse.ArgumentParser(prog="python -m streams.stories.similarity.train", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/eval"), help="folder of the labelled sets")
    parser.add_argument("--out", type=Path, default=OUT, help="file of weights")
    given = parser.parse_args(arguments)
    try:
        found = train(given.data / SET)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    given.out.write_bytes(written(found))
    print(*(f"{name} {value}" for name, value in found.figures.items()), sep="\n")  # noqa: T201
    return 0


def written(weights: pairs.Weights) -> bytes:
    """Return a file of weights."""
    return msgspec.json.format(msgspec.json.encode(weights), indent=2) + b"\n"


def train(path: Path) -> pairs.Weights:
    """Fit the weights to the reports of a file. Raises `UsageError` if there is none."""
    if not path.is_file():
        raise UsageError(f"no file {path}: --data, or EVAL of make train, is the folder that has stories/")
    data = path.read_bytes()
    known = labelled([json.loads(line) for line in gzip.decompress(data).decode().splitlines()])
    weights, bias = fit(known)
    odds = cross_fitted(known)
    hard = known.weight == 1
    said = 1 / (1 + np.exp(-odds[hard]))
    return pairs.Weights(
        features=dict(zip(pairs.FEATURES, weights, strict=True)),
        bias=bias,
        data=hashlib.sha256(data).hexdigest(),
        figures={
            "pairs": float(len(known.same)),
            "same": float(known.same.sum()),
            "auc_within_topics": round(auc(odds[hard], known.same[hard]), 4),
            "calibration": round(calibration(said, known.same[hard]), 4),
        },
    )


def labelled(rows: Sequence[dict[str, str]]) -> Pairs:
    """Return all pairs of the labelled rows (``id``, ``story``, ``text``) that share words.

    Two similar events have one topic: the number with which the name of their stories begins.
    """
    topics = [re.sub(r"\D.*", "", row["story"]) for row in rows]
    compared = [_compared(row) for row in rows]
    values: list[pairs.Integers] = []
    same: list[float] = []
    weight: list[float] = []
    topic: list[str] = []
    for first, one in enumerate(compared):
        later = pairs.Recent.of(compared[first + 1 :])
        if not later.members:
            continue
        cosines = later.bodies.cosines(one.body).tolist()
        near = [first + 1 + n for n, cosine in enumerate(cosines) if cosine > LEAST_COSINE]
        if not near:
            continue
        values.append(pairs.features(one, pairs.Recent.of([compared[n] for n in near])))
        same += [float(rows[first]["story"] == rows[n]["story"]) for n in near]
        weight += [1.0 if topics[first] == topics[n] else ACROSS for n in near]
        topic += [topics[first]] * len(near)
    return Pairs(np.concatenate(values) / pairs.UNIT, np.array(same), np.array(weight), topic)


def _compared(row: dict[str, str]) -> Compared:
    body = row["text"]
    article = CleanArticle(
        id=row["id"],
        revision=digest("", body),
        arrival=row["id"],
        origin="train",
        lane=Lane.LIVE,
        fetched_at=ARRIVED,
        kind=Kind.ARTICLE,
        title=row.get("title") or "",
        body=body,
        language="en",
    )
    copy = CopyVerdict(relation=Relation.ORIGINAL, group=article.id)
    return extract(tag(UniqueArticle(article=article, copy=copy, first_seen=ARRIVED))).compared


def fit(known: Pairs) -> tuple[list[int], int]:
    """Return the weight of each feature and the bias, in units of 1 / `pairs.UNIT`."""
    mean, deviation = known.values.mean(0), known.values.std(0) + DONE
    scaled = np.column_stack([(known.values - mean) / deviation, np.ones(len(known.values))])
    penalty = np.diag([PENALTY] * known.values.shape[1] + [0.0])
    solution = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        said = 1 / (1 + np.exp(-scaled @ solution))
        slope = scaled.T @ (known.weight * (said - known.same)) + penalty @ solution
        curve = (scaled * (known.weight * said * (1 - said))[:, None]).T @ scaled + penalty
        step = np.linalg.solve(curve, slope)
        solution -= step
        if np.abs(step).max() < DONE:
            break
    weights = solution[:-1] / deviation
    bias = solution[-1] - float(weights @ mean)
    return [round(float(weight) * pairs.UNIT) for weight in weights], round(float(bias) * pairs.UNIT)


def cross_fitted(known: Pairs) -> Floats:
    """Return the log odds of each pair by weights that were fitted to the other topics."""
    fold = {topic: place % FOLDS for place, topic in enumerate(sorted(set(known.topic)))}
    folds = np.array([fold[topic] for topic in known.topic])
    odds = np.zeros(len(folds))
    for held in range(FOLDS):
        rest = folds != held
        part = Pairs(known.values[rest], known.same[rest], known.weight[rest], [])
        weights, bias = fit(part)
        odds[~rest] = (known.values[~rest] @ weights + bias) / pairs.UNIT
    return odds


def auc(scores: Floats, same: Floats) -> float:
    """Return the share of (same, different) pairs that the scores order rightly; ties count half."""
    different = np.sort(scores[same == 0])
    of_same = scores[same == 1]
    below = np.searchsorted(different, of_same, "left") + np.searchsorted(different, of_same, "right")
    return float(below.sum() / 2 / len(of_same) / len(different))


def calibration(said: Floats, same: Floats) -> float:
    """Return the largest gap between the mean probability and the share of same pairs, in bins of equal width."""
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    return max(abs(float(said[bins == n].mean() - same[bins == n].mean())) for n in range(BINS) if (bins == n).any())


if __name__ == "__main__":
    raise SystemExit(main())
