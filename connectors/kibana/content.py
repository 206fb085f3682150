"""Data views and saved searches, as data; `dashboards.py` has the dashboards.

Searches are filters in Elasticsearch's query language, so that Kibana sends exactly the queries that the tests send;
the query bar stays free for what a person adds.
"""

from dataclasses import dataclass
from typing import Any, Literal

from connectors.elastic.names import Family

Query = dict[str, Any]


@dataclass(frozen=True)
class SearchFilter:
    """``query`` as Elasticsearch gets it, ``label`` as Kibana shows it. ``negate``: all documents that do not match."""

    label: str
    query: Query
    negate: bool = False


@dataclass(frozen=True)
class SavedSearch:
    """A saved search. ``range``: a time range of its own; None: the range that is set in Kibana."""

    id: str
    title: str
    description: str
    family: Family
    columns: tuple[str, ...]
    filters: tuple[SearchFilter, ...] = ()
    sort: tuple[tuple[str, Literal["asc", "desc"]], ...] = (("@timestamp", "desc"),)
    range: tuple[str, str] | None = None


def is_(name: str, value: str | bool) -> SearchFilter:
    return SearchFilter(f"{name}: {str(value).lower()}", {"match_phrase": {name: value}})


def one_of(name: str, *values: str) -> SearchFilter:
    query = {"bool": {"should": [{"match_phrase": {name: value}} for value in values], "minimum_should_match": 1}}
    return SearchFilter(f"{name}: {', '.join(values)}", query)


def has(name: str) -> SearchFilter:
    return SearchFilter(f"{name}: exists", {"exists": {"field": name}})


def at_least(name: str, value: float) -> SearchFilter:
    return SearchFilter(f"{name}: {value:g} or more", {"range": {name: {"gte": value}}})


def below(name: str, value: float) -> SearchFilter:
    return SearchFilter(f"{name}: below {value:g}", {"range": {name: {"lt": value}}})


VIEWS: dict[Family, str] = {
    Family.ARTICLES: "Storywatch articles",
    Family.STORIES: "Storywatch stories",
    Family.ALERTS: "Storywatch alerts",
    Family.DEADLETTERS: "Storywatch dead letters",
    Family.AUDIT: "Storywatch audit log",
    Family.LINKS: "Storywatch links of stories",
    Family.NOTICES: "Storywatch notices of sources",
}
LIVE = is_("article.lane", "live")
WHO_AND_WHAT = ("publisher.name", "article.title")

