"""The store of the store stages: messages -> documents in Elasticsearch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from elasticsearch import AsyncElasticsearch, NotFoundError
from msgspec.structs import replace

from connectors.elastic.client import address, translated_errors
from connectors.elastic.names import Family, index_name
from connectors.elastic.records import ArticleRecord, LetterRecord, RevisionFields
from connectors.elastic.write.documents import (
    IndexDocument,
    article_document,
    change_document,
    delivery_document,
    link_document,
    refiled_document,
    story_document,
)
from connectors.elastic.write.letters import from_letter, from_resolution, merged
from connectors.elastic.write.revisions import StoredText, revisions_with
from connectors.elastic.write.writer import Writer, WriteResult
from streams.contract.deadletter import MOST_ID_CHARACTERS, DeadLetterRecord
from streams.contract.errors import Rejected, Unavailable
from streams.contract.messages import Change, Deliverable, FiledArticle, Resolution, StoryLink, StoryUpdate
from streams.contract.stage import RecordContext

ROUNDS = 5  # of reading and writing back; two processes seldom collide even once
LETTERS = index_name(Family.DEADLETTERS)


class ElasticStore:
    """Writes articles, stories, alerts, notices, links, dead letters and the audit log.

    One result a message: stored, stale, or why it can never be stored.
    Raises `Unavailable` while the server is away and `FatalError` when its templates are missing.
    """

    def __init__(self, client: AsyncElasticsearch, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._articles = f"{prefix}{Family.ARTICLES}"
        self._writer = Writer(client, prefix)

    async def articles(self, articles: Sequence[FiledArticle], ats: Sequence[RecordContext]) -> Sequence[WriteResult]:
        """A stored article keeps the time at which it was first seen, and with it the index of that month.

        The stages drop an article's rows after some days: without this, its revision of the next month would become a
        second document.
        """
        known = await self._first_seen({one.article.id for one in articles})
        dated = [replace(one, first_seen=known.get(one.article.id, one.first_seen)) for one in articles]
        texts = [(one, at) for one, at in zip(dated, ats, strict=True) if not one.refiled]
        revisions = await self._revisions([one for one, _ in texts], known)
        documents = [article_document(one, at, found) for (one, at), found in zip(texts, revisions, strict=True)]
        written = iter(await self._writer.write(documents))
        results = [None if one.refiled else next(written) for one in dated]
        # after the texts: a message of an article comes after that which stores it
        refiled = iter(await self._refile([one for one in dated if one.refiled]))
        return [next(refiled) if result is None else result for result in results]

    async def _revisions(
        self, articles: Sequence[FiledArticle], known: Collection[str]
    ) -> list[tuple[RevisionFields, ...]]:
        """The revisions of each article once it is stored. ``known``: ids of those that a search has found."""
        may_be_stored = {
            one.article.id: one
            for one in articles
            if one.article.id in known or one.edit is not None or one.article.stored is not None
        }
        stored = await self._stored_texts(may_be_stored.values())
        found = []
        for one in articles:
            before = stored.get(one.article.id)
            found.append(() if before is None else revisions_with(before, one))
            if before is None or before.version <= one.version:
                stored[one.article.id] = StoredText.of(one, found[-1])
        return found

    async def _stored_texts(self, articles: Collection[FiledArticle]) -> dict[str, StoredText]:
        """Article id -> its text as it is stored now; a search could give an older one."""
        if not articles:
            return {}
        fields = ["article.title", "article.body", "article.revision", "article.revisions"]
        with translated_errors(self._client):
            answer = await self._client.mget(docs=self._places(articles), source_includes=fields)
        return {
            hit["_id"]: msgspec.convert({**hit["_source"]["article"], "version": hit["_version"]}, StoredText)
            for hit in answer["docs"]
            if hit.get("found")
        }

    def _places(self, articles: Iterable[FiledArticle]) -> list[dict[str, str]]:
        return [
            {"_index": f"{self._prefix}{index_name(Family.ARTICLES, one.first_seen)}", "_id": one.article.id}
            for one in articles
        ]

    async def _refile(self, articles: Sequence[FiledArticle]) -> Sequence[WriteResult]:
        """Change the story of stored articles. One that is not stored was rejected or erased: it stays out."""
        if not articles:
            return []
        latest = {one.article.id: one for one in articles}
        with translated_errors(self._client):
            answer = await self._client.mget(docs=self._places(latest.values()))
        documents = [
            refiled_document(msgspec.convert(hit["_source"], ArticleRecord), latest[hit["_id"]])
            for hit in answer["docs"]
            if hit.get("found") and hit["_version"] <= latest[hit["_id"]].version
        ]
        written = await self._writer.write(documents)
        outcomes = {document.id: outcome for document, outcome in zip(documents, written, strict=True)}
        return [outcomes.get(one.article.id, "stale") for one in articles]

    async def stories(self, updates: Sequence[StoryUpdate], ats: Sequence[RecordContext]) -> Sequence[WriteResult]:
        return await self._write(map(story_document, updates, ats))

    async def alerts(self, alerts: Sequence[Deliverable], ats: Sequence[RecordContext]) -> Sequence[WriteResult]:
        return await self._write(map(delivery_document, alerts, ats))

    async def audit(self, changes: Sequence[Change], ats: Sequence[RecordContext]) -> Sequence[WriteResult]:
        return await self._write(map(change_document, changes))

    async def links(self, links: Sequence[StoryLink], ats: Sequence[RecordContext]) -> Sequence[WriteResult]:
        return await self._write(map(link_document, links))

    async def letters(self, letters: Sequence[DeadLetterRecord], ats: Sequence[RecordContext]) -> Sequence[WriteResult]:
        return await self._join([from_letter(one) for one in letters])

    async def resolutions(
        self, resolutions: Sequence[Resolution], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult]:
        """Raises as the others do. A resolution without a usable letter id is rejected."""
        usable = [0 < len(one.letter) <= MOST_ID_CHARACTERS for one in resolutions]
        halves = [from_resolution(one, at) for one, at, good in zip(resolutions, ats, usable, strict=True) if good]
        results = iter(await self._join(halves))
        return [next(results) if good else Rejected("a resolution without a letter's id") for good in usable]

    async def _join(self, halves: Sequence[LetterRecord]) -> Sequence[WriteResult]:
        """Merge halves into their documents. When another process changed one meanwhile, it is read and merged again.

        A half that changes nothing is stale.
        """
        left: dict[str, LetterRecord] = {}
        for half in halves:
            left[half.letter.id] = merged(left.get(half.letter.id), half)
        outcomes: dict[str, WriteResult] = {}
        for _ in range(ROUNDS):
            stored = await self._letters(left)
            documents = []
            for id_, half in left.items():
                version, before = stored.get(id_, (0, None))
                whole = merged(before, half)
                if whole == before:
                    outcomes[id_] = "stale"
                else:
                    documents.append(IndexDocument(LETTERS, id_, version + 1, whole, exclusive=True))
            written = await self._writer.write(documents)
            for document, outcome in zip(documents, written, strict=True):
                if outcome != "stale":
                    outcomes[document.id] = outcome
            left = {id_: half for id_, half in left.items() if id_ not in outcomes}
            if not left:
                return [outcomes[half.letter.id] for half in halves]
        # a version is also remembered for a minute after a document was deleted
        raise Unavailable(f"{len(left)} dead letters at {address(self._client)} were changed or deleted just now")

    async def _letters(self, ids: Collection[str]) -> Mapping[str, tuple[int, LetterRecord]]:
        """Letter id -> the version and the document as it is now; a search could give an older one."""
        if not ids:
            return {}
        with translated_errors(self._client):
            answer = await self._client.mget(index=f"{self._prefix}{LETTERS}", ids=list(ids))
        found = (one for one in answer["docs"] if one.get("found"))
        return {one["_id"]: (one["_version"], msgspec.convert(one["_source"], LetterRecord)) for one in found}

    async def _first_seen(self, ids: Collection[str]) -> dict[str, datetime]:
        """Article id -> when it was first seen, of those that are stored.

        What was stored within the last second may not be found, but the rows of the stages still have that.
        """
        if not ids:
            return {}
        with translated_errors(self._client):
            try:
                answer = await self._client.search(
                    index=self._articles,
                    query={"terms": {"article.id": list(ids)}},
                    sort=[{"@timestamp": {"order": "desc"}}],
                    source_includes=["@timestamp", "article.id"],
                    size=2 * len(ids),  # older versions may have stored one twice: the older one counts
                    ignore_unavailable=True,  # a closed month takes no revision
                )
            except NotFoundError:
                return {}  # no article yet
        found = (hit["_source"] for hit in answer["hits"]["hits"])
        return {one["article"]["id"]: datetime.fromisoformat(one["@timestamp"]) for one in found}

    async def _write(self, documents: Iterable[IndexDocument]) -> Sequence[WriteResult]:
        return await self._writer.write(list(documents))
