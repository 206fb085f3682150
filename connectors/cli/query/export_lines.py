"""Stored records -> the lines of `export`. A line of an article is one that `ingest` takes back to the same id."""

from datetime import datetime
from typing import Any

from connectors.cli.common import renderers
from connectors.elastic import records as r
from connectors.files.marks import MARK


def article(found: r.ArticleRecord) -> dict[str, Any]:
    """Field names are those of `connectors.files.objects`; the others say what was found out about it."""
    one, coverage = found.article, found.story.coverage
    return _filled(
        {
            MARK: "article",
            "id": one.id,
            "url": found.url.full if found.url else None,
            "title": one.title,
            "body": one.body,
            "summary": one.summary,
            "published": _published(one),
            "publisher": found.publisher.name if found.publisher else None,
            "publisher_id": found.publisher.id if found.publisher else None,
            "authors": one.authors,
            "language": one.language if one.language != "und" else None,
            "fetched_at": _exact(one.fetched_at),
            "kind": one.kind,
            "relation": one.copy.relation,
            "story": found.story.id,
            "first_seen": _exact(found.timestamp),
            "new_source": coverage is not None and coverage.new,
        }
    )


def story(found: r.StoryRecord) -> dict[str, Any]:
    return _filled({MARK: "story", **renderers.story(found)})


def alert(found: r.AlertRecord) -> dict[str, Any]:
    return _filled({MARK: "alert", **renderers.alert(found)})


def _published(one: r.ArticleFields) -> str | None:
    """With the precision that it has: a day is a date."""
    if one.published is None:
        return None
    if one.published_by is not None and one.published_by.precision == "day":
        return one.published.date().isoformat()
    return _exact(one.published)


def _exact(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", (), [])}
