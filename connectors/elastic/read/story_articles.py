"""The articles of a story that its page shows: a bounded number of documents, whatever the size of the story."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from connectors.elastic import records as r
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.elastic.read.index import MOST, Index, record
from connectors.elastic.read.queries import LISTED_WITHOUT, NEWEST_FIRST, appeared

WHOLE = 300  # articles up to which a story is read whole: about 1 MB
LATEST = 100
FIRST_OF_PUBLISHERS = 100
BROUGHT_SOURCES = 100
COPIED = 60  # the first copies, with what they copy
EDITED = 50
CHANGES = 20  # of which the text is read, up to 100 kB each
FIRST_COPIES = 8  # of each article of a part
OLDEST_FIRST = [{"@timestamp": {"order": "asc"}}, {"article.id": {"order": "asc"}}]


@dataclass(frozen=True)
class StoryArticles:
    """``members``: articles in order of appearance; ``first``: of each publisher, in order of arrival.

    Of a story with more than `WHOLE` articles they are the newest, the first of the publishers, those that brought
    sources, the first copies with what they copy, and those that were edited last.
    """

    members: tuple[r.ArticleRecord, ...]
    first: tuple[r.ArticleRecord, ...]


@dataclass(frozen=True)
class OriginalsPart:
    """Some of a story's articles that copy none, after ``begin`` others, of ``total``.

    ``copies``: the first `FIRST_COPIES` of each; ``copied``: article -> the number of its copies.
    """

    articles: tuple[r.ArticleRecord, ...]
    copies: tuple[r.ArticleRecord, ...]
    copied: dict[str, int]
    begin: int
    total: int


def story_articles(index: Index, story: str, total: int) -> StoryArticles:
    """Read what the page of a story of ``total`` articles shows, in at most six requests, five of them at once.

    Raises as `Index` does.
    """
    of_story = q.term("story.id", story)
    if total <= WHOLE:
        members = tuple(sorted(_read(index, [of_story], WHOLE, NEWEST_FIRST), key=_by_appearance))
        return StoryArticles(members, _first_of_publishers(members))
    brought = q.any_of({"exists": {"field": "story.brought.source.key"}}, q.flag("story.coverage.new_source"))
    edited = {"exists": {"field": "article.edit.number"}}
    by_publisher = {"collapse": {"field": "publisher.id"}}
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(_read, index, [of_story], FIRST_OF_PUBLISHERS, OLDEST_FIRST, **by_publisher),
            pool.submit(_read, index, [of_story, q.is_copy()], COPIED, OLDEST_FIRST),
            pool.submit(_read, index, [of_story, brought], BROUGHT_SOURCES, OLDEST_FIRST),
            pool.submit(_read, index, [of_story, edited], EDITED, NEWEST_FIRST),
        ]
        newest = _read(index, [of_story], LATEST, NEWEST_FIRST)
        first, copies, *others = (one.result() for one in asked)
    known = {one.article.id: one for found in (newest, first, copies, *others) for one in found}
    copied = {one.article.copy.of for one in copies if one.article.copy.of} - known.keys()
    if copied:
        originals = _read(index, [of_story, {"terms": {"article.id": sorted(copied)}}], COPIED, OLDEST_FIRST)
        known |= {one.article.id: one for one in originals}
    return StoryArticles(tuple(sorted(known.values(), key=_by_appearance)), tuple(first))


def originals(index: Index, story: str, begin: int, size: int) -> OriginalsPart:
    """The articles of a story that copy none, the latest first, after ``begin`` others. Raises as `Index` does."""
    own = {"bool": {"filter": [q.term("story.id", story)], "must_not": [q.is_copy()]}}
    begin = min(begin, MOST - size)
    found, total = _read_and_count(index, own, begin, size)
    if not found and total:  # ``begin`` is behind the last one
        begin = total - 1
        found, total = _read_and_count(index, own, begin, size)
    ids = [one.article.id for one in found]
    if not ids:
        return OriginalsPart((), (), {}, 0, total)
    of_these = q.all_of([q.term("story.id", story), q.is_copy(), {"terms": {"article.copy.of": ids}}])
    first = {"size": FIRST_COPIES, "sort": OLDEST_FIRST, "_source": {"excludes": LISTED_WITHOUT}}
    terms = {"terms": {"field": "article.copy.of", "size": size}, "aggs": {"first": {"top_hits": first}}}
    buckets = index.aggregate(Family.ARTICLES, of_these, {"copied": terms}).get("copied", {}).get("buckets", [])
    copies = [record(hit, r.ArticleRecord) for one in buckets for hit in one["first"]["hits"]["hits"]]
    copied = {one["key"]: one["doc_count"] for one in buckets}
    return OriginalsPart(tuple(found), tuple(copies), copied, begin, total)


def copies(index: Index, story: str, article: str, most: int) -> list[str]:
    """The ids of at most ``most`` articles of a story that copy this one, also by way of another copy."""
    of_article = q.any_of(q.term("article.copy.of", article), q.term("article.copy.group", article))
    found = index.hits(
        Family.ARTICLES,
        q.all_of([q.term("story.id", story), q.is_copy(), of_article]),
        size=most,
        _source=["article.id"],
    )
    return [hit["_source"]["article"]["id"] for hit in found]


def latest_revisions(index: Index, members: Sequence[r.ArticleRecord]) -> dict[str, r.RevisionFields]:
    """Article -> its latest revision, of the `CHANGES` articles that were edited last. Raises as `Index` does."""
    edited = sorted(
        (one for one in members if one.article.edit is not None), key=lambda one: one.article.fetched_at, reverse=True
    )[:CHANGES]
    if not edited:
        return {}
    hits = index.hits(
        Family.ARTICLES,
        {"terms": {"article.id": [one.article.id for one in edited]}},
        size=CHANGES,
        _source=["article.id", "article.revisions"],
    )
    found = (msgspec.convert(hit["_source"]["article"], _Revised) for hit in hits)
    return {one.id: one.revisions[-1] for one in found if one.revisions}


class _Revised(Struct, frozen=True):
    id: str
    revisions: tuple[r.RevisionFields, ...] = ()


def _read(
    index: Index, filters: list[q.Query], size: int, sort: Sequence[Any], **options: Any
) -> list[r.ArticleRecord]:
    hits = index.hits(
        Family.ARTICLES, q.all_of(filters), size=size, sort=sort, _source={"excludes": LISTED_WITHOUT}, **options
    )
    return [record(hit, r.ArticleRecord) for hit in hits]


def _read_and_count(index: Index, query: q.Query, begin: int, size: int) -> tuple[list[r.ArticleRecord], int]:
    hits, total = index.hits_and_total(
        Family.ARTICLES,
        query,
        size=size,
        sort=NEWEST_FIRST,
        _source={"excludes": LISTED_WITHOUT},
        **{"from": begin},
    )
    return [record(hit, r.ArticleRecord) for hit in hits], total


def _first_of_publishers(members: Sequence[r.ArticleRecord]) -> tuple[r.ArticleRecord, ...]:
    first: dict[str | None, r.ArticleRecord] = {}
    for one in sorted(members, key=lambda one: one.timestamp):
        first.setdefault(one.publisher.id if one.publisher else None, one)
    return tuple(first.values())


def _by_appearance(one: r.ArticleRecord) -> tuple[datetime, datetime, str]:
    return appeared(one), one.timestamp, one.article.id