SEARCHES: tuple[SavedSearch, ...] = (
    SavedSearch(
        "search-story-timeline",
        "A story's timeline",
        'Every article, the first at the top. Add story.id : "<id>" in the query bar for one story.',
        Family.ARTICLES,
        ("story.id", *WHO_AND_WHAT, "article.published", "article.copy.relation", "story.filing.reasons"),
        (has("story.id"),),
        (("@timestamp", "asc"),),
    ),
    SavedSearch(
        "search-new-sources-today",
        "New sources today",
        "Articles that brought their story an independent source, since midnight.",
        Family.ARTICLES,
        (*WHO_AND_WHAT, "story.id", "story.brought.source.name", "story.coverage.reason"),
        (has("story.brought.source.key"), LIVE),
        range=("now/d", "now"),
    ),
    SavedSearch(
        "search-by-entity",
        "Articles by who and what is named",
        'Add entities.keys : "person:jane doe" in the query bar, or click a name.',
        Family.ARTICLES,
        (*WHO_AND_WHAT, "entities.persons", "entities.organisations", "entities.places"),
        (has("entities.keys"),),
    ),
    SavedSearch(
        "search-by-publisher-and-language",
        "Articles by publisher and language",
        "Those whose publisher is known.",
        Family.ARTICLES,
        ("publisher.name", "publisher.country", "article.language", "article.title", "article.kind"),
        (has("publisher.id"),),
    ),
    SavedSearch(
        "search-wire-copies",
        "Copies of one wire text",
        "Articles that carry somebody else's text, one group below the other.",
        Family.ARTICLES,
        (
            "article.copy.group",
            *WHO_AND_WHAT,
            "article.copy.relation",
            "article.copy.similarity",
            "article.copy.reason",
        ),
        (one_of("article.copy.relation", "wire", "near", "exact"),),
        (("article.copy.group", "asc"), ("@timestamp", "asc")),
    ),
    SavedSearch(
        "search-rewritten",
        "What outlets rewrote",
        "Articles that changed after they were published, with what was added.",
        Family.ARTICLES,
        (*WHO_AND_WHAT, "article.edit.number", "article.edit.title_before", "article.edit.added"),
        (at_least("article.edit.number", 1),),
    ),
    SavedSearch(
        "search-unsure-dates",
        "Articles whose date is unsure",
        "When it was published is uncertain; first seen is not.",
        Family.ARTICLES,
        (*WHO_AND_WHAT, "article.published", "article.published_by.source", "article.published_by.confidence"),
        (below("article.published_by.confidence", 0.5),),
    ),
    SavedSearch(
        "search-slow-articles",
        "Articles that took long",
        "Live ones with more than ten seconds from arrival to their story.",
        Family.ARTICLES,
        (*WHO_AND_WHAT, "article.seconds_to_file", "article.stages.receive.arrived", "article.stages.tag.left"),
        (LIVE, at_least("article.seconds_to_file", 10)),
        (("article.seconds_to_file", "desc"),),
    ),
    SavedSearch(
        "search-stories-with-sources",
        "Stories with several sources",
        "The one with the most independent sources first.",
        Family.STORIES,
        ("story.title", "story.source_count", "story.articles", "story.sources", "story.first_seen"),
        (at_least("story.source_count", 2),),
        (("story.source_count", "desc"), ("@timestamp", "desc")),
    ),
    SavedSearch(
        "search-alerts",
        "Alerts",
        "What fired, why, and how far the delivery has come.",
        Family.ALERTS,
        ("track.name", "alert.source.name", "story.title", "alert.reason", "delivery.status", "alert.seconds_to_make"),
    ),
    SavedSearch(
        "search-alerts-not-delivered",
        "Alerts that did not arrive",
        "Their receiver does not take them, or was given up.",
        Family.ALERTS,
        (
            "track.name",
            "receiver.domain",
            "delivery.status",
            "delivery.attempts",
            "http.response.status_code",
            "error.message",
        ),
        (one_of("delivery.status", "retrying", "failed"),),
    ),
    SavedSearch(
        "search-dead-letters",
        "Dead letters",
        "What a stage refused for good, and why; those that wait for somebody first. letter.id is the id for "
        "`storywatch deadletters show`, which has the bytes.",
        Family.DEADLETTERS,
        (
            "letter.state",
            "letter.stage",
            "error.type",
            "error.message",
            "publisher.id",
            "url.full",
            "letter.attempts",
            "letter.id",
        ),
        (has("letter.stage"),),
        (("letter.open", "desc"), ("@timestamp", "desc")),
    ),
    SavedSearch(
        "search-dead-letters-resolved",
        "Dead letters that were resolved",
        "They passed when they were sent again, or somebody dropped them.",
        Family.DEADLETTERS,
        (
            "letter.state",
            "letter.stage",
            "error.message",
            "publisher.id",
            "resolution.at",
            "resolution.by",
            "resolution.reason",
            "letter.id",
        ),
        (has("letter.stage"), one_of("letter.state", "passed", "dropped")),
        (("resolution.at", "desc"),),
    ),
    SavedSearch(
        "search-audit",
        "Who changed what",
        "Changes of tracks, receivers, sources and keys, the latest first.",
        Family.AUDIT,
        ("change.by", "change.action", "change.kind", "change.name", "change.fields", "change.subject"),
    ),
)
