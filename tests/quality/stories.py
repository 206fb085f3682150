"""Labelled reports and headlines in; how well they are filed into stories, and which alerts that makes, out.

Everything goes the pipeline's way: copy verdict, entities, filing. Labels are those at arrival: none is changed later.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from streams.cleaning.urls import registered_domain
from streams.copies import Copies
from streams.entities import tag
from streams.messages import (
    CleanArticle,
    CopyVerdict,
    Kind,
    Lane,
    Publisher,
    Relation,
    TaggedArticle,
    UniqueArticle,
    digest,
)
from streams.stories import Stories
from tests.quality import scores
from tests.quality.data import Data, spread
from tests.quality.figures import Case, Figure

ORDERS = (1, 2, 3, 4, 5)  # seeds
MOST_TOPICS = 40  # of two similar events each, from all over the set
MOST_HEADLINES = 3_000  # the first ones
WINDOW = timedelta(days=14)  # as long as stories take new articles unless set otherwise
ARRIVES = datetime(2026, 1, 1, tzinfo=UTC)  # undated reports arrive from here on, a second apart
SHOWN_LETTERS = 160

Row = dict[str, Any]


@dataclass(frozen=True)
class Filed:
    """The story of one article, and whether it was the first there of its publisher."""

    story: str
    new_publisher: bool


def figures(data: Data, workers: Executor) -> Iterator[Figure]:
    """The figures of each set that is there."""
    ecbplus = _topics(data.rows("stories", "ecbplus"))
    if ecbplus:
        yield from _ecbplus(ecbplus, workers)
    basil = sorted(data.rows("stories", "basil"), key=lambda row: (row["date"], digest(row["id"])))
    if basil:  # inside a day by digest: in the file the outlets of an event stand side by side
        found = file_all(_tagged([_report(row, _day(row)) for row in basil], workers))
        yield _bcubed("basil_bcubed_f1", basil, found, f"{len(basil)} articles in order of date")
    headlines = [{**row, "id": f"{n}"} for n, row in enumerate(data.rows("alerts", "uci")[:MOST_HEADLINES])]
    if headlines:
        yield from _uci(headlines, workers)


def _tagged(articles: Sequence[CleanArticle], workers: Executor) -> list[TaggedArticle]:
    return list(workers.map(run_tag, articles, chunksize=8))


def run_tag(article: CleanArticle) -> TaggedArticle:
    """One article with its entities; its copy verdict is made later, in order."""
    verdict = CopyVerdict(relation=Relation.ORIGINAL, group=article.id)
    return tag(UniqueArticle(article=article, copy=verdict, first_seen=article.fetched_at))


def file_all(articles: Sequence[TaggedArticle]) -> dict[str, Filed]:
    """File articles in order; where each went, by its id."""
    copies, stories = Copies(), Stories(window=WINDOW)
    found = {}
    for offset, each in enumerate(articles):
        unique = copies.judge(each.article, offset).unique
        if unique is None:
            continue
        tagged = replace(each, copy=unique.copy, first_seen=unique.first_seen)
        filed = stories.file(tagged, offset, each.article.fetched_at).filed
        if filed is not None:
            found[each.article.id] = Filed(filed.filing.story, filed.coverage.new_publisher)
    return found


# --- similar events, undated --------------------------------------------------------------------------------------


def _topics(rows: Sequence[Row]) -> list[Row]:
    """The rows of at most `MOST_TOPICS` topics."""
    topics: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        topics[topic(row["story"])].append(row)
    return [row for name in spread(sorted(topics), MOST_TOPICS) for row in topics[name]]


def topic(story: str) -> str:
    """The number that two similar events share."""
    number = re.match(r"\d+", story)
    return number.group() if number else story


def run_order(seed: int, articles: Sequence[TaggedArticle]) -> dict[str, Filed]:
    """File the articles in a random order, a second apart."""
    order = sorted(articles, key=lambda each: each.article.id)
    random.Random(seed).shuffle(order)
    timed = [(each, ARRIVES + timedelta(seconds=place)) for place, each in enumerate(order)]
    return file_all([replace(each, article=replace(each.article, fetched_at=at), first_seen=at) for each, at in timed])


def _ecbplus(rows: Sequence[Row], workers: Executor) -> Iterator[Figure]:
    tagged = _tagged([_report(row, ARRIVES) for row in rows], workers)
    runs = [workers.submit(run_order, seed, tagged) for seed in ORDERS]
    found = [_labels(rows, run.result()) for run in runs]
    gold = {row["id"]: row["story"] for row in rows}
    sample = f"{len(rows)} articles in {len(ORDERS)} orders"
    value = scores.mean(scores.bcubed(labels, gold).f1 for labels in found)
    yield Figure("ecbplus_bcubed_f1", value, sample, _story_cases(rows, found[0]))
    events: dict[str, set[str]] = defaultdict(set)
    for story in gold.values():
        events[topic(story)].add(story)
    pairs = {name: sorted(stories) for name, stories in events.items() if len(stories) == 2}
    cases = []
    for name, (first, second) in sorted(pairs.items()):
        share = scores.mean(float(scores.merged(labels, gold, first, second)) for labels in found)
        cases.append(Case(f"topic {name}", 1 - share, f"- {first} and {second}: merged in {share:.0%} of the orders"))
    if cases:
        value = scores.mean(1 - case.score for case in cases)
        yield Figure("ecbplus_merged", value, f"{len(pairs)} pairs of events in {len(ORDERS)} orders", cases)


# --- headlines and alerts -----------------------------------------------------------------------------------------


def _uci(rows: Sequence[Row], workers: Executor) -> Iterator[Figure]:
    filed = file_all(_tagged([_headline(row) for row in rows], workers))
    yield _bcubed("uci_bcubed_f1", rows, filed, f"{len(rows)} headlines in order")
    told = [
        scores.Headline(row["story"], label, _source(row), row["id"] in filed and filed[row["id"]].new_publisher)
        for row, label in zip(rows, _labels(rows, filed).values(), strict=True)
    ]
    ratio = scores.alerts(told)
    facts, false_alarms = scores.fired_alerts(told)
    wanted = scores.wanted_alerts(told)
    undue = [Case(f"{s} {source}", 0.0, "- was not due") for s, source in sorted(facts - wanted)]
    undue += [Case(rows[n]["id"], 0.0, f"- of another story: {rows[n]['title']}") for n in sorted(false_alarms)]
    missing = [Case(f"{s} {source}", 0.0, "- did not come") for s, source in sorted(wanted - facts)]
    yield Figure("alert_precision", ratio.precision, f"{len(facts) + len(false_alarms)} alerts", undue)
    yield Figure("alert_recall", ratio.recall, f"{len(wanted)} alerts due", missing)


def _headline(row: Row) -> CleanArticle:
    domain = _source(row)
    at = datetime.fromtimestamp(row["ts_ms"] / 1000, UTC)
    publisher = Publisher(id=domain, name=row["publisher"] or domain, domain=domain)
    return _article(row["id"], row["title"], "", at, publisher)


def _source(row: Row) -> str:
    return registered_domain(row["url"]) or registered_domain(f"https://{row['host']}/") or str(row["host"])


# --- what the sets share ------------------------------------------------------------------------------------------


def _report(row: Row, at: datetime) -> CleanArticle:
    """An article of a labelled row. Its address is not passed on: addresses show dates that were moved."""
    domain = (registered_domain(row["url"]) if row["url"] else None) or row["source"]
    publisher = Publisher(id=domain, name=domain, domain=domain) if domain else None
    return _article(row["id"], row.get("title") or "", row["text"], at, publisher)


def _article(key: str, title: str, body: str, at: datetime, publisher: Publisher | None) -> CleanArticle:
    return CleanArticle(
        id=key,
        revision=digest(title, body),
        arrival=key,
        origin="quality",
        lane=Lane.LIVE,
        fetched_at=at,
        kind=Kind.ARTICLE if body else Kind.HEADLINE,
        title=title,
        body=body,
        language="en",
        publisher=publisher,
    )


def _day(row: Row) -> datetime:
    return datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)


def _labels(rows: Sequence[Row], filed: Mapping[str, Filed]) -> dict[str, str]:
    """The story of each row; one that was not filed stands alone."""
    return {row["id"]: filed[row["id"]].story if row["id"] in filed else f"none {row['id']}" for row in rows}


def _bcubed(name: str, rows: Sequence[Row], filed: Mapping[str, Filed], sample: str) -> Figure:
    labels = _labels(rows, filed)
    ratio = scores.bcubed(labels, {row["id"]: row["story"] for row in rows})
    stated = f"{sample}; precision {ratio.precision:.3f}, recall {ratio.recall:.3f}"
    return Figure(name, ratio.f1, stated, _story_cases(rows, labels))


def _story_cases(rows: Sequence[Row], labels: Mapping[str, str]) -> list[Case]:
    """Each gold story with the clusters that it fell into and what else these hold."""
    items = scores.item_bcubed(labels, {row["id"]: row["story"] for row in rows})
    by_story, by_cluster = defaultdict(list), defaultdict(list)
    for row in rows:
        by_story[row["story"]].append(row)
        by_cluster[labels[row["id"]]].append(row)
    cases = []
    for story, members in sorted(by_story.items()):
        score = scores.mean(items[row["id"]].f1 for row in members)
        lines = []
        for cluster in dict.fromkeys(labels[row["id"]] for row in members):
            own = [row for row in by_cluster[cluster] if row["story"] == story]
            others = [row for row in by_cluster[cluster] if row["story"] != story]
            lines.append(f"- {len(own)} of it with {len(others)} of others: {_shown(own[0])}")
            lines += [f"  - of {row['story']}: {_shown(row)}" for row in others[:2]]
        cases.append(Case(story, score, "\n".join(lines)))
    return cases


def _shown(row: Row) -> str:
    return " ".join((row.get("title") or row["text"]).split())[:SHOWN_LETTERS]
