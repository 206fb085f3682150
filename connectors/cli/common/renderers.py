"""Records of the three indices -> rows for tables, and plain objects for JSON."""

from typing import Any

from connectors.cli.common.output import Column
from connectors.cli.common.times import FormatTime
from connectors.elastic import records as r
from connectors.elastic.read.queries import MARK_END, MARK_START, ArticleHit, appeared
from connectors.files.marks import MARK

SHORT = 12  # characters of an id in tables: 48 bits, and commands take any beginning

STORY_COLUMNS = (
    Column("title", lead=True),
    Column("last seen", style="dim"),
    Column("sources", right=True, told="{} sources"),
    Column("articles", right=True, told="{} articles"),
    Column("lang"),
    Column("story", style="cyan", told="story {}"),
)
HIT_COLUMNS = (
    Column("title", lead=True),
    Column("publisher", wrap=True),
    Column("first seen", style="dim"),
    Column("story", style="cyan", told="story {}"),
    Column("article", told="article {}"),
)
ALERT_COLUMNS = (
    Column("headline", lead=True),
    Column("source", wrap=True),
    Column("made", style="dim"),
    Column("track", wrap=True, told="track {}"),
    Column("delivery", wrap=True),
    Column("story", style="cyan", told="story {}"),
    Column("story title", wrap=True),
    Column("reason", wrap=True),
)


def story_row(found: r.StoryRecord, told: FormatTime) -> tuple[str, ...]:
    story = found.story
    return (
        story.title or "",
        told(story.last_seen),
        str(story.source_count or 0),
        str(story.articles or 0),
        story.language or "",
        story.id[:SHORT],
    )


def story(found: r.StoryRecord) -> dict[str, Any]:
    story = found.story
    return {
        "id": story.id,
        "title": story.title,
        "language": story.language,
        "first_seen": story.first_seen,
        "last_seen": story.last_seen,
        "articles": story.articles,
        "sources": story.sources,
        "publishers": story.publishers,
        "entities": [
            {"key": one.key, "name": one.name, "type": one.type, "articles": one.articles}
            for one in found.entities.details
        ],
        "latest": {"id": found.article.id, "title": found.article.title, "publisher": _publisher(found)},
    }


def article(found: r.ArticleRecord) -> dict[str, Any]:
    """One article of a story, with why it is there."""
    article, filing, coverage = found.article, found.story.filing, found.story.coverage
    return {
        **_short(found),
        "kind": article.kind,
        "lane": article.lane,
        "authors": article.authors,
        "entities": found.entities.keys,
        "relation": article.copy.relation,
        "copy_of": article.copy.of,
        "copy_of_publisher": article.copy.of_publisher,
        "copy_reason": article.copy.reason,
        "revision": None if article.edit is None else article.edit.number,
        "edit": article.edit,
        "new_source": found.story.brought_source is not None,
        "source": None if coverage is None or coverage.source is None else coverage.source.name,
        "source_reason": None if coverage is None else coverage.reason,
        "decision": filing.decision,
        "score": filing.score,
        "threshold": filing.threshold,
        "reasons": filing.reasons,
        "nearest": filing.nearest,
    }


def hit(found: ArticleHit) -> dict[str, Any]:
    return {
        MARK: "hit",  # no article with its text: `ingest` refuses it
        **_short(found.article),
        "story": found.article.story.id,
        "score": round(found.score, 3),
        "fragments": [unmarked(fragment) for fragment in found.fragments],
    }


def hit_row(found: ArticleHit, told: FormatTime) -> tuple[str, ...]:
    record = found.article
    return (
        unmarked(found.title),
        _publisher(record) or "",
        told(record.timestamp),
        record.story.id[:SHORT],
        record.article.id[:SHORT],
    )


def alert(found: r.AlertRecord) -> dict[str, Any]:
    return {
        "id": found.alert.id,
        "made": found.alert.made_at,
        "track": found.track.id,
        "track_name": found.track.name,
        "story": found.story.id,
        "story_title": found.story.title,
        "source": found.alert.source.name,
        "sources": found.alert.source_count,
        "article": found.article.id,
        "article_title": found.article.title,
        "article_url": None if found.url is None else found.url.full,
        "condition": found.alert.condition,
        "reason": found.alert.reason,
        "delivery": {
            "status": found.delivery.status,
            "attempts": found.delivery.attempts,
            "at": found.delivery.at,
            "next_at": found.delivery.next_at,
            "code": None if found.http is None else found.http.response.status_code,
            "error": None if found.error is None else found.error.message,
        },
    }


def alert_row(found: r.AlertRecord, told: FormatTime) -> tuple[str, ...]:
    return (
        found.article.title,
        found.alert.source.name,
        told(found.alert.made_at),
        found.track.name,
        _delivery(found, told),
        found.story.id[:SHORT],
        found.story.title or "",
        found.alert.reason,
    )


def unmarked(text: str) -> str:
    """Without the marks around found words."""
    return text.replace(MARK_START, "").replace(MARK_END, "")


def _delivery(found: r.AlertRecord, told: FormatTime) -> str:
    """ "delivered", "retrying (2 attempts, next in 5 min): answered 500"."""
    delivery = found.delivery
    notes = [f"{delivery.attempts} attempts"] if delivery.attempts > 1 else []
    notes += [f"next {told(delivery.next_at)}"] if delivery.next_at else []
    more = f" ({', '.join(notes)})" if notes else ""
    error = f": {found.error.message}" if found.error else ""
    return f"{delivery.status}{more}{error}"


def _short(found: r.ArticleRecord) -> dict[str, Any]:
    article = found.article
    return {
        "id": article.id,
        "title": article.title,
        "publisher": _publisher(found),
        "url": None if found.url is None else found.url.full,
        "language": article.language,
        "published": article.published,
        "first_seen": found.timestamp,
        "appeared": appeared(found),
        "origin": article.origin,
        "body_source": article.body_source,
        "body_confidence": article.body_confidence,
    }


def _publisher(found: r.ArticleRecord | r.StoryRecord) -> str | None:
    return None if found.publisher is None else found.publisher.name
