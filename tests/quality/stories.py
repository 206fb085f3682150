"""How well labelled reports and headlines are filed into stories, and which alerts follow."""

import hashlib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from streams.contract.messages import CleanArticle, Publisher, TaggedArticle, digest
from streams.contract.urls import registered_domain
from streams.stories.similarity.pairs import weights
from tests.quality import filing, scores, unrelated
from tests.quality.data import Data, spread
from tests.quality.figures import Case, Figure

ORDERS = (1, 2, 3, 4, 5)  # seeds
MOST_TOPICS = 40  # of two similar events each, from all over the set
MOST_HEADLINES = 3_000  # the first ones
ARRIVES = datetime(2026, 1, 1, tzinfo=UTC)  # undated reports arrive from here on, a second apart


def figures(data: Data, workers: Executor) -> Iterator[Figure]:
    """The figures of each set that is there."""
    ecbplus = _topics(data.rows("stories", "ecbplus"))
    if ecbplus:
        yield from _ecbplus(ecbplus, workers)
    yield from _calibration(data)
    basil = sorted(data.rows("stories", "basil"), key=lambda row: (row["date"], digest(row["id"])))
    if basil:  # inside a day by digest: in the file the outlets of an event stand side by side
        found = filing.file_all(filing.tag_all([filing.report(row, filing.day(row)) for row in basil], workers))
        yield filing.bcubed_figure("basil_bcubed_f1", basil, found, f"{len(basil)} articles in order of date")
    headlines = [{**row, "id": f"{n}"} for n, row in enumerate(data.rows("alerts", "uci")[:MOST_HEADLINES])]
    if headlines:
        yield from _uci(headlines, workers)
    yield from unrelated.figures(data, workers)


def _calibration(data: Data) -> Iterator[Figure]:
    """Cross-fitted, as the file of weights states it, where the data are those that these were learnt from."""
    known = weights()
    if any(hashlib.sha256(path.read_bytes()).hexdigest() == known.data for path in data.files("stories", "ecbplus")):
        sample = f"{known.figures['pairs']:.0f} pairs, of which those of whole reports of a topic count"
        yield Figure("pair_calibration", known.figures["calibration"], sample)


# --- similar events, undated --------------------------------------------------------------------------------------


def _topics(rows: Sequence[filing.Row]) -> list[filing.Row]:
    """The rows of at most `MOST_TOPICS` topics."""
    topics: dict[str, list[filing.Row]] = defaultdict(list)
    for row in rows:
        topics[topic(row["story"])].append(row)
    return [row for name in spread(sorted(topics), MOST_TOPICS) for row in topics[name]]


def topic(story: str) -> str:
    """The number that two similar events share."""
    number = re.match(r"\d+", story)
    return number.group() if number else story


def run_order(seed: int, articles: Sequence[TaggedArticle]) -> dict[str, filing.Filed]:
    """File the articles in a random order, a second apart."""
    order = sorted(articles, key=lambda each: each.article.id)
    random.Random(seed).shuffle(order)
    timed = [(each, ARRIVES + timedelta(seconds=place)) for place, each in enumerate(order)]
    return filing.file_all(
        [replace(each, article=replace(each.article, fetched_at=at), first_seen=at) for each, at in timed]
    )


def _ecbplus(rows: Sequence[filing.Row], workers: Executor) -> Iterator[Figure]:
    tagged = filing.tag_all([filing.report(row, ARRIVES) for row in rows], workers)
    runs = [run.result() for run in [workers.submit(run_order, seed, tagged) for seed in ORDERS]]
    found = [filing.labels(rows, run) for run in runs]
    gold = {row["id"]: row["story"] for row in rows}
    sample = f"{len(rows)} articles in {len(ORDERS)} orders"
    f1s = [scores.bcubed(labels, gold).f1 for labels in found]
    spread_of = f"; spread {max(f1s) - min(f1s):.3f}"
    yield Figure("ecbplus_bcubed_f1", scores.mean(f1s), sample + spread_of, filing.story_cases(rows, found[0]))
    arrived = [filing.labels(rows, run, at_arrival=True) for run in runs]
    value = scores.mean(scores.bcubed(labels, gold).f1 for labels in arrived)
    yield Figure("ecbplus_arrival_bcubed_f1", value, sample)
    changed = [one.story != one.arrived for run in runs for one in run.values()]
    yield Figure("stories_relabelled", scores.mean(map(float, changed)), sample)
    yield Figure(
        "stories_largest", float(max(Counter(labels.values()).most_common(1)[0][1] for labels in found)), sample
    )
    # the rules were tuned on the topics of even place, with all of them in the stream
    held = {name for place, name in enumerate(sorted({topic(story) for story in gold.values()}, key=int)) if place % 2}
    halves = {key: story for key, story in gold.items() if topic(story) in held}
    if halves:
        value = scores.mean(scores.bcubed(labels, halves).f1 for labels in found)
        yield Figure("ecbplus_bcubed_f1_cv", value, f"{len(halves)} articles of the other half of the topics")
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
        others = [1 - case.score for case in cases if case.name.removeprefix("topic ") in held]
        if others:
            yield Figure("ecbplus_merged_cv", scores.mean(others), f"{len(others)} pairs of the other half")


# --- headlines and alerts -----------------------------------------------------------------------------------------


def _uci(rows: Sequence[filing.Row], workers: Executor) -> Iterator[Figure]:
    filed = _filed(rows, workers)
    yield filing.bcubed_figure("uci_bcubed_f1", rows, filed, f"{len(rows)} headlines in order")
    told = _told(rows, filed)
    ratio = scores.alerts(told)
    fired, wanted = scores.fired_alerts(told), scores.wanted_alerts(told)
    undue = [alert_case(rows[place], "was not due") for place in sorted(fired - wanted)]
    missing = [alert_case(rows[place], "did not come") for place in sorted(wanted - fired)]
    yield Figure("alert_precision", ratio.precision, f"{len(fired)} alerts", undue)
    yield Figure("alert_recall", ratio.recall, f"{len(wanted)} alerts due", missing)


def followed(rows: Sequence[filing.Row], workers: Executor) -> list[scores.Headline]:
    """The headlines with the stories that the functions alone make of them."""
    return _told(rows, _filed(rows, workers))


def _filed(rows: Sequence[filing.Row], workers: Executor) -> dict[str, filing.Filed]:
    return filing.file_all(filing.tag_all([headline(row) for row in rows], workers))


def _told(rows: Sequence[filing.Row], filed: Mapping[str, filing.Filed]) -> list[scores.Headline]:
    return [
        scores.Headline(row["story"], label, source_of(row), row["id"] in filed and filed[row["id"]].new_publisher)
        for row, label in zip(rows, filing.labels(rows, filed).values(), strict=True)
    ]


def alert_case(row: filing.Row, fault: str) -> Case:
    return Case(
        f"headline {row['id']}", 0.0, f"- {fault}: {source_of(row)}, {filing.shown(row)} (story {row['story']})"
    )


def headline(row: filing.Row) -> CleanArticle:
    domain = source_of(row)
    at = datetime.fromtimestamp(row["ts_ms"] / 1000, UTC)
    publisher = Publisher(id=domain, name=row["publisher"] or domain, domain=domain)
    return filing.article(row["id"], row["title"], "", at, publisher)


def source_of(row: filing.Row) -> str:
    return registered_domain(row["url"] or "") or registered_domain(f"https://{row['host']}/") or str(row["host"])
