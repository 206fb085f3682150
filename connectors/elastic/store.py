"""Messages in, documents in Elasticsearch out: what the store stages are handed."""

from collections.abc import Sequence

from elasticsearch import AsyncElasticsearch

from connectors.elastic.documents import Document, alert_document, article_document, story_document
from connectors.elastic.writer import Writer
from streams.errors import Rejected
from streams.messages import Alert, FiledArticle, StoryUpdate
from streams.tools import Kept


class ElasticStore:
    """Writes articles, stories and alerts; one result a message: how it is kept, or why it never can be.

    Raises `Unavailable` while the server is away and `Stop` when its templates are missing.
    """

    def __init__(self, client: AsyncElasticsearch, prefix: str) -> None:
        self._writer = Writer(client, prefix)

    async def articles(self, articles: Sequence[FiledArticle]) -> Sequence[Kept | Rejected]:
        return await _write(self._writer, [article_document(article) for article in articles])

    async def stories(self, updates: Sequence[StoryUpdate]) -> Sequence[Kept | Rejected]:
        return await _write(self._writer, [story_document(update) for update in updates])

    async def alerts(self, alerts: Sequence[Alert]) -> Sequence[Kept | Rejected]:
        return await _write(self._writer, [alert_document(alert) for alert in alerts])


async def _write(writer: Writer, documents: Sequence[Document]) -> Sequence[Kept | Rejected]:
    written = await writer.write(documents)
    return [outcome if isinstance(outcome, Rejected) else outcome.value for outcome in written]
