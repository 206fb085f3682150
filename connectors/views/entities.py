"""Names in articles: those that are named most, and one name over time, with its stories and the names beside it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from connectors.elastic import records as r
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.elastic.read.index import Index, record
from connectors.views.base import View
from streams.contract.messages import EntityType
from streams.entities.canonical import fold

MOST_STORIES = 50
MOST_BESIDE = 50
MOST_DAYS = 400
MOST_RANKED = 2_000  # names of all types, among which those of one are looked for
SAMPLE = 100  # articles from which the forms of names are taken, since keys are folded


class EntityView(View, frozen=True, kw_only=True):
    """A name, and how many articles and stories have it."""

    key: str
    name: str
    type: str
    articles: int
    stories: int


class EntityList(View, frozen=True, kw_only=True):
    """The names in most articles, the first ones."""

    items: tuple[EntityView, ...]


class EntityStory(View, frozen=True, kw_only=True):
    """A story in which a name occurs. ``articles``: how many of it have the name."""

    id: str
    title: str | None
    last_seen: datetime | None
    source_count: int | None
    articles: int


class EntityDay(View, frozen=True, kw_only=True):
    """A day in UTC."""

    day: date
    articles: int
    stories: int


class EntityPage(EntityView, frozen=True, kw_only=True):
    """A name over time. ``beside``: the names in most of the same articles; ``timeline``: the latest story first."""

    days: tuple[EntityDay, ...]
    timeline: tuple[EntityStory, ...]
    beside: tuple[EntityView, ...]


_STORIES = {"stories": {"cardinality": {"field": "story.id"}}}


def entities(
    index: Index,
    *,
    kind: EntityType | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> EntityList:
    """The names in most articles that were first seen in [since, until). Raises as `Index` does."""
    filters = q.between(since, until)
    ranked = _ranked(index, filters, limit if kind is None else MOST_RANKED)
    return EntityList(items=_views(index, filters, ranked if kind is None else _of_type(ranked, kind, limit)))


def entities_by_type(index: Index, kinds: Sequence[EntityType], limit: int) -> dict[EntityType, list[EntityView]]:
    """The names of each type in most articles of all time, ``limit`` of each. Raises as `Index` does."""
    ranked = _ranked(index, [], MOST_RANKED)
    found = _views(index, [], [one for kind in kinds for one in _of_type(ranked, kind, limit)])
    return {kind: [one for one in found if one.type == kind] for kind in kinds}


def entity(index: Index, key: str, *, since: datetime | None, until: datetime | None) -> EntityPage | None:
    """The page of a name by its key, such as ``person:jane doe``; None if no article of the period has it."""
    filters = [q.term("entities.keys", q.short(key)), *q.between(since, until)]
    aggregations = {
        **_STORIES,
        "days": {
            "date_histogram": {"field": "@timestamp", "fixed_interval": "1d", "min_doc_count": 1},
            "aggs": _STORIES,
        },
        "told": {
            "terms": {"field": "story.id", "size": MOST_STORIES, "order": {"latest": "desc"}},
            "aggs": {"latest": {"max": {"field": "@timestamp"}}},
        },
        "articles": {"value_count": {"field": "story.id"}},
    }
    found = index.aggregate(Family.ARTICLES, q.all_of(filters), aggregations)
    if not (articles := int(found.get("articles", {}).get("value", 0))):
        return None
    told = {one["key"]: one["doc_count"] for one in found["told"]["buckets"]}
    beside = _views(index, filters, _ranked(index, filters, MOST_BESIDE + 1))
    itself = next((one for one in beside if one.key == key), None)
    return EntityPage(
        key=key,
        name=itself.name if itself else _spoken(key),
        type=key.partition(":")[0],
        articles=articles,
        stories=int(found["stories"]["value"]),
        days=tuple(
            EntityDay(
                day=datetime.fromtimestamp(one["key"] / 1000, UTC).date(),
                articles=one["doc_count"],
                stories=int(one["stories"]["value"]),
            )
            for one in found["days"]["buckets"][-MOST_DAYS:]
        ),
        timeline=_timeline(index, told),
        beside=tuple(one for one in beside if one.key != key)[:MOST_BESIDE],
    )


def key_of(index: Index, name: str) -> str | None:
    """The key of a name as a person types it: of its types the one in most articles; None if no article has it."""
    folded = fold(q.short(name))
    keys = [f"{kind.value}:{folded}" for kind in EntityType]
    terms = {"terms": {"field": "entities.keys", "include": keys, "size": len(keys)}}
    found = index.aggregate(Family.ARTICLES, {"terms": {"entities.keys": keys}}, {"names": terms})
    return next((one["key"] for one in found.get("names", {}).get("buckets", [])), None)


def _ranked(index: Index, filters: list[q.Query], size: int) -> list[tuple[str, int]]:
    """The names in most articles, each with how many."""
    terms = {"terms": {"field": "entities.keys", "size": size}}
    found = index.aggregate(Family.ARTICLES, q.all_of(filters), {"names": terms})
    return [(one["key"], one["doc_count"]) for one in found.get("names", {}).get("buckets", [])]


def _of_type(ranked: Sequence[tuple[str, int]], kind: EntityType, limit: int) -> list[tuple[str, int]]:
    # not chosen by the server, since servers differ in what `include` of a keyword may be besides a list
    return [one for one in ranked if one[0].startswith(f"{kind}:")][:limit]


def _views(index: Index, filters: list[q.Query], ranked: Sequence[tuple[str, int]]) -> tuple[EntityView, ...]:
    """The names with what is costly to count, so for these alone: stories, and the form that articles write."""
    if not ranked:
        return ()
    keys = [key for key, _ in ranked]
    terms = {"terms": {"field": "entities.keys", "size": len(keys), "include": keys}, "aggs": _STORIES}
    found = index.aggregate(Family.ARTICLES, q.all_of(filters), {"names": terms})
    stories = {one["key"]: int(one["stories"]["value"]) for one in found.get("names", {}).get("buckets", [])}
    spoken = _spoken_forms(index, filters, keys)
    return tuple(
        EntityView(
            key=key,
            name=spoken.get(key) or _spoken(key),
            type=key.partition(":")[0],
            articles=articles,
            stories=stories.get(key, 0),
        )
        for key, articles in ranked
    )


def _spoken_forms(index: Index, filters: list[q.Query], keys: list[str]) -> dict[str, str]:
    """Key -> the name as the latest articles write it."""
    hits = index.hits(
        Family.ARTICLES,
        q.all_of([*filters, {"terms": {"entities.keys": keys}}]),
        size=SAMPLE,
        sort=[{"@timestamp": {"order": "desc"}}],
        _source={"includes": ["entities.details"]},
    )
    found: dict[str, str] = {}
    for hit in hits:
        for one in hit["_source"].get("entities", {}).get("details", []):
            found.setdefault(one["key"], one["name"])
    return found


def _spoken(key: str) -> str:
    return key.partition(":")[2].title()


def _timeline(index: Index, told: dict[str, int]) -> tuple[EntityStory, ...]:
    hits = index.hits(Family.STORIES, {"terms": {"story.id": list(told)}}, size=MOST_STORIES)
    stories = {one.story.id: one.story for one in (record(hit, r.StoryRecord) for hit in hits)}
    return tuple(
        EntityStory(
            id=key,
            title=stories[key].title,
            last_seen=stories[key].last_seen,
            source_count=stories[key].source_count,
            articles=articles,
        )
        for key, articles in told.items()
        if key in stories
    )
