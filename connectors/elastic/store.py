"""Messages in, documents in Elasticsearch out: what the store stages are handed."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from elasticsearch import AsyncElasticsearch, NotFoundError
from msgspec.structs import replace

from connectors.elastic.client import reaching
from connectors.elastic.documents import Document, alert_document, article_document, story_document
from connectors.elastic.names import Family
from connectors.elastic.writer import Writer
from streams.errors import Rejected
from streams.messages import Alert, FiledArticle, StoryUpdate
from streams.stage import At
from streams.tools import Kept


class ElasticStore:
    """Writes articles, stories and alerts, with one outcome a message: stored, stale, or why it can never be kept.

    Raises `Unavailable` while the server is away and `Stop` when its templates are missing.
    """

    def __init__(self, client: AsyncElasticsearch, prefix: str) -> None:
        self._client = client
        self._articles = f"{prefix}{Family.ARTICLES}"
        self._writer = Writer(client, prefix)

    async def articles(self, articles: Sequence[FiledArticle], ats: Sequence[At]) -> Sequence[Kept | Rejected]:
        """An article that is stored keeps the time at which it was first seen, and with it the index of that month.

        The stages forget an article after some days: its revision of next month would else stand beside it.
        """
        known = await self._first_seen({one.article.id for one in articles})
        dated = [replace(one, first_seen=known.get(one.article.id, one.first_seen)) for one in articles]
        return await self._write(map(article_document, dated, ats))

    async def stories(self, updates: Sequence[StoryUpdate], ats: Sequence[At]) -> Sequence[Kept | Rejected]:
        return await self._write(map(story_document, updates, ats))

    async def alerts(self, alerts: Sequence[Alert], ats: Sequence[At]) -> Sequence[Kept | Rejected]:
        return await self._write(map(alert_document, alerts, ats))

    async def _first_seen(self, ids: Collection[str]) -> dict[str, datetime]:
        """Article id -> when it was first seen, of those that are stored. What was stored within the last second may
        not be found, but that the stages still know."""
        if not ids:
            return {}
        with reaching(self._client):
            try:
                answer = await self._client.search(
                    index=self._articles,
                    query={"terms": {"article.id": list(ids)}},
                    sort=[{"@timestamp": {"order": "desc"}}],
                    source_includes=["@timestamp", "article.id"],
                    size=2 * len(ids),  # older code may have stored one of them twice: then the older holds
                    ignore_unavailable=True,  # a month that was closed takes no revision
                )
            except NotFoundError:
                return {}  # no article yet
        found = (hit["_source"] for hit in answer["hits"]["hits"])
        return {one["article"]["id"]: datetime.fromisoformat(one["@timestamp"]) for one in found}

    async def _write(self, documents: Iterable[Document]) -> Sequence[Kept | Rejected]:
        written = await self._writer.write(list(documents))
        return [outcome if isinstance(outcome, Rejected) else outcome.value for outcome in written]
