"""Stories -> the marks of their rows, read with two requests for all rows of a page.

The fields are read from columns (doc values), since a page needs some thousand articles and of each a few fields:
from the stored documents, with their texts, this takes most of the time of the page.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.console.picture.marks import Mark, MarkKind
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.elastic.read.index import Index
from streams.contract.messages import COPIES

MOST_MARKS = 3_000  # articles, and alerts, of all rows, the latest; further ones are in the counts only
Columns = dict[str, list[Any]]
_TIMES = ("@timestamp", "article.published", "article.fetched")
_AS_COLUMNS: dict[str, Any] = {
    "_source": False,
    "stored_fields": "_none_",
    "docvalue_fields": [
        "story.id",
        "article.id",
        "article.published_by.precision",
        "article.copy.of",
        "article.copy.relation",
        "article.copy.text_relation",
        "article.edit.number",
        *({"field": name, "format": "epoch_millis"} for name in _TIMES),
    ],
}


def marks_of(index: Index, stories: Sequence[str], since: datetime | None) -> dict[str, list[Mark]]:
    """Story -> its marks, of articles that arrived and alerts that were made since then.

    A mark stands where its article appeared, as in the lanes of a story, and an earlier one at the time ``since``.
    """
    found: defaultdict[str, list[Mark]] = defaultdict(list)
    if not stories:
        return found
    chosen = q.all_of([{"terms": {"story.id": list(stories)}}, *q.between(since, None)])
    newest: dict[str, Any] = {"size": MOST_MARKS, "sort": [{"@timestamp": {"order": "desc"}}], **_AS_COLUMNS}
    articles = [hit["fields"] for hit in index.hits(Family.ARTICLES, chosen, **newest)]
    appeared = _appearances(articles)
    for one in articles:
        marks, at = found[one["story.id"][0]], _within(appeared[one["article.id"][0]], since)
        marks.append(Mark(at, MarkKind.COPY if _is_copy(one) else MarkKind.OWN))
        if "article.edit.number" in one:
            marks.append(Mark(max(_time(one, "article.fetched"), at), MarkKind.EDIT))
    for hit in index.hits(Family.ALERTS, chosen, **newest):
        one = hit["fields"]
        at = appeared.get(one["article.id"][0]) or _time(one, "article.published", "@timestamp")
        found[one["story.id"][0]].append(Mark(_within(at, since), MarkKind.ALERT))
    return found


def _appearances(articles: Sequence[Columns]) -> dict[str, datetime]:
    """Article -> when it appeared, as `queries.appeared` and, for copies, `story_page.appearances` have it."""
    times, on_day = {}, []
    for one in articles:
        at = _time(one, "article.published", "@timestamp")
        if one.get("article.published_by.precision") == ["day"]:
            first_seen = _time(one, "@timestamp")
            if at.date() == first_seen.date():
                at = first_seen
            elif _is_copy(one):
                on_day.append(one)
        times[one["article.id"][0]] = at
    for one in on_day:
        own, original = times[one["article.id"][0]], times.get(one.get("article.copy.of", [""])[0])
        if original is not None and original.date() == own.date():
            times[one["article.id"][0]] = max(own, original)
    return times


def _is_copy(columns: Columns) -> bool:
    return columns.get("article.copy.text_relation", columns["article.copy.relation"])[0] in COPIES


def _within(at: datetime, since: datetime | None) -> datetime:
    return at if since is None else max(at, since)


def _time(columns: Columns, *names: str) -> datetime:
    """The first of these times that the document has."""
    milliseconds = next(columns[name][0] for name in names if name in columns)
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
