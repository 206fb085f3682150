"""Queries of the command line: articles, stories, alerts and full-text search, as typed records."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from connectors.elastic import records as r
from connectors.elastic.names import DELIVERIES, Family
from connectors.elastic.read import clauses as q
from connectors.elastic.read.clauses import InvalidRequest
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.index import Index, R, delivery_record, record

MARK_START, MARK_END = "\ue000", "\ue001"  # around matched words; private characters, since articles may hold any tag
PAGE = 1000  # documents per request, where all of a story are read
PREFIX_CHARACTERS = 6  # of an id: 24 bits, rarely shared by two
MOST_ID_CHARACTERS = 64  # twice those of an id
MOST_REDIRECTS = 200  # of one story, each to the next
FRAGMENTS = 2
FRAGMENT_CHARACTERS = 160
# large, and not shown in lists
LISTED_WITHOUT = ["article.body", "article.links", "article.revisions", "entities.details"]
ALERTS_LISTED_WITHOUT = ["story.sources", "story.source_keys", "story.publishers", "entities.details"]
NEWEST_FIRST = [{"@timestamp": {"order": "desc"}}, {"article.id": {"order": "asc"}}]  # a stable order of ties
DELIVERIES_NEWEST_FIRST = [{"@timestamp": {"order": "desc"}}, {"alert.id": {"order": "asc"}}]


class ArticleHit(Struct, frozen=True, kw_only=True):
    """An article found by a search; matched words stand between `MARK_START` and `MARK_END`."""

    article: r.ArticleRecord  # without its body
    score: float  # 0.0 for a search without words
    title: str
    fragments: tuple[str, ...] = ()  # of the body or summary


class Search:
    """Typed queries. All methods raise `Unavailable` when the server is away and `UsageError` before `storywatch init`.

    A new document is found after the server's next refresh, within a second.
    """

    def __init__(self, client: SearchClient, prefix: str, *, page: int = PAGE) -> None:
        self._index = Index(client, prefix)
        self._page = page

    def refresh(self) -> None:
        """Make everything written so far searchable now: for demonstrations and tests, not for a busy system."""
        self._index.refresh()

    def article(self, id: str) -> r.ArticleRecord | None:  # noqa: A002
        return next(iter(self.articles([id])), None)

    def articles(self, ids: Sequence[str]) -> list[r.ArticleRecord]:
        """The articles that exist, with their bodies, in the order of ``ids``."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, r.ArticleRecord] = {}
        for start in range(0, len(wanted), self._page):
            query = {"terms": {"article.id": wanted[start : start + self._page]}}
            found |= {one.article.id: one for one in self._records(Family.ARTICLES, r.ArticleRecord, query, self._page)}
        return [found[key] for key in wanted if key in found]

    def article_by_url(self, url: str) -> r.ArticleRecord | None:
        """The article with this canonical or fetched URL; the newest, where one address held several."""
        query = q.any_of(q.term("url.full", url), q.term("url.original", url))
        return next(iter(self._records(Family.ARTICLES, r.ArticleRecord, query, size=1)), None)

    def in_story(self, story_id: str) -> list[r.ArticleRecord]:
        """Every article of a story as `appeared` orders them, without bodies."""
        found: list[r.ArticleRecord] = []
        after: list[Any] | None = None
        while True:
            hits = self._index.hits(
                Family.ARTICLES,
                q.term("story.id", story_id),
                size=self._page,
                sort=[{"@timestamp": {"order": "asc"}}, {"article.id": {"order": "asc"}}],
                _source={"excludes": LISTED_WITHOUT},
                **({"search_after": after} if after else {}),
            )
            found += [record(hit, r.ArticleRecord) for hit in hits]
            if len(hits) < self._page:
                return sorted(found, key=lambda one: (appeared(one), one.timestamp, one.article.id))
            after = hits[-1]["sort"]

    def reports(self, story_id: str, limit: int) -> list[r.ArticleRecord]:
        """The latest articles of a story that carry no other publisher's text, with their bodies, the oldest first."""
        query = {"bool": {"filter": [q.term("story.id", story_id)], "must_not": [q.is_copy()]}}
        without = [one for one in LISTED_WITHOUT if one != "article.body"]
        hits = self._index.hits(Family.ARTICLES, query, size=limit, sort=NEWEST_FIRST, _source={"excludes": without})
        return [record(hit, r.ArticleRecord) for hit in reversed(hits)]

    def story(self, id: str) -> r.StoryRecord | None:  # noqa: A002
        """By its id or a prefix of it. Raises `UsageError` for a prefix that is too short or not unique."""
        found = self._by_prefix(Family.STORIES, r.StoryRecord, "story", id)
        _check_one(id, "story", [one.story.id for one in found])
        return next(iter(found), None)

    def surviving(self, found: r.StoryRecord) -> r.StoryRecord | None:
        """The story that has the articles of a redirect, at the end of all redirects; ``found`` if it is none."""
        if not is_redirect(found):
            return found
        holding = [q.term("story.absorbed", found.story.id), {"range": {"story.articles": {"gte": 1}}}]
        for one in self._records(Family.STORIES, r.StoryRecord, q.all_of(holding), size=1):
            return one
        seen = {found.story.id}  # it may have been merged within the last second, or by an older version
        while is_redirect(found) and found.story.moved_to not in seen and len(seen) <= MOST_REDIRECTS:
            seen.add(found.story.moved_to or "")
            after = self._records(Family.STORIES, r.StoryRecord, q.term("story.id", found.story.moved_to or ""), size=1)
            if not after:
                return None
            found = after[0]
        return None if is_redirect(found) else found

    def alert(self, id: str) -> r.AlertRecord | None:  # noqa: A002
        """By its id or a prefix of it. Raises `UsageError` for a prefix that is too short or not unique."""
        found = self._by_prefix(Family.ALERTS, r.AlertRecord, "alert", id)
        _check_one(id, "alert", [one.alert.id for one in found])
        return next(iter(found), None)

    def delivery(self, id: str) -> r.AlertRecord | r.NoticeRecord | None:  # noqa: A002
        """An alert or a notice, by its id or a prefix of it. Raises `UsageError` as `alert` does."""
        if len(id) > MOST_ID_CHARACTERS:
            return None
        found = self._deliveries(q.term("alert.id", id), size=1)
        if not found:
            _check_length(id, "alert")
            found = self._deliveries(_prefix("alert.id", id), size=2)
        _check_one(id, "alert", [one.alert.id for one in found])
        return next(iter(found), None)

    def article_by_prefix(self, id: str) -> r.ArticleRecord | None:  # noqa: A002
        """By its id or a prefix of it. Raises `UsageError` for a prefix that is too short or not unique."""
        found = self._by_prefix(Family.ARTICLES, r.ArticleRecord, "article", id)
        _check_one(id, "article", [one.article.id for one in found])
        return next(iter(found), None)

    def receivers_off(self, receivers: Collection[str]) -> dict[str, datetime]:
        """Receiver -> when it last answered 410 (gone), of those receivers that ever did."""
        query = q.all_of([{"term": {"delivery.off": True}}, {"terms": {"receiver.id": sorted(receivers)}}])
        found = self._deliveries(query, size=self._page)
        known: dict[str, datetime] = {}
        for one in found:
            if one.delivery.at is not None:
                known[one.receiver.id] = max(one.delivery.at, known.get(one.receiver.id, one.delivery.at))
        return known

    def receivers_paused(self, receivers: Collection[str]) -> dict[str, datetime]:
        """Receiver -> since when it is paused because it keeps failing, of those receivers that are."""
        query = q.all_of([{"exists": {"field": "delivery.paused_at"}}, {"terms": {"receiver.id": sorted(receivers)}}])
        since: dict[str, datetime] = {}
        for one in self._deliveries(query, size=self._page):
            if (at := one.delivery.paused_at) is not None:
                since[one.receiver.id] = max(at, since.get(one.receiver.id, at))
        return {id_: at for id_, at in since.items() if not self._has_accepted(id_, at)}

    def _has_accepted(self, receiver: str, since: datetime) -> bool:
        later = {"range": {"delivery.at": {"gt": since.isoformat()}}}
        query = q.all_of([q.term("receiver.id", receiver), q.term("delivery.status", "delivered"), later])
        return bool(self._deliveries(query, size=1))

    def stories(
        self,
        limit: int = 20,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        language: str | None = None,
        entity: str | None = None,
        words: str | None = None,
        at_least_sources: int | None = None,
    ) -> list[r.StoryRecord]:
        """Stories that took an article in [since, until), the latest first.

        ``words`` is a query, whose words are searched in titles.
        """
        filters = [
            {"range": {"story.articles": {"gte": 1}}},  # a story is empty when its only article has moved to another
            *q.between(since, until),
            *([q.term("story.language", language.lower())] if language else []),
            *([q.names_entity(entity)] if entity else []),
            *([q.words_in(words, Family.STORIES)] if words is not None else []),
            *([{"range": {"story.source_count": {"gte": at_least_sources}}}] if at_least_sources else []),
        ]
        return self._records(Family.STORIES, r.StoryRecord, q.all_of(filters), size=limit)

    def search(
        self,
        words: str | None = None,
        *,
        entity: str | None = None,
        publisher: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        language: str | None = None,
        limit: int = 20,
        now: datetime | None = None,
    ) -> list[ArticleHit]:
        """Articles first seen in [since, until), the best match first, or the newest where no words are given.

        ``words`` is a query as `streams.alerts.query` reads it; raises `UsageError` with the column of a syntax error.
        ``entity`` is a name or a key such as ``person:jane doe``; ``publisher`` an id, domain, owner or name. ``now``:
        the time to which ``now-7d`` in a query refers; by default the present.
        """
        filters = [
            *q.between(since, until),
            *([q.term("article.language", language.lower())] if language else []),
            *([q.names_entity(entity)] if entity else []),
            *([q.from_publisher(publisher)] if publisher else []),
        ]
        options: dict[str, Any] = {"sort": NEWEST_FIRST}
        query = q.all_of(filters)
        if words is not None:
            query = {"bool": {"must": [q.words_in(words, Family.ARTICLES, now)], "filter": filters}}
            options = {"sort": [{"_score": {"order": "desc"}}, *NEWEST_FIRST], "highlight": HIGHLIGHT}
        hits = self._index.hits(Family.ARTICLES, query, size=limit, _source={"excludes": LISTED_WITHOUT}, **options)
        return [article_hit(hit) for hit in hits]

    def alerts(
        self,
        limit: int = 20,
        *,
        track: str | None = None,
        story: str | None = None,
        article: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[r.AlertRecord]:
        """The latest first; ``track`` is an id or a name.

        Where none is found, the index is refreshed and searched again, so that an empty list covers all that was
        written before this call.
        """
        filters = [
            *q.between(since, until),
            *([q.any_of(q.term("track.id", track), q.term("track.name", track))] if track else []),
            *([q.term("story.id", story)] if story else []),
            *([q.term("article.id", article)] if article else []),
        ]
        found = self._listed_alerts(filters, limit)
        if found:
            return found
        self._index.refresh(Family.ALERTS)
        return self._listed_alerts(filters, limit)

    def alerts_of_story(self, story: str, limit: int) -> list[r.AlertRecord]:
        """The latest first. What was written within the last second may be missing: a page asks for it each time."""
        return self._listed_alerts([q.term("story.id", story)], limit)

    def _listed_alerts(self, filters: list[q.Query], limit: int) -> list[r.AlertRecord]:
        without = {"excludes": ALERTS_LISTED_WITHOUT}
        hits = self._index.hits(Family.ALERTS, q.all_of(filters), size=limit, sort=NEWEST_FIRST, _source=without)
        return [record(hit, r.AlertRecord) for hit in hits]

    def links(self, story: str | None = None, limit: int = 50) -> list[r.LinkRecord]:
        """The links of a story, or of all, the latest first; pairs that a person keeps apart are among them."""
        filters = [q.term("link.stories", story)] if story is not None else []
        order = [{"@timestamp": {"order": "desc"}}, {"link.id": {"order": "asc"}}]
        hits = self._index.hits(Family.LINKS, q.all_of(filters), size=limit, sort=order)
        return [record(hit, r.LinkRecord) for hit in hits]

    def changes(
        self,
        limit: int = 20,
        *,
        subject: str | None = None,
        kind: str | None = None,
        by: str | None = None,
        since: datetime | None = None,
    ) -> list[r.AuditRecord]:
        """Entries of the audit log, the latest first. ``subject``: an id, a prefix of it, or a name."""
        filters = [
            *q.between(since, None),
            *([q.any_of(q.term("change.name", subject), _prefix("change.subject", subject))] if subject else []),
            *([q.term("change.kind", kind)] if kind else []),
            *([q.any_of(q.term("change.by", by), _prefix("change.by", f"{by}@"))] if by else []),
        ]
        order = [{"@timestamp": {"order": "desc"}}, {"change.id": {"order": "asc"}}]
        hits = self._index.hits(Family.AUDIT, q.all_of(filters), size=limit, sort=order)
        return [record(hit, r.AuditRecord) for hit in hits]

    def _by_prefix(self, family: Family, kind: type[R], what: str, prefix: str) -> list[R]:
        """The document with this id, or at most two whose ids have this prefix."""
        if len(prefix) > MOST_ID_CHARACTERS:
            return []  # no id is as long, and the server refuses such a prefix
        field = f"{what}.id"
        exact = self._records(family, kind, q.term(field, prefix), size=1)
        if exact:
            return exact
        _check_length(prefix, what)
        return self._records(family, kind, _prefix(field, prefix), size=2)

    def _deliveries(self, query: q.Query, size: int) -> list[r.AlertRecord | r.NoticeRecord]:
        hits = self._index.hits(DELIVERIES, query, size=size, sort=DELIVERIES_NEWEST_FIRST)
        return [delivery_record(hit) for hit in hits]

    def _records(self, family: Family, kind: type[R], query: q.Query, size: int) -> list[R]:
        return [record(hit, kind) for hit in self._index.hits(family, query, size=size, sort=NEWEST_FIRST)]


def is_redirect(found: r.StoryRecord) -> bool:
    """Whether a story has no articles because another one has them."""
    return not found.story.articles and found.story.moved_to is not None


def _prefix(field: str, beginning: str) -> q.Query:
    return {"prefix": {field: {"value": beginning}}}


def _check_length(prefix: str, what: str) -> None:
    if len(prefix) < PREFIX_CHARACTERS:
        article = "an" if what in ("article", "alert") else "a"
        raise InvalidRequest(
            f"{prefix!r} is too short for the id of {article} {what}: give at least its first "
            f"{PREFIX_CHARACTERS} characters"
        )


def _check_one(beginning: str, what: str, found: Sequence[str]) -> None:
    if len(found) > 1:
        both = " and ".join(found)
        raise InvalidRequest(f"{beginning!r} is the beginning of more than one {what}, such as {both}: give more of it")


def appeared(found: r.ArticleRecord) -> datetime:
    """When an article was published, as far as known: the publisher's time, else the time when it was first seen.

    A date without a time counts as its midnight, unless the article was first seen on that very day.
    """
    published = found.article.published
    if published is None or (_day_only(found) and published.date() == found.timestamp.date()):
        return found.timestamp
    return published


def appeared_on_day(found: r.ArticleRecord) -> bool:
    """Whether `appeared` is the midnight of a day of which no time is known."""
    return _day_only(found) and appeared(found) == found.article.published


def _day_only(found: r.ArticleRecord) -> bool:
    return found.article.published_by is not None and found.article.published_by.precision == "day"


HIGHLIGHT = {
    "pre_tags": [MARK_START],
    "post_tags": [MARK_END],
    "fields": {
        "article.title.folded": {"number_of_fragments": 0},
        "article.summary.folded": {"number_of_fragments": 1, "fragment_size": FRAGMENT_CHARACTERS},
        "article.body.folded": {"number_of_fragments": FRAGMENTS, "fragment_size": FRAGMENT_CHARACTERS},
    },
}


def article_hit(hit: dict[str, Any]) -> ArticleHit:
    article = record(hit, r.ArticleRecord)
    marked: dict[str, list[str]] = hit.get("highlight", {})
    return ArticleHit(
        article=article,
        score=hit.get("_score") or 0.0,
        title=next(iter(marked.get("article.title.folded", [])), article.article.title),
        fragments=tuple(marked.get("article.body.folded") or marked.get("article.summary.folded") or ()),
    )
