"""Messages in, documents in Elasticsearch out: what the store stages are handed."""

from collections.abc import Sequence

from elasticsearch import AsyncElasticsearch

from connectors.elastic.documents import Document, alert_document, article_document, story_document
from connectors.elastic.writer import Writer
from streams.errors import Rejected
from streams.messages import Alert, FiledArticle, StoryUpdate


class ElasticStore:
    """Writes articles, stories and alerts. Each method gives one result a message: None, or why it can never be kept.

    Raises `Unavailable` while the server is away and `Stop` when its templates are missing.
    """

    def __init__(self, client: AsyncElasticsearch, prefix: str) -> None:
        self._writer = Writer(client, prefix)

    async def articles(self, articles: Sequence[FiledArticle]) -> Sequence[Rejected | None]:
        return await _write(self._writer, [article_document(article) for article in articles])

    async def stories(self, updates: Sequence[StoryUpdate]) -> Sequence[Rejected | None]:
        return await _write(self._writer, [story_document(update) for update in updates])

    async def alerts(self, alerts: Sequence[Alert]) -> Sequence[Rejected | None]:
        return await _write(self._writer, [alert_document(alert) for alert in alerts])


async def _write(writer: Writer, documents: Sequence[Document]) -> Sequence[Rejected | None]:
    written = await writer.write(documents)
    return [outcome if isinstance(outcome, Rejected) else None for outcome in written]
