"""Stored records -> table rows, JSON objects and phrases that several commands print."""

from typing import Any

from connectors.cli.common.output import Column
from connectors.cli.common.times import FormatTime
from connectors.elastic import records as r
from connectors.elastic.read.queries import MARK_END, MARK_START, ArticleHit, appeared
from connectors.files.marks import MARK

SHORT = 12  # characters of an id in tables: 48 bits, and commands accept any prefix
COPY_PHRASES = {
    "exact": "the same text as",
    "near": "nearly the same text as",
    "wire": "carries the same text as",
    "update": "an update of",
    "revision": "a revision of",
}
BODY_SOURCES = {
    "linked data": "from the page's linked data",
    "wider": "from a wider part of the page, since its main part seemed to have none",
    "state": "from data in the page's scripts",
}

STORY_COLUMNS = (
    Column("title", lead=True),
    Column("last seen", style="dim"),
    Column("sources", right=True, label="{} sources"),
    Column("articles", right=True, label="{} articles"),
    Column("lang"),
    Column("story", style="cyan", label="story {}"),
)
HIT_COLUMNS = (
    Column("title", lead=True),
    Column("publisher", wrap=True),
    Column("first seen", style="dim"),
    Column("story", style="cyan", label="story {}"),
    Column("article", label="article {}"),
)
ALERT_COLUMNS = (
    Column("headline", lead=True),
    Column("source", wrap=True),
    Column("made", style="dim"),
    Column("track", wrap=True, label="track {}"),
    Column("delivery", wrap=True),
    Column("story", style="cyan", label="story {}"),
    Column("story title", wrap=True),
    Column("reason", wrap=True),
)


def story_row(found: r.StoryRecord, format_time: FormatTime) -> tuple[str, ...]:
    story = found.story
    return (
        story.title or "",
        format_time(story.last_seen),
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
    """One article of a story, with the reasons why it belongs to it."""
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
        MARK: "hit",  # it lacks the article's text, so `ingest` refuses it
        **_short(found.article),
        "story": found.article.story.id,
        "score": round(found.score, 3),
        "fragments": [unmarked(fragment) for fragment in found.fragments],
    }


def hit_row(found: ArticleHit, format_time: FormatTime) -> tuple[str, ...]:
    record = found.article
    return (
        unmarked(found.title),
        _publisher(record) or "",
        format_time(record.timestamp),
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


def alert_row(found: r.AlertRecord, format_time: FormatTime) -> tuple[str, ...]:
    return (
        found.article.title,
        found.alert.source.name,
        format_time(found.alert.made_at),
        found.track.name,
        _delivery(found, format_time),
        found.story.id[:SHORT],
        found.story.title or "",
        found.alert.reason,
    )


def unmarked(text: str) -> str:
    """The text without the highlighting marks."""
    return text.replace(MARK_START, "").replace(MARK_END, "")


def body_source(article: r.ArticleFields) -> str | None:
    """Where the body was found and with what confidence; None if it is the page's main part, or not recorded."""
    if article.body_source is None or article.body_source == "page":
        return None
    return f"{BODY_SOURCES.get(article.body_source, article.body_source)}, confidence {article.body_confidence or 0:g}"


def copy_phrase(copy: r.CopyFields, others: dict[str, r.ArticleRecord]) -> str:
    """Whose text an article carries, and the evidence; ``others`` are articles whose titles are known, by id."""
    if copy.reason:
        return copy.reason  # a sentence that names the other article
    if copy.of is None:
        return "a revision of this article" if copy.relation == "revision" else copy.relation
    of = others.get(copy.of)
    of_publisher = copy.of_publisher or (of.publisher.name if of and of.publisher else "another article")
    title = f" ({of.article.title})" if of else ""
    return f"{COPY_PHRASES[copy.relation]} {of_publisher}{title}"


def _delivery(found: r.AlertRecord, format_time: FormatTime) -> str:
    """ "delivered", "retrying (2 attempts, next in 5 min): answered 500"."""
    delivery = found.delivery
    notes = [f"{delivery.attempts} attempts"] if delivery.attempts > 1 else []
    notes += [f"next {format_time(delivery.next_at)}"] if delivery.next_at else []
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
