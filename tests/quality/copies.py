"""Recall and precision of copy verdicts on agency reports with real re-sends, against exhaustive comparison."""

import html
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from streams.contract.messages import CleanArticle, CopyVerdict, Relation, digest
from streams.copies import Copies
from tests.copies.fiction import article
from tests.quality import scores
from tests.quality.data import Data
from tests.quality.figures import Case, Figure

MOST = 5_000  # reports, the first ones: half a minute
SHINGLE = 5  # words
LEVELS = (0.5, 0.7, 0.9)
WORDING = frozenset({Relation.EXACT, Relation.NEAR})  # verdicts that claim likeness of the whole text
SHOWN_LETTERS = 600


@dataclass(frozen=True)
class Judged:
    """One report in order of arrival. ``nearest`` is the earlier one most like it by Jaccard, and how like."""

    article: CleanArticle
    verdict: CopyVerdict
    nearest: int | None
    likeness: float


def figures(data: Data, _workers: Executor) -> Iterator[Figure]:
    """All figures, or none where the data are absent. Reports of fewer than five words are left out."""
    reports = [_report(row) for row in data.rows("neardup", "reuters")[:MOST]]
    bodies = [each for each in reports if len(scores.tokens(each.body)) >= SHINGLE]
    if not bodies:
        return
    judged = judge(bodies)
    sample = f"{len(bodies)} reports"
    for level in LEVELS:
        wanted = [one for one in judged if one.likeness >= level]
        cases = [_case(judged, one, one.verdict.relation is not Relation.ORIGINAL) for one in wanted]
        yield _share(f"copies_recall_{level * 100:.0f}", cases, f"{sample}, {len(wanted)} wanted")
    for level in LEVELS:
        claimed = [one for one in judged if one.verdict.relation in WORDING and one.verdict.similarity >= level]
        cases = [_case(judged, one, one.likeness >= level) for one in claimed]
        yield _share(f"copies_precision_{level * 100:.0f}", cases, f"{sample}, {len(claimed)} claimed")


def judge(reports: Sequence[CleanArticle]) -> list[Judged]:
    """The verdicts on reports in order, each beside the truth."""
    copies = Copies()
    truth = nearest_earlier([report.body for report in reports])
    found = []
    for place, (report, (nearest, likeness)) in enumerate(zip(reports, truth, strict=True)):
        unique = copies.judge(report, place).unique
        verdict = unique.copy if unique else CopyVerdict(relation=Relation.ORIGINAL, group=report.id)
        found.append(Judged(report, verdict, nearest, likeness))
    return found


def nearest_earlier(texts: Sequence[str]) -> list[tuple[int | None, float]]:
    """For each text the earlier one with the highest Jaccard of word shingles, by comparing all that share any."""
    numbers: dict[tuple[str, ...], int] = {}
    index: dict[int, list[int]] = defaultdict(list)
    sizes: list[int] = []
    found: list[tuple[int | None, float]] = []
    for place, text in enumerate(texts):
        own = {numbers.setdefault(run, len(numbers)) for run in scores.shingles(text.casefold(), SHINGLE)}
        shared = Counter(other for number in own for other in index[number])
        likeness = {other: count / (len(own) + sizes[other] - count) for other, count in shared.items()}
        best = max(likeness, key=lambda other: (likeness[other], -other), default=None)
        found.append((best, likeness[best] if best is not None else 0.0))
        sizes.append(len(own))
        for number in own:
            index[number].append(place)
    return found


def _report(row: dict[str, Any]) -> CleanArticle:
    body = "\n\n".join(part.strip() for part in html.unescape(row["text"]).split("\n") if part.strip())
    title = html.unescape(row["title"] or "")
    made = article(str(row["id"]), body, title=title)
    return msgspec.structs.replace(made, revision=digest(title, body), fetched_at=_time(row["date"]))


def _time(written: str) -> datetime:
    return datetime.strptime(written.strip().split(".")[0], "%d-%b-%Y %H:%M:%S").replace(tzinfo=UTC)


def _share(name: str, cases: Sequence[Case], sample: str) -> Figure:
    return Figure(name, scores.mean(case.score for case in cases) if cases else 1.0, sample, cases)


def _case(judged: Sequence[Judged], one: Judged, right: bool) -> Case:
    verdict = one.verdict
    lines = [f"- found: {verdict.relation} {verdict.similarity:.2f}; truth: Jaccard {one.likeness:.2f}", _shown(one)]
    if one.nearest is not None:
        lines.append(_shown(judged[one.nearest]))
    return Case(one.article.id, float(right), "\n".join(lines))


def _shown(one: Judged) -> str:
    text = " ".join(one.article.body.split())
    return f"- {one.article.fetched_at:%d %b %H:%M} **{one.article.title}** {text[:SHOWN_LETTERS]}"
