"""Files labelled rows with the product, and makes the cases of a report.

Everything goes the pipeline's way: copy verdict, entities, filing, second thoughts.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from streams.contract.messages import (
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
from streams.contract.urls import registered_domain
from streams.copies import Copies
from streams.entities import tag
from streams.stories.state import Stories
from tests.quality import scores
from tests.quality.figures import Case, Figure

SECOND_THOUGHTS = "eager"  # as set unless it is set otherwise
WINDOW = timedelta(days=14)  # as long as stories take new articles unless set otherwise
SHOWN_LETTERS = 160

Row = dict[str, Any]


@dataclass(frozen=True)
class Filed:
    """The stories of one article, at its arrival and at the end; whether it was the first there of its publisher."""

    story: str
    arrived: str
    new_publisher: bool


@dataclass(frozen=True)
class Followed:
    """What became of one arrival: its copy verdict and its story; None of each where nothing was told."""

    verdict: CopyVerdict | None = None
    filed: Filed | None = None


def tag_all(articles: Sequence[CleanArticle], workers: Executor) -> list[TaggedArticle]:
    return list(workers.map(run_tag, articles, chunksize=8))


def run_tag(article: CleanArticle) -> TaggedArticle:
    """One article with its entities; its copy verdict is made later, in order."""
    verdict = CopyVerdict(relation=Relation.ORIGINAL, group=article.id)
    return tag(UniqueArticle(article=article, copy=verdict, first_seen=article.fetched_at))


def file_all(articles: Sequence[TaggedArticle]) -> dict[str, Filed]:
    """File articles in order; where each went, by its id."""
    followed = zip(articles, follow(articles), strict=True)
    return {each.article.id: one.filed for each, one in followed if one.filed is not None}


def follow(articles: Sequence[TaggedArticle]) -> list[Followed]:
    """Judge and file articles in order, one result for each."""
    copies, stories = Copies(), Stories(window=WINDOW, second_thoughts=SECOND_THOUGHTS)
    found = []
    moved: dict[str, str] = {}
    for offset, each in enumerate(articles):
        unique = copies.judge(each.article, offset).unique
        if unique is None:
            found.append(Followed())
            continue
        tagged = replace(each, copy=unique.copy, first_seen=unique.first_seen, edit=unique.edit)
        result = stories.file(tagged, offset, each.article.fetched_at)
        moved |= {one.article.id: one.filing.story for one in result.refiled}
        told, filed = result.filed, None
        if told is not None:
            filed = Filed(told.filing.story, told.filing.story, told.coverage.new_publisher)
        found.append(Followed(unique.copy, filed))
    return [
        _moved(one, moved[each.article.id]) if one.filed and each.article.id in moved else one
        for each, one in zip(articles, found, strict=True)
    ]


def _moved(one: Followed, story: str) -> Followed:
    """The arrival with the story that it is in at the end."""
    return dataclasses.replace(one, filed=one.filed and dataclasses.replace(one.filed, story=story))


def report(row: Row, at: datetime) -> CleanArticle:
    """An article of a labelled row. Its address is not passed on: addresses show dates that were moved."""
    domain = (registered_domain(row["url"]) if row["url"] else None) or row["source"]
    publisher = Publisher(id=domain, name=domain, domain=domain) if domain else None
    return article(row["id"], row.get("title") or "", row["text"], at, publisher)


def article(key: str, title: str, body: str, at: datetime, publisher: Publisher | None) -> CleanArticle:
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


def day(row: Row) -> datetime:
    return datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)


def labels(rows: Sequence[Row], filed: Mapping[str, Filed], *, at_arrival: bool = False) -> dict[str, str]:
    """The story of each row, at the end or at its arrival; one that was not filed stands alone."""
    stories = {key: one.arrived if at_arrival else one.story for key, one in filed.items()}
    return {row["id"]: stories.get(row["id"], f"none {row['id']}") for row in rows}


def bcubed_figure(name: str, rows: Sequence[Row], filed: Mapping[str, Filed], sample: str) -> Figure:
    found = labels(rows, filed)
    ratio = scores.bcubed(found, {row["id"]: row["story"] for row in rows})
    stated = f"{sample}; precision {ratio.precision:.3f}, recall {ratio.recall:.3f}"
    return Figure(name, ratio.f1, stated, story_cases(rows, found))


def story_cases(rows: Sequence[Row], labels: Mapping[str, str]) -> list[Case]:
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
            lines.append(f"- {len(own)} of it with {len(others)} of others: {shown(own[0])}")
            lines += [f"  - of {row['story']}: {shown(row)}" for row in others[:2]]
        cases.append(Case(story, score, "\n".join(lines)))
    return cases


def shown(row: Row) -> str:
    return " ".join((row.get("title") or row["text"]).split())[:SHOWN_LETTERS]
