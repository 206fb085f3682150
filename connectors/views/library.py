"""The questions that programs and pages ask of what is stored, and their answers as views."""

from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from connectors.elastic import records as r
from connectors.elastic.names import DELIVERIES, Family
from connectors.elastic.read import clauses as q
from connectors.elastic.read import story_articles
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.index import MOST, Index, delivery_record, record
from connectors.elastic.read.queries import HIGHLIGHT, LISTED_WITHOUT, Search, article_hit, is_redirect
from connectors.elastic.read.walk import Walk
from connectors.views import alerts as alert_views
from connectors.views import articles as article_views
from connectors.views import cursor, growth, story_page, traces
from connectors.views import deliveries as delivery_views
from connectors.views import entities as entity_views
from connectors.views import letters as letter_views
from connectors.views import stories as story_views
from connectors.views.choices import AlertChoice, ArticleChoice, StoryChoice
from connectors.views.cursor import Key, Whole
from connectors.views.export_lines import EXPORTS, ExportKind
from connectors.views.letters import LetterChoice, LetterList
from streams.contract.messages import EntityType
from streams.stories.summary import MOST_REPORTS

MOST_SHARED = 20  # names of a story that are looked for in others, those in most of its articles
LEAST_SHARED = 2  # one name alone is in many stories
MOST_JOINED = 2_000  # stories with a matching article that are considered, those with the latest one first
MOST_RANKED = 1_000  # stories that are ranked by growth
MOST_ALERTS = 100  # of a story, on its page
MOST_COPIES = 200  # of an article, on its page
LINES = 100  # of an export, at a time

StorySort = Literal["time", "sources", "growth"]
ArticleSort = Literal["relevance", "time"]
Tracks = Mapping[str, Sequence[story_views.TrackName]]


class StoryList(Struct, frozen=True, kw_only=True):
    """A part of a list. ``next``: the cursor of the part after it; null at the end."""

    items: tuple[story_views.MovingStory, ...]
    next: str | None


class ArticleList(Struct, frozen=True, kw_only=True):
    """As `StoryList`."""

    items: tuple[article_views.Hit, ...]
    next: str | None


class AlertList(Struct, frozen=True, kw_only=True):
    """As `StoryList`."""

    items: tuple[alert_views.AlertView, ...]
    next: str | None


class DeliveryList(Struct, frozen=True, kw_only=True):
    """As `StoryList`."""

    items: tuple[delivery_views.Delivery, ...]
    next: str | None


@dataclass(frozen=True)
class NearStory:
    """Another story. ``names``: those that it shares."""

    story: story_views.StoryView
    names: tuple[str, ...]


@dataclass(frozen=True)
class Moved:
    """A story that has no article left. ``to``: the one that has them, at the end of all redirects."""

    to: str


_NEWEST = {"@timestamp": {"order": "desc"}}
_STORY_SORTS: dict[StorySort, tuple[list[Any], Any]] = {
    "time": ([_NEWEST, {"story.id": {"order": "asc"}}], tuple[Whole, Key]),
    "sources": (
        [{"story.source_count": {"order": "desc"}}, _NEWEST, {"story.id": {"order": "asc"}}],
        tuple[Whole, Whole, Key],
    ),
}
_BY_TIME: tuple[list[Any], Any] = ([_NEWEST, {"article.id": {"order": "asc"}}], tuple[Whole, Key])
_BY_SCORE: tuple[list[Any], Any] = ([{"_score": {"order": "desc"}}, *_BY_TIME[0]], tuple[float, Whole, Key])
_LETTERS: tuple[list[Any], Any] = ([_NEWEST, {"letter.id": {"order": "asc"}}], tuple[Whole, Key])
_ALERTS: tuple[list[Any], Any] = ([_NEWEST, {"alert.id": {"order": "asc"}}], tuple[Whole, Key])


