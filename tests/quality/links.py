"""How well stories of different languages are linked: invented events, and labelled pairs of real reports."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from streams.contract.messages import CleanArticle, LinkRequest, StorySketch
from streams.stories.links import Links, sketch
from tests.quality import filing
from tests.quality.data import Data
from tests.quality.figures import Case, Figure

EVENTS = Path(__file__).with_name("link_events.txt")
BEGINS = datetime(2031, 5, 14, 6, 0, tzinfo=UTC)
_LINE = re.compile(r"(no )?([a-z]{2}): (.{1,500}?) \| (.{1,2000})")


@dataclass(frozen=True)
class Report:
    """One report of an event. ``event``: its number; of a report of another event that looks alike None."""

    id: str
    event: int | None
    article: CleanArticle


def events() -> list[Report]:
    """The invented reports. Those of one language come together: the links are decided when the others arrive."""
    found: list[Report] = []
    event = 0
    for line in EVENTS.read_text(encoding="utf-8").splitlines():
        if line == "# event":
            event += 1
        elif (match := _LINE.fullmatch(line)) is not None:
            other, language, title, text = match.groups()
            id_ = f"{event:02}-{'no-' if other else ''}{language}"
            found.append(Report(id_, None if other else event, _article(id_, title, text, language)))
    return found


def figures(data: Data, workers: Executor) -> Iterator[Figure]:
    """The figures of each set that is there."""
    yield _invented(workers)
    rows = [row for row in data.rows("languages", "semeval22t8") if row["a"]["lang"] != row["b"]["lang"]]
    if rows:
        yield from _cross(rows, workers)


def _invented(workers: Executor) -> Figure:
    reports = events()
    linked = _linked(dict(_sketches([one.article for one in reports], workers)))
    of = {one.id: one for one in reports}
    pairs = {
        (one.id, other.id)
        for one in reports
        for other in reports
        if one.event is not None and one.event == other.event and one.id < other.id
    }
    wrong = sorted(linked - pairs)
    cases = [Case(f"{a} {b}", float((a, b) in linked), _shown(of[a].article, of[b].article)) for a, b in sorted(pairs)]
    cases += [Case(f"wrong {a} {b}", 0.0, _shown(of[a].article, of[b].article)) for a, b in wrong]
    # no recall counts where a link is wrong
    value = 0.0 if wrong else len(linked & pairs) / len(pairs)
    negatives = sum(one.event is None for one in reports)
    sample = f"{len(pairs)} events told twice, {negatives} similar events; {len(wrong)} wrong links"
    return Figure("links_recall", value, sample, cases)


def _cross(rows: Sequence[filing.Row], workers: Executor) -> Iterator[Figure]:
    articles = {
        side["id"]: _article(side["id"], side["title"] or "", side["text"], side["lang"])
        for row in rows
        for side in (row["a"], row["b"])
    }
    linked = _linked(dict(_sketches(list(articles.values()), workers)))
    labelled = {_pair(row["a"]["id"], row["b"]["id"]): row["same"] for row in rows if row["same"] is not None}
    right = {pair for pair, same in labelled.items() if same}
    found = linked & labelled.keys()
    cases = [Case(" ".join(pair), float(pair in found), _shown(*map(articles.get, pair))) for pair in sorted(right)]
    undue = [Case(" ".join(pair), 0.0, _shown(*map(articles.get, pair))) for pair in sorted(found - right)]
    sample = f"{len(right)} pairs of one event, {len(labelled) - len(right)} of two; {len(found)} linked"
    yield Figure("links_cross_precision", len(found & right) / len(found) if found else 0.0, sample, undue)
    yield Figure("links_cross_recall", len(found & right) / len(right), sample, cases)


def _sketches(articles: Sequence[CleanArticle], workers: Executor) -> Iterator[tuple[str, StorySketch]]:
    for article, found in zip(articles, workers.map(run_sketch, articles, chunksize=8), strict=True):
        if found is not None:
            yield article.id, found


def run_sketch(article: CleanArticle) -> StorySketch | None:
    tagged = filing.run_tag(article)
    return sketch(article, tagged.entities, tagged.numbers)


def _linked(sketches: dict[str, StorySketch]) -> set[tuple[str, str]]:
    """The pairs that are linked when the stories arrive in order, a second apart."""
    links = Links(window=filing.WINDOW)
    found = set()
    for offset, (story, its) in enumerate(sketches.items()):
        at = BEGINS + timedelta(seconds=offset)
        result = links.take(LinkRequest(story=story, at=at, sketch=its), offset, at)
        found |= {_pair(*link.stories) for link in result.links}
    return found


def _pair(one: str, other: str) -> tuple[str, str]:
    first, second = sorted((one, other))
    return first, second


def _article(id_: str, title: str, text: str, language: str) -> CleanArticle:
    return replace(filing.article(id_, title, text, BEGINS, None), language=language)


def _shown(one: CleanArticle | None, other: CleanArticle | None) -> str:
    return "\n".join(f"- {each.language}: {each.title or each.body[:160]}" for each in (one, other) if each)
