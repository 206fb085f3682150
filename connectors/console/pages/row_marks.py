"""Stories -> the marks of their rows, read with two requests for all rows of a page."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, convert, field

from connectors.console.picture.marks import Mark, MarkKind
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.elastic.read.index import Index
from streams.contract.messages import COPIES

MOST_MARKS = 3_000  # articles, and alerts, of all rows, the latest; further ones are in the counts only
_READ = [
    "@timestamp",
    "story.id",
    "article.published",
    "article.copy.relation",
    "article.fetched",
    "article.edit.number",
]


class _Copy(Struct):
    relation: str


class _Edit(Struct):
    number: int


class _Article(Struct):
    copy: _Copy
    fetched: datetime
    published: datetime | None = None
    edit: _Edit | None = None


class _Story(Struct):
    id: str


class _Marked(Struct):
    """What marks are made from, of an article or an alert."""

    at: datetime = field(name="@timestamp")
    story: _Story
    article: _Article


def marks_of(index: Index, stories: Sequence[str], since: datetime | None) -> dict[str, list[Mark]]:
    """Story -> its marks, of articles that arrived and alerts that were made since then.

    A mark stands where its article appeared, as in the lanes of a story, and an earlier one at the time ``since``.
    """
    found: defaultdict[str, list[Mark]] = defaultdict(list)
    if not stories:
        return found
    chosen = q.all_of([{"terms": {"story.id": list(stories)}}, *q.between(since, None)])
    newest: dict[str, Any] = {"size": MOST_MARKS, "sort": [{"@timestamp": {"order": "desc"}}], "_source": _READ}
    for hit in index.hits(Family.ARTICLES, chosen, **newest):
        one = convert(hit["_source"], _Marked)
        kind = MarkKind.COPY if one.article.copy.relation in COPIES else MarkKind.OWN
        found[one.story.id].append(Mark(_appeared(one, since), kind))
        if one.article.edit is not None:
            found[one.story.id].append(Mark(max(one.article.fetched, _appeared(one, since)), MarkKind.EDIT))
    for hit in index.hits(Family.ALERTS, chosen, **newest):
        one = convert(hit["_source"], _Marked)
        found[one.story.id].append(Mark(_appeared(one, since), MarkKind.ALERT))
    return found


def _appeared(one: _Marked, since: datetime | None) -> datetime:
    at = one.article.published or one.at
    return at if since is None else max(at, since)
