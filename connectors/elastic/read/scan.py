"""The documents of the articles that match a filter, by the time of first seen, a page at a time: for reprocessing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from elasticsearch import Elasticsearch, NotFoundError

from connectors.elastic import records as r
from connectors.elastic.client import translated_errors
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q

SearchAfter = list[Any]  # the sort values of the last document of a page; JSON can hold them


@dataclass(frozen=True)
class ArticleFilter:
    """Articles first seen in [since, until), of one publisher or all. None: no limit."""

    since: datetime | None = None
    until: datetime | None = None
    publisher: str | None = None

    def filters(self) -> list[q.Query]:
        return [
            *q.between(self.since, self.until),
            *([q.from_publisher(self.publisher)] if self.publisher else []),
        ]


class Scan:
    """Reads articles. All methods raise `Unavailable` when the server is away; a missing index counts as empty."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self._index = f"{prefix}{Family.ARTICLES}"

    def count(self, choice: ArticleFilter, *filters: q.Query) -> int:
        with translated_errors(self._client):
            try:
                answer = self._client.count(index=self._index, query=q.all_of([*choice.filters(), *filters]))
            except NotFoundError:
                return 0
        return int(answer["count"])

    def oldest(self, choice: ArticleFilter) -> datetime | None:
        """When the oldest of them was first seen."""
        page, _ = self.page(choice, None, 1)
        return page[0].timestamp if page else None

    def page(
        self, choice: ArticleFilter, after: SearchAfter | None, size: int
    ) -> tuple[list[r.ArticleRecord], SearchAfter | None]:
        """The next documents and where the next page starts; no documents at the end."""
        hits = self._search(
            query=q.all_of(choice.filters()),
            size=size,
            sort=[{"@timestamp": {"order": "asc"}}, {"article.id": {"order": "asc"}}],
            **({"search_after": after} if after else {}),
        )
        return [msgspec.convert(hit["_source"], r.ArticleRecord) for hit in hits], hits[-1]["sort"] if hits else after

    def by_arrival(self, arrivals: Sequence[str], choice: ArticleFilter) -> list[r.ArticleRecord]:
        """The matching documents whose newest text came with one of these arrivals."""
        wanted = {"terms": {"article.arrival": sorted(set(arrivals))}}
        hits = self._search(query=q.all_of([*choice.filters(), wanted]), size=len(arrivals))
        return [msgspec.convert(hit["_source"], r.ArticleRecord) for hit in hits]

    def _search(self, **request: Any) -> list[dict[str, Any]]:
        with translated_errors(self._client):
            try:
                answer = self._client.search(index=self._index, allow_partial_search_results=False, **request)
            except NotFoundError:
                return []
        hits: list[dict[str, Any]] = answer["hits"]["hits"]
        return hits
