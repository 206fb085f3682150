"""Corrections by people -> labelled pairs of articles, as lines for training."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import Any

from connectors.elastic import records as r
from streams.contract.messages import StoryCorrection

MOST_PAIRS = 50  # of one correction
SAME = {"merge": True, "pin": True, "split": False, "move": False}  # whether both sides tell the same event


def pairs(corrections: Iterable[StoryCorrection]) -> Iterator[tuple[StoryCorrection, str, str, bool]]:
    """Pairs of ids of articles that a person said to be reports of the same event, or of two.

    Of corrections that were applied and not taken back. ``others`` are the articles of the other side.
    """
    for one in corrections:
        if one.state == "applied" and not one.undone and one.action in SAME:
            both = product(one.articles, one.others)
            yield from ((one, a, b, SAME[one.action]) for a, b in islice(both, MOST_PAIRS))


def line(correction: StoryCorrection, same: bool, a: r.ArticleRecord, b: r.ArticleRecord) -> dict[str, Any]:
    return {"same": same, "correction": correction.id, "by": correction.by, "a": _article(a), "b": _article(b)}


def lines(corrections: Iterable[StoryCorrection], articles: Mapping[str, r.ArticleRecord]) -> Iterator[dict[str, Any]]:
    """One line a pair of which both articles are stored."""
    for correction, a, b, same in pairs(corrections):
        if a in articles and b in articles:
            yield line(correction, same, articles[a], articles[b])


def _article(one: r.ArticleRecord) -> dict[str, Any]:
    return {
        "id": one.article.id,
        "title": one.article.title,
        "body": one.article.body,
        "language": one.article.language,
        "publisher": one.publisher.name if one.publisher else None,
        "fetched_at": one.article.fetched_at.isoformat(),
    }
