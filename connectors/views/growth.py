"""How much stories took in the last day, from aggregations of the index of articles."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from connectors.elastic.read import clauses as q
from connectors.views.stories import Growth, StoryState

HOURS = 24
HOUR = timedelta(hours=1)
LATELY = 3  # hours of which the present one is the last
BREAKING_FOR = timedelta(hours=6)  # from a story's first article
BREAKING_SOURCES = 3
GROWING = 1.5  # times the articles an hour of the day before
GROWING_ARTICLES = 2
CLOSED_AFTER = timedelta(days=3)  # without an article
MOST_LANGUAGES = 50
MOST_COUNTRIES = 250
MOST_SECTIONS = 20


class StoryCounts(NamedTuple):
    """What is counted of a story's articles: the fields of `MovingStory` with these names."""

    growth: Growth
    languages: dict[str, int]
    countries: dict[str, int]
    sections: dict[str, int]


def since(now: datetime) -> datetime:
    """The beginning of the first of the `HOURS` hours, the last of which is the present one."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * HOUR


def state(
    first_seen: datetime | None, last_seen: datetime | None, sources: int, growth: Growth, now: datetime
) -> StoryState:
    """How a story moves; `MovingStory` says what the states mean."""
    if last_seen is None or now - last_seen > CLOSED_AFTER:
        return "closed"
    if first_seen is not None and now - first_seen <= BREAKING_FOR and sources >= BREAKING_SOURCES:
        return "breaking"
    lately = sum(growth.counts[-LATELY:])
    before = (growth.articles - lately) / (HOURS - LATELY)
    return "growing" if lately >= GROWING_ARTICLES and growth.per_hour >= GROWING * before else "steady"


def aggregations(now: datetime) -> dict[str, Any]:
    """What `of_bucket` needs, of each story."""
    hours = {"date_histogram": {"field": "@timestamp", "fixed_interval": "1h", "min_doc_count": 1}}
    return {
        "languages": {"terms": {"field": "article.language", "size": MOST_LANGUAGES}},
        "countries": {"terms": {"field": "publisher.country", "size": MOST_COUNTRIES}},
        "sections": {"terms": {"field": "article.section", "size": MOST_SECTIONS}},
        "recent": {
            "filter": q.at_least("@timestamp", since(now).isoformat()),
            "aggs": {"hours": hours, "new": {"filter": q.flag("story.coverage.new_source")}},
        },
    }


def of_bucket(bucket: dict[str, Any], now: datetime) -> StoryCounts:
    """The counts from the aggregations of one story; those of no articles from an empty bucket."""
    begin = since(now)
    counts = [0] * HOURS
    recent = bucket.get("recent", {})
    for hour in recent.get("hours", {}).get("buckets", []):
        place = (datetime.fromtimestamp(hour["key"] / 1000, UTC) - begin) // HOUR
        counts[max(0, min(place, HOURS - 1))] += hour["doc_count"]
    new = recent.get("new", {}).get("doc_count", 0)
    named = {name: _counts(bucket, name) for name in ("languages", "countries", "sections")}
    return StoryCounts(growth=_growth(counts, new, now), **named)


def _growth(counts: Sequence[int], sources: int, now: datetime) -> Growth:
    begin = since(now)
    hours = (now.astimezone(UTC) - begin) / HOUR - (HOURS - LATELY)  # of the last three, the present one in part
    return Growth(
        since=begin,
        articles=sum(counts),
        sources=sources,
        counts=tuple(counts),
        per_hour=round(sum(counts[-LATELY:]) / hours, 2),
    )


def _counts(bucket: dict[str, Any], name: str) -> dict[str, int]:
    return {one["key"]: one["doc_count"] for one in bucket.get(name, {}).get("buckets", [])}
