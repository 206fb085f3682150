"""Views -> table rows and phrases that several commands print."""

from collections.abc import Mapping

from connectors.cli.common.output import Column
from connectors.cli.common.times import FormatTime
from connectors.views.alerts import AlertView, DeliveryView
from connectors.views.articles import Hit, ShortArticle, StoryArticle
from connectors.views.stories import MovingStory

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
    Column("state"),
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


def story_row(found: MovingStory, format_time: FormatTime) -> tuple[str, ...]:
    return (
        found.title or "",
        format_time(found.last_seen),
        str(found.source_count or 0),
        str(found.articles or 0),
        found.state,
        found.language or "",
        found.id[:SHORT],
    )


def hit_row(found: Hit, format_time: FormatTime) -> tuple[str, ...]:
    return (
        found.title,
        found.publisher or "",
        format_time(found.first_seen),
        found.story[:SHORT],
        found.id[:SHORT],
    )


def alert_row(found: AlertView, format_time: FormatTime) -> tuple[str, ...]:
    return (
        found.article_title,
        found.source,
        format_time(found.made),
        found.track_name,
        _delivery(found.delivery, format_time),
        found.story[:SHORT],
        found.story_title or "",
        found.reason,
    )


def body_source(article: ShortArticle) -> str | None:
    """Where the body was found and with what confidence; None if it is the page's main part, or not recorded."""
    if article.body_source is None or article.body_source == "page":
        return None
    return f"{BODY_SOURCES.get(article.body_source, article.body_source)}, confidence {article.body_confidence or 0:g}"


def copy_phrase(article: StoryArticle, others: Mapping[str, StoryArticle]) -> str:
    """Whose text an article carries, and the evidence; ``others`` are articles whose titles are known, by id."""
    if article.copy_reason:
        return article.copy_reason  # a sentence that names the other article
    if article.copy_of is None:
        return "a revision of this article" if article.relation == "revision" else article.relation
    of = others.get(article.copy_of)
    of_publisher = article.copy_of_publisher or (of.publisher if of and of.publisher else "another article")
    title = f" ({of.title})" if of else ""
    return f"{COPY_PHRASES[article.relation]} {of_publisher}{title}"


def _delivery(delivery: DeliveryView, format_time: FormatTime) -> str:
    """ "delivered", "retrying (2 attempts, next in 5 min): answered 500"."""
    notes = [f"{delivery.attempts} attempts"] if delivery.attempts > 1 else []
    awaits = "until" if delivery.status == "held" else "next"
    notes += [f"{awaits} {format_time(delivery.next_at)}"] if delivery.next_at else []
    more = f" ({', '.join(notes)})" if notes else ""
    error = f": {delivery.error}" if delivery.error else ""
    return f"{delivery.status}{more}{error}"
