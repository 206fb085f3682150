"""Messages in, documents in Elasticsearch out: what the store stages are handed."""

from collections.abc import Iterable, Sequence

from elasticsearch import AsyncElasticsearch

from connectors.elastic.documents import Document, alert_document, article_document, story_document
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
        self._writer = Writer(client, prefix)

    async def articles(self, articles: Sequence[FiledArticle], ats: Sequence[At]) -> Sequence[Kept | Rejected]:
        return await self._write(map(article_document, articles, ats))

    async def stories(self, updates: Sequence[StoryUpdate], ats: Sequence[At]) -> Sequence[Kept | Rejected]:
        return await self._write(map(story_document, updates, ats))

    async def alerts(self, alerts: Sequence[Alert], ats: Sequence[At]) -> Sequence[Kept | Rejected]:
        return await self._write(map(alert_document, alerts, ats))

    async def _write(self, documents: Iterable[Document]) -> Sequence[Kept | Rejected]:
        written = await self._writer.write(list(documents))
        return [outcome if isinstance(outcome, Rejected) else outcome.value for outcome in written]