class Library:
    """Answers from Elasticsearch. Usable by several threads.

    Methods raise `InvalidRequest` for what cannot be asked, `Unavailable` when the server is away, and `UsageError`
    before `storywatch init`. ``tracks``: story -> the tracks that follow it by its id, where they are known.
    """

    def __init__(self, client: SearchClient, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._index = Index(client, prefix)
        self.search = Search(client, prefix)

    def stories(
        self,
        choice: StoryChoice,
        sort: StorySort = "time",
        *,
        limit: int = 20,
        after: str | None = None,
        tracks: Tracks | None = None,
        now: datetime | None = None,
    ) -> StoryList:
        """The stories that took an article last, have most sources, or took most articles in the last day, first.

        Of a choice by articles the `MOST_JOINED` stories with the latest matching articles are considered; by growth
        `MOST_RANKED` are ranked.
        """
        now = now or datetime.now(UTC)
        asked = ("stories", choice, sort)
        filters = [*choice.filters(), *self._having(choice.having, now)]
        if sort == "growth":
            rank = None if after is None else cursor.decode(after, _Rank, asked)
            found, position = self._growing(filters, limit, rank, now)
        else:
            order, kind = _STORY_SORTS[sort]
            hits = self._index.hits(
                Family.STORIES, q.all_of(filters), size=_more(limit), sort=order, **_after(after, kind, asked)
            )
            found = [record(hit, r.StoryRecord) for hit in hits[:limit]]
            position = hits[limit - 1]["sort"] if len(hits) > limit else None
        return StoryList(items=self._moving(found, tracks, now), next=_next(position, asked))

    def story(
        self,
        id: str,  # noqa: A002
        *,
        tracks: Tracks | None = None,
        now: datetime | None = None,
    ) -> story_page.StoryPage | Moved | None:
        """The page of a story, by its id or a prefix of it."""
        found = self.search.story(id)
        if found is None:
            return None
        if is_redirect(found):
            held = self.search.surviving(found)
            return None if held is None else Moved(held.story.id)
        now = now or datetime.now(UTC)
        with ThreadPoolExecutor(3) as pool:
            fired = pool.submit(self.search.alerts_of_story, found.story.id, MOST_ALERTS)
            linked = pool.submit(self._linked, found.story.id)
            reports = pool.submit(self.search.reports, found.story.id, MOST_REPORTS)
            counts = self._counts(found.story.id, now)
            read = story_articles.story_articles(self._index, found.story.id, counts.get("doc_count", 0))
            changes = story_articles.latest_revisions(self._index, read.members)
            following = None if tracks is None else tuple(tracks.get(found.story.id, ()))
            return story_page.page(
                found, read, counts, fired.result(), following, now, linked.result(), reports.result(), changes
            )

    def originals(self, story: str, begin: int, size: int) -> story_articles.OriginalsPart:
        """Articles of a story that copy none, the latest first, after ``begin`` others, with their first copies."""
        return story_articles.originals(self._index, story, begin, size)

    def copies(self, story: str, article: str, most: int) -> list[str]:
        """The ids of the articles of a story that copy this one, at most ``most``."""
        return story_articles.copies(self._index, story, article, most)

    def _counts(self, story: str, now: datetime) -> dict[str, Any]:
        of_story = q.term("story.id", story)
        counting = {"story": {"filter": of_story, "aggs": story_page.aggregations(now)}}
        counted: dict[str, Any] = self._index.aggregate(Family.ARTICLES, of_story, counting).get("story", {})
        return counted

    def _linked(self, story: str) -> tuple[story_page.LinkedStory, ...]:
        links = [one.link for one in self.search.links(story) if one.link.state == "linked"]
        others = {
            id_: (one, language)
            for one in links
            for id_, language in zip(one.stories, one.languages, strict=True)
            if id_ != story
        }
        hits = self._index.hits(Family.STORIES, {"terms": {"story.id": list(others)}}, size=MOST) if others else []
        stored = {one.story.id: one.story for one in (record(hit, r.StoryRecord) for hit in hits)}
        return tuple(
            story_page.LinkedStory(
                id=id_,
                title=stored[id_].title if id_ in stored else None,
                language=(stored[id_].language if id_ in stored else None) or language,
                source_count=stored[id_].source_count if id_ in stored else None,
                score=one.score,
                reasons=one.reasons,
            )
            for id_, (one, language) in others.items()
        )

    def near(self, story: story_views.StoryView, *, limit: int = 5) -> list[NearStory]:
        """Other stories that share most with this one's names, of which rare ones count more; two names at least."""
        by_key = {one.key: one.name for one in story.entities[:MOST_SHARED]}
        query = {
            "bool": {
                "should": [q.term("entities.keys", key) for key in by_key],
                "minimum_should_match": LEAST_SHARED,
                "filter": [q.at_least("story.articles", 1)],
                "must_not": [q.term("story.id", story.id)],
            }
        }
        hits = self._index.hits(Family.STORIES, query, size=limit) if len(by_key) >= LEAST_SHARED else []
        found = [record(hit, r.StoryRecord) for hit in hits]
        return [
            NearStory(story_views.story(one), tuple(name for key, name in by_key.items() if key in one.entities.keys))
            for one in found
        ]

    def articles(
        self,
        choice: ArticleChoice,
        sort: ArticleSort | None = None,
        *,
        limit: int = 20,
        after: str | None = None,
        now: datetime | None = None,
        marked: bool = False,
    ) -> ArticleList:
        """The best match first, or the newest; by default the newest where there are no words.

        ``marked``: with `MARK_START` and `MARK_END` around what matched in fragments.
        """
        words = choice.words(now or datetime.now(UTC))
        sort = sort or ("time" if words is None else "relevance")
        if sort == "relevance" and words is None:
            raise q.InvalidRequest("without a query there is no order by relevance: leave sort out, or ask for time")
        asked = ("articles", choice, sort)
        order, kind = _BY_SCORE if sort == "relevance" else _BY_TIME
        query = q.all_of(choice.filters())
        options: dict[str, Any] = {}
        if words is not None:
            query = {"bool": {"must": [words], "filter": choice.filters()}}
            options = {"highlight": HIGHLIGHT}
        hits = self._index.hits(
            Family.ARTICLES,
            query,
            size=_more(limit),
            sort=order,
            _source={"excludes": LISTED_WITHOUT},
            **options,
            **_after(after, kind, asked),
        )
        position = hits[limit - 1]["sort"] if len(hits) > limit else None
        return ArticleList(
            items=tuple(article_views.hit(article_hit(hit), marked=marked) for hit in hits[:limit]),
            next=_next(position, asked),
        )

    def article(self, id: str) -> traces.ArticlePage | None:  # noqa: A002
        """The page of an article, by its URL, its id or a prefix of it."""
        trace = traces.find_trace(self.search, id)
        if trace is None:
            return None
        one = trace.found.article
        same = q.any_of(
            q.term("article.copy.group", one.copy.group or one.id),
            q.term("article.copy.of", one.id),
            *([q.term("article.id", one.copy.of)] if one.copy.of else []),
        )
        hits = self._index.hits(
            Family.ARTICLES,
            same,
            size=MOST_COPIES,
            sort=[{"@timestamp": {"order": "asc"}}],
            _source={"excludes": LISTED_WITHOUT},
        )
        return traces.page(trace, [record(hit, r.ArticleRecord) for hit in hits])

    def alerts(self, choice: AlertChoice, *, limit: int = 20, after: str | None = None) -> AlertList:
        """The latest first."""
        hits, next_ = self._sent((Family.ALERTS,), choice, limit, after)
        return AlertList(items=tuple(alert_views.alert(record(hit, r.AlertRecord)) for hit in hits), next=next_)

    def deliveries(
        self, choice: AlertChoice, *, sources: bool = False, limit: int = 20, after: str | None = None
    ) -> DeliveryList:
        """The deliveries of alerts and of notices about sources, those made last first. ``sources``: only of notices.

        A choice of a track or a story has no notices.
        """
        hits, next_ = self._sent((Family.NOTICES,) if sources else DELIVERIES, choice, limit, after)
        return DeliveryList(items=tuple(delivery_views.delivery(delivery_record(hit)) for hit in hits), next=next_)

    def delivery(self, id: str) -> delivery_views.Delivery | None:  # noqa: A002
        """The delivery of an alert or a notice, by its id or a prefix of it."""
        found = self.search.delivery(id)
        return None if found is None else delivery_views.delivery(found)

    def _sent(
        self, families: Sequence[Family], choice: AlertChoice, limit: int, after: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        asked = (*families, choice)
        order, kind = _ALERTS
        hits = self._index.hits(
            families, q.all_of(choice.filters()), size=_more(limit), sort=order, **_after(after, kind, asked)
        )
        if not hits and after is None:
            # so that an empty list covers all that was written before this call
            for family in families:
                self._index.refresh(family)
            hits = self._index.hits(families, q.all_of(choice.filters()), size=_more(limit), sort=order)
        position = hits[limit - 1]["sort"] if len(hits) > limit else None
        return hits[:limit], _next(position, asked)

    def letters(self, choice: LetterChoice, *, limit: int = 20, after: str | None = None) -> LetterList:
        """Dead letters, the one that was refused last first."""
        asked = ("letters", choice)
        order, kind = _LETTERS
        hits = self._index.hits(
            Family.DEADLETTERS, q.all_of(choice.filters()), size=_more(limit), sort=order, **_after(after, kind, asked)
        )
        position = hits[limit - 1]["sort"] if len(hits) > limit else None
        found = tuple(letter_views.letter(record(hit, r.LetterRecord)) for hit in hits[:limit])
        return LetterList(items=found, next=_next(position, asked))

    def entities(
        self, kind: EntityType | None, *, since: datetime | None, until: datetime | None, limit: int
    ) -> entity_views.EntityList:
        """The names in most articles of a period."""
        return entity_views.entities(self._index, kind=kind, since=since, until=until, limit=limit)

    def entities_by_type(
        self, kinds: Sequence[EntityType], *, limit: int
    ) -> dict[EntityType, list[entity_views.EntityView]]:
        """The names of each type in most articles of all time."""
        return entity_views.entities_by_type(self._index, kinds, limit)

    def entity_key(self, name: str) -> str | None:
        """The key of a name as a person types it; None if no article has it."""
        return entity_views.key_of(self._index, name)

    def entity(self, key: str, *, since: datetime | None, until: datetime | None) -> entity_views.EntityPage | None:
        """The page of a name by its key; None if no article of the period has it."""
        return entity_views.entity(self._index, key, since=since, until=until)

    def lines(self, what: ExportKind, filters: Sequence[q.Query]) -> Generator[bytes, None, None]:
        """All articles, stories or alerts as lines of JSON, the oldest first, as of the first one; a part at a time."""
        family, kind, id_field, line = EXPORTS[what]
        walk: Walk[Any] = Walk(self._client, self._prefix, family, kind, id_field)
        if not walk.count(filters):
            return
        found = (msgspec.json.encode(line(one)) + b"\n" for one, _ in walk.each(filters))
        while part := b"".join(islice(found, LINES)):
            yield part

    def _having(self, choice: ArticleChoice, now: datetime) -> list[q.Query]:
        """The stories that have an article of this choice, as a filter; none where everything is chosen."""
        words = choice.words(now)
        filters = [*choice.filters(), *([words] if words is not None else [])]
        if not filters:
            return []
        latest = {"latest": {"max": {"field": "@timestamp"}}}
        terms = {"field": "story.id", "size": MOST_JOINED, "order": {"latest": "desc"}}
        found = self._index.aggregate(Family.ARTICLES, q.all_of(filters), {"stories": {"terms": terms, "aggs": latest}})
        return [{"terms": {"story.id": [one["key"] for one in _buckets(found)]}}]

    def _growing(
        self, filters: list[q.Query], limit: int, after: "_Rank | None", now: datetime
    ) -> tuple[list[r.StoryRecord], "_Rank | None"]:
        """The stories that took most in the last day. Later pages count from the same hour as the first one."""
        begin = growth.since(now) if after is None else datetime.fromtimestamp(after.since, UTC)
        terms = {"field": "story.id", "size": MOST_RANKED}
        ranked = _buckets(
            self._index.aggregate(
                Family.ARTICLES, q.at_least("@timestamp", begin.isoformat()), {"stories": {"terms": terms}}
            )
        )
        counts = {one["key"]: one["doc_count"] for one in ranked}
        if not counts:
            return [], None
        chosen = q.all_of([*filters, {"terms": {"story.id": list(counts)}}])
        matching = self._index.hits(Family.STORIES, chosen, size=MOST_RANKED, _source=False)
        order = sorted((hit["_id"] for hit in matching), key=lambda key: (-counts[key], key))
        if after is not None:
            order = [key for key in order if (-counts[key], key) > (-after.articles, after.story)]
        last = _Rank(int(begin.timestamp()), counts[order[limit - 1]], order[limit - 1]) if len(order) > limit else None
        first = order[:limit]
        hits = self._index.hits(Family.STORIES, {"terms": {"story.id": first}}, size=limit) if first else []
        found = {one.story.id: one for one in (record(hit, r.StoryRecord) for hit in hits)}
        return [found[key] for key in first if key in found], last

    def _moving(
        self, found: Sequence[r.StoryRecord], tracks: Tracks | None, now: datetime
    ) -> tuple[story_views.MovingStory, ...]:
        if not found:
            return ()
        ids = [one.story.id for one in found]
        terms = {"terms": {"field": "story.id", "size": len(ids)}, "aggs": growth.aggregations(now)}
        answer = self._index.aggregate(Family.ARTICLES, {"terms": {"story.id": ids}}, {"stories": terms})
        buckets = {one["key"]: one for one in _buckets(answer)}
        return tuple(_moving(one, buckets.get(one.story.id, {}), tracks, now) for one in found)


class _Rank(Struct, frozen=True, array_like=True):
    """A position in the order by growth. ``since``: seconds since 1970 from which articles are counted."""

    since: Annotated[int, Meta(ge=0, le=4_000_000_000)]
    articles: Whole
    story: Key


def _moving(
    found: r.StoryRecord, bucket: dict[str, Any], tracks: Tracks | None, now: datetime
) -> story_views.MovingStory:
    story = story_views.story(found)
    counts = growth.of_bucket(bucket, now)
    return story_views.MovingStory(
        **{name: getattr(story, name) for name in story_views.StoryView.__struct_fields__},
        **counts._asdict(),
        state=growth.state(story.first_seen, story.last_seen, story.source_count or 0, counts.growth, now),
        tracks=None if tracks is None else tuple(tracks.get(story.id, ())),
    )


def _buckets(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.get("stories", {}).get("buckets", [])
    return found


def _more(limit: int) -> int:
    """The number to ask for, to know whether there is more."""
    return limit + 1 if limit < MOST else limit


def _after(text: str | None, kind: Any, asked: object) -> dict[str, Any]:
    return {} if text is None else {"search_after": list(cursor.decode(text, kind, asked))}


def _next(position: Any, asked: object) -> str | None:
    return None if position is None else cursor.encode(msgspec.to_builtins(position), asked)
