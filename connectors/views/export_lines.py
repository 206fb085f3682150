"""Stored records -> lines of exports. `ingest` accepts the line of an article and gives it the same id."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from msgspec import structs

from connectors.elastic import records as r
from connectors.elastic.document_part import DocumentPart
from connectors.elastic.names import Family
from connectors.files.marks import MARK
from connectors.views import alerts, stories

ExportKind = Literal["articles", "stories", "alerts"]


def article(found: r.ArticleRecord) -> dict[str, Any]:
    """The fields of `connectors.files.objects`, and others with what the pipeline found out about the article."""
    one, coverage = found.article, found.story.coverage
    return _without_empty(
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
            "labels": one.labels,
            "fetched_at": _exact(one.fetched_at),
            "kind": one.kind,
            "relation": one.copy.relation,
            "story": found.story.id,
            "first_seen": _exact(found.timestamp),
            "new_source": coverage is not None and coverage.new,
        }
    )


def story(found: r.StoryRecord) -> dict[str, Any]:
    return _without_empty({MARK: "story", **structs.asdict(stories.story(found))})


def alert(found: r.AlertRecord) -> dict[str, Any]:
    return _without_empty({MARK: "alert", **structs.asdict(alerts.alert(found))})


def _published(one: r.ArticleFields) -> str | None:
    """The time of publication; only its date if it is known to the day."""
    if one.published is None:
        return None
    if one.published_by is not None and one.published_by.precision == "day":
        return one.published.date().isoformat()
    return _exact(one.published)


def _exact(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", (), [])}


class Export(NamedTuple):
    """Where documents of a kind are, and ``line``, which makes a JSON object of each."""

    family: Family
    kind: type[DocumentPart]
    id_field: str
    line: Callable[[Any], dict[str, Any]]


EXPORTS: dict[ExportKind, Export] = {
    "articles": Export(Family.ARTICLES, r.ArticleRecord, "article.id", article),
    "stories": Export(Family.STORIES, r.StoryRecord, "story.id", story),
    "alerts": Export(Family.ALERTS, r.AlertRecord, "alert.id", alert),
}
