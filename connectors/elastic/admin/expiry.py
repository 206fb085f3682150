"""Counts and deletes documents of old dead letters.

They live as long as records in the topic of dead letters, since a letter that has left it cannot be sent again.
"""

from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from connectors.elastic.client import address, translated_errors
from connectors.elastic.names import Family, index_name
from streams.contract.errors import Unavailable

PAGE = 1_000


class Expiry:
    """The documents of dead letters. All methods raise `Unavailable` when the server is away."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self.index = f"{prefix}{index_name(Family.DEADLETTERS)}"

    def count(self, before: datetime | None = None) -> int:
        """How many there are, or how many are older than ``before``."""
        with translated_errors(self._client):
            try:
                self._client.indices.refresh(index=self.index)
                return int(self._client.count(index=self.index, query=_older(before))["count"])
            except NotFoundError:  # no letter yet
                return 0

    def delete(self, before: datetime) -> int:
        """Delete the older ones and return their number. Page by page, since not every server has delete-by-query."""
        deleted = 0
        with translated_errors(self._client):
            while found := self._page(before):
                answer = self._client.bulk(operations=[{"delete": {"_index": self.index, "_id": id_}} for id_ in found])
                if answer["errors"]:
                    raise Unavailable(f"Elasticsearch at {address(self._client)} deletes nothing from {self.index} now")
                self._client.indices.refresh(index=self.index)
                deleted += len(found)
                if len(found) < PAGE:
                    break
        return deleted

    def _page(self, before: datetime) -> list[str]:
        try:
            answer = self._client.search(index=self.index, query=_older(before), size=PAGE, source=False)
        except NotFoundError:
            return []
        return [hit["_id"] for hit in answer["hits"]["hits"]]


def _older(before: datetime | None) -> dict[str, Any]:
    return {"range": {"@timestamp": {"lt": before.isoformat()}}} if before else {"match_all": {}}
