"""Erases an article from Elasticsearch: deletes its documents and takes its headline out of those that quote it.

A document is written back under the version that it had, so what the worker writes meanwhile wins.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from connectors.elastic import records as r
from connectors.elastic.admin.rebuild_story import rebuild_story
from connectors.elastic.client import translated_errors
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.elastic.write.documents import entities_fields
from streams.copies import reasons as of_copies
from streams.stories import reasons as of_stories

PAGE = 500
PHRASE_CHARACTERS = 100  # of a headline: enough to find quotations, and fewer than a quotation is cut to
Hit = dict[str, Any]


@dataclass(frozen=True)
class Quotations:
    """What other documents may quote of an article: its headlines, and the names that only it brought to its story.

    ``names``: keys of entities that the other articles of ``story`` name. ``headline``: the story's without the
    article. ``elsewhere``: those of ``titles`` that another stored article has as well.
    """

    article: str
    titles: tuple[str, ...]
    story: str | None = None
    names: frozenset[str] = frozenset()
    headline: str = of_stories.REMOVED
    elsewhere: frozenset[str] = frozenset()

    def redact(self, sentences: Iterable[str], quoted: str | None) -> list[str]:
        """Sentences that quote the article ``quoted``, without the headlines of this one if it is the same.

        If the quoted article is unknown, a headline that another article also has is kept.
        """
        redacted = list(sentences)
        if quoted is not None and quoted != self.article:
            return redacted
        for title in self.titles:
            if quoted is not None or title not in self.elsewhere:
                redacted = [of_copies.without_title(one, title) for one in of_stories.without(redacted, (title,))]
        return redacted

    def story_title(self, story: str, title: str) -> str:
        """The title of a story: that of its other articles if ``title`` may be the headline of this one."""
        return self.headline if story == self.story and title in self.titles else title


def headlines(found: r.ArticleRecord) -> tuple[str, ...]:
    """The headlines that an article has or had, as far as they are stored."""
    one = found.article
    earlier = [edit.title_before for edit in (one.edit, *one.revisions) if edit is not None]
    return tuple(dict.fromkeys(title for title in (one.title, *earlier) if title))


class Eraser:
    """Erases articles. All methods raise `Unavailable` when the server is away."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def quotations(self, id_: str, titles: tuple[str, ...], story: str | None) -> Quotations:
        """What to look for in other documents."""
        others = [q.term("story.id", story)] if story else []
        articles = [
            msgspec.convert(hit["_source"], r.ArticleRecord)
            for hit in (self._found((Family.ARTICLES,), others) if others else ())
            if hit["_id"] != id_
        ]
        return Quotations(
            id_,
            titles,
            story,
            names=frozenset(key for one in articles for key in one.entities.keys),
            headline=_headline(articles),
            elsewhere=frozenset(title for title in titles if self._has_another(id_, title)),
        )

    def _has_another(self, id_: str, title: str) -> bool:
        """Whether another article has this headline."""
        found = self._found((Family.ARTICLES,), [q.term("article.title.keyword", title)])
        return any(hit["_id"] != id_ for hit in found)

    def erase(self, id_: str, quotations: Quotations) -> int:
        """Erase an article and return how many documents were deleted or changed."""
        with translated_errors(self._client):
            self._client.indices.refresh(index=f"{self._prefix}*")
            own = [q.term("article.id", id_)]
            families = (Family.ARTICLES, Family.ALERTS, Family.DEADLETTERS)
            done = sum(self._delete(hit) for hit in self._found(families, own))
            quoting = [q.term("story.id", quotations.story)] if quotations.story else []
            quoting += [
                {"match_phrase": {field: title[:PHRASE_CHARACTERS].rsplit(" ", 1)[0]}}
                for title in quotations.titles
                for field in ("story.filing.reasons", "article.copy.reason")
                if title
            ]
            if not quoting:
                return done
            self._client.indices.refresh(index=f"{self._prefix}*")
            done += sum(self._redact(hit, quotations) for hit in self._found((Family.ARTICLES, Family.ALERTS), quoting))
            return done + sum(self._rebuild(hit, quotations) for hit in self._found((Family.STORIES,), quoting))

    def _found(self, families: Iterable[Family], any_of: list[q.Query]) -> Iterator[Hit]:
        for family in families:
            after: dict[str, Any] = {}
            while True:
                try:
                    answer = self._client.search(
                        index=f"{self._prefix}{family}",
                        query=q.any_of(*any_of),
                        size=PAGE,
                        version=True,
                        sort=[{"@timestamp": {"order": "asc"}}, {"article.id": {"order": "asc"}}],
                        **after,
                    )
                except NotFoundError:
                    break
                hits: list[Hit] = answer["hits"]["hits"]
                yield from hits
                if len(hits) < PAGE:
                    break
                after = {"search_after": hits[-1]["sort"]}

    def _delete(self, hit: Hit) -> bool:
        self._client.options(ignore_status=404).delete(index=hit["_index"], id=hit["_id"])
        return True

    def _write(self, hit: Hit, source: Any) -> bool:
        try:
            self._client.index(
                index=hit["_index"],
                id=hit["_id"],
                document=source,
                version=hit["_version"],
                version_type="external_gte",
            )
        except ConflictError:  # the worker has written it meanwhile
            return False
        return True

    def _redact(self, hit: Hit, quotations: Quotations) -> bool:
        source = hit["_source"]
        before = msgspec.json.encode(source)
        story, copy = source["story"], source["article"].get("copy", {})
        _redact_reasons(story.get("filing", {}), quotations)
        if copy.get("reason"):
            [copy["reason"]] = quotations.redact([copy["reason"]], copy.get("of"))
        if "alert" in source and story["id"] == quotations.story and "entities" in source:
            source["entities"] = _only(source["entities"], quotations.names)
        if "title" in story:
            story["title"] = quotations.story_title(story["id"], story["title"])
        return msgspec.json.encode(source) != before and self._write(hit, source)

    def _rebuild(self, hit: Hit, quotations: Quotations) -> bool:
        """Rebuild a story from its remaining articles; without any it is deleted."""
        query = [q.term("story.id", hit["_source"]["story"]["id"])]
        left = [msgspec.convert(one["_source"], r.ArticleRecord) for one in self._found((Family.ARTICLES,), query)]
        if not left:
            return self._delete(hit)
        rebuilt = rebuild_story(msgspec.convert(hit["_source"], r.StoryRecord), left)
        source = msgspec.to_builtins(rebuilt)
        _redact_reasons(source["story"]["filing"], quotations)
        return self._write(hit, source)

    def restore(self) -> int:
        """Put back headlines that were redacted although their article is stored; return how many documents changed."""
        with translated_errors(self._client):
            self._client.indices.refresh(index=f"{self._prefix}*")
            redacted = [
                {"match_phrase": {field: of_stories.REMOVED}}
                for field in ("story.filing.reasons", "article.copy.reason", "story.title")
            ]
            return sum(
                self._restore(hit) for hit in self._found((Family.ARTICLES, Family.ALERTS, Family.STORIES), redacted)
            )

    def _restore(self, hit: Hit) -> bool:
        source = hit["_source"]
        before = msgspec.json.encode(source)
        story, copy = source["story"], source["article"].get("copy", {})
        filing = story.get("filing", {})
        if (title := self._title(filing.get("nearest"))) is not None:
            filing["reasons"] = list(of_stories.with_title(filing.get("reasons", ()), title))
        if "reason" in copy and (title := self._title(copy.get("of"))) is not None:
            copy["reason"] = of_copies.with_title(copy["reason"], title)
        if story.get("title") == of_stories.REMOVED:
            query = [q.term("story.id", story["id"])]
            found = self._found((Family.ARTICLES,), query)
            story["title"] = _headline([msgspec.convert(one["_source"], r.ArticleRecord) for one in found])
        return msgspec.json.encode(source) != before and self._write(hit, source)

    def _title(self, id_: str | None) -> str | None:
        """The headline of a stored article."""
        found = self._found((Family.ARTICLES,), [q.term("article.id", id_)]) if id_ else ()
        return next((hit["_source"]["article"]["title"] or None for hit in found), None)


def _headline(articles: Iterable[r.ArticleRecord]) -> str:
    """The title of a story of these articles, in the order in which they were first seen."""
    return next((one.article.title for one in articles if one.article.title), of_stories.REMOVED)


def _redact_reasons(filing: Any, quotations: Quotations) -> None:
    if filing.get("reasons"):
        filing["reasons"] = quotations.redact(filing["reasons"], filing.get("nearest"))


def _only(entities: Any, names: Container[str]) -> Any:
    details = msgspec.convert(entities, r.EntitiesFields).details
    return msgspec.to_builtins(entities_fields(one for one in details if one.key in names))
