"""How Kibana shows the fields of the data views: formats, and the descriptions in its list of fields."""

from collections.abc import Mapping
from typing import Any

from connectors.elastic.fields import flat, properties
from connectors.elastic.names import Family

DESCRIPTIONS: Mapping[str, str] = {
    "@timestamp": "Articles: first seen. Stories: the last article. Alerts, dead letters, audit: when it was written.",
    "alert.reason": "Why the alert fired, in words.",
    "alert.seconds_to_make": "From the arrival of the article to the alert.",
    "article.copy.group": "The first article with this text; its unique count is the number of independent texts.",
    "article.copy.of": "The article that this one copies.",
    "article.copy.relation": "original, exact, near, wire, update or revision.",
    "article.copy.similarity": "How much of the text is that of the article that it copies.",
    "article.edit.number": "How often the article was changed after it was published.",
    "article.id": "Opens the article in the console.",
    "article.kind": "article, headline, stub, live, gallery or listing.",
    "article.lane": "live, or backfill for what was old when it arrived: no alert fires for it.",
    "article.language": "ISO 639-1, und if unknown.",
    "article.published": "When the publisher says that it was published.",
    "article.published_by.confidence": "How sure the date of publication is.",
    "article.seconds_to_file": "From the arrival of the article to its place in a story.",
    "delivery.status": "pending, retrying, delivered, failed, recorded, held, summed or cancelled.",
    "entities.keys": "Canonical keys, the same for each spelling of a name: person:jane doe.",
    "letter.id": "The id for `storywatch deadletters show`.",
    "letter.open": "Whether the dead letter still waits for somebody.",
    "publisher.country": "ISO 3166, two letters.",
    "story.brought.source.key": "The independent source that the article brought its story; count it for new sources.",
    "story.filing.reasons": "Why the article is in its story.",
    "story.filing.score": "How near the article is to the story, from 0 to 1.",
    "story.id": "Opens the story in the console.",
    "story.source_count": "Independent sources of the story; copies of one text count once.",
}
PERCENT = frozenset(
    {
        "article.body_confidence",
        "article.copy.similarity",
        "article.modified_by.confidence",
        "article.published_by.confidence",
        "publisher.confidence",
        "story.filing.score",
        "story.filing.threshold",
    }
)
SECONDS = frozenset({"alert.late_by", "alert.seconds_to_make", "article.seconds_to_file", "story.filing.gap_seconds"})
# field -> page of the console below its address
PAGES: Mapping[str, str] = {
    "article.copy.group": "articles",
    "article.copy.of": "articles",
    "article.id": "articles",
    "story.filing.nearest": "articles",
    "story.filing.moved_from": "stories",
    "story.id": "stories",
    "story.moved_to": "stories",
}


def formats(family: Family, console: str) -> dict[str, Any]:
    """Field -> format, for the fields that the family has. ``console``: the address of the console."""
    known = [path for path, _ in flat(properties(family))]
    return {path: made for path in known if (made := _format(path, console)) is not None}


def descriptions(family: Family) -> dict[str, Any]:
    """Field -> attributes, for the fields that the family has."""
    known = (path for path, _ in flat(properties(family)))
    return {path: {"customDescription": DESCRIPTIONS[path]} for path in known if path in DESCRIPTIONS}


def _format(path: str, console: str) -> dict[str, Any] | None:
    if path in PAGES:
        template = f"{console}/{PAGES[path]}/{{{{value}}}}"
        return {"id": "url", "params": {"type": "a", "urlTemplate": template, "labelTemplate": "{{value}}"}}
    if path == "url.full":
        return {"id": "url", "params": {"type": "a"}}
    if path in PERCENT:
        return {"id": "percent", "params": {"pattern": "0%"}}
    if path in SECONDS:
        shown = {"outputFormat": "humanizePrecise", "outputPrecision": 1, "useShortSuffix": True}
        return {"id": "duration", "params": {"inputFormat": "seconds", **shown}}
    return None
