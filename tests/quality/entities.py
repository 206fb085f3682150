"""How many names of labelled articles are found with their type, as spans and as distinct names."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

from streams.contract.messages import EntityType
from streams.entities import tag
from tests.entities import scoring
from tests.entities.conftest import unique
from tests.quality import scores
from tests.quality.data import Data, spread
from tests.quality.figures import Case, Figure

MOST = 400  # articles, from all over the set: some 15 s of two processes
BEFORE_BODY = 2  # letters: mentions count from the title on, which these articles have not, and its empty line
SHOWN = 30  # names of a difference

Labelled = list[list[tuple[str, str]]]
Name = tuple[str, EntityType]


@dataclass(frozen=True)
class Tagged:
    """Spans of one article, and its different names by their folded letters."""

    text: str
    gold: list[scoring.Labelled]
    found: list[scoring.Labelled]

    def names(self, spans: list[scoring.Labelled]) -> set[Name]:
        return scoring.distinct(self.text, spans)


def figures(data: Data, workers: Executor) -> Iterator[Figure]:
    """Both figures, or none where the data are absent."""
    rows = spread(data.rows("entities", "worldwide"), MOST)
    if not rows:
        return
    articles: list[Labelled] = [[[(w, t) for w, t in sentence] for sentence in row["sentences"]] for row in rows]
    results = list(workers.map(run, articles, chunksize=4))
    strict, distinct = scoring.Score(), scoring.Score()
    cases = []
    for number, (row, one) in enumerate(zip(rows, results, strict=True)):
        strict.add([(number, *span) for span in one.gold], [(number, *span) for span in one.found])
        gold, found = one.names(one.gold), one.names(one.found)
        distinct.add([(number, *name) for name in gold], [(number, *name) for name in found])
        cases.append(Case(str(row["id"]), scores.set_f1(found, gold), _difference(found, gold)))
    sample = f"{len(rows)} articles"
    yield Figure("entities_strict_f1", strict.f1, sample)
    yield Figure("entities_distinct_f1", distinct.f1, sample, cases)


def run(article: Labelled) -> Tagged:
    """Tag one labelled article."""
    text, gold = scoring.written(article)
    entities = tag(unique("", text)).entities
    return Tagged(
        text, gold, [(a - BEFORE_BODY, b - BEFORE_BODY, each.type) for each in entities for a, b in each.mentions]
    )


def _difference(found: set[Name], gold: set[Name]) -> str:
    too_much = sorted(f"{name} ({kind})" for name, kind in found - gold)[:SHOWN]
    missing = sorted(f"{name} ({kind})" for name, kind in gold - found)[:SHOWN]
    return f"- too much: {', '.join(too_much)}\n- missing: {', '.join(missing)}"
