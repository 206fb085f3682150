"""A time in; how many dead letters are older out, and these deleted.

They are kept as long as the topic of dead letters is, since one that is gone from there can not be sent again.
"""

from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from connectors.elastic.client import reaching
from connectors.elastic.names import Family, index_name


class Expiry:
    """All methods raise `Unavailable` when the server is away."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self.index = f"{prefix}{index_name(Family.DEADLETTERS)}"

    def count(self, before: datetime | None = None) -> int:
        """How many there are, or how many of them are older."""
        with reaching(self._client):
            try:
                self._client.indices.refresh(index=self.index)
                return int(self._client.count(index=self.index, query=_older(before))["count"])
            except NotFoundError:  # no letter yet
                return 0

    def delete(self, before: datetime) -> int:
        """How many were deleted. One that changes meanwhile stays until the next time."""
        with reaching(self._client):
            try:
                answer = self._client.delete_by_query(
                    index=self.index, query=_older(before), conflicts="proceed", refresh=True
                )
            except NotFoundError:
                return 0
            return int(answer["deleted"])


def _older(before: datetime | None) -> dict[str, Any]:
    return {"range": {"@timestamp": {"lt": before.isoformat()}}} if before else {"match_all": {}}
