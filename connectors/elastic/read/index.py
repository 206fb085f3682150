"""Requests to the index of one family of documents: hits and aggregations, and what a missing index means."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from connectors.elastic import records as r
from connectors.elastic.document_part import DocumentPart
from connectors.elastic.names import Family
from connectors.elastic.read.clauses import InvalidRequest, Query
from connectors.elastic.read.client import NotFound, SearchClient
from streams.contract.errors import UsageError

MOST = 10_000  # the most that the server returns at once

R = TypeVar("R", bound=DocumentPart)


class Index:
    """Methods raise `Unavailable` when the server is away and `UsageError` before `storywatch init`.

    An index without a document yet has no hits and no aggregations.
    """

    def __init__(self, client: SearchClient, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def hits(
        self, family: Family | Sequence[Family], query: Query, *, size: int, **options: Any
    ) -> list[dict[str, Any]]:
        """At most ``size`` documents, of one family or of several. Raises `InvalidRequest` for an impossible size."""
        _check_size(size)
        # without a total the server may stop at the documents that it returns
        answer = self._search(family, query=query, size=size, track_total_hits=False, **options)
        found: list[dict[str, Any]] = answer["hits"]["hits"]
        return found

    def hits_and_total(
        self, family: Family, query: Query, *, size: int, **options: Any
    ) -> tuple[list[dict[str, Any]], int]:
        """As `hits`, with the number of all documents that match."""
        _check_size(size)
        hits = self._search(family, query=query, size=size, track_total_hits=True, **options)["hits"]
        return hits["hits"], int(hits["total"]["value"])

    def aggregate(self, family: Family, query: Query, aggregations: dict[str, Any]) -> dict[str, Any]:
        """The results of aggregations, by name; empty where there is no document yet."""
        answer = self._search(family, query=query, size=0, aggs=aggregations)
        found: dict[str, Any] = answer.get("aggregations", {})
        return found

    def count(self, family: Family, query: Query) -> int:
        """The number of documents that match."""
        total: int = self._search(family, query=query, size=0, track_total_hits=True)["hits"]["total"]["value"]
        return total

    def refresh(self, family: str = "") -> None:
        """Make what was written so far searchable now."""
        self._client.refresh(f"{self._prefix}{family}*")

    def _search(self, family: Family | Sequence[Family], **body: Any) -> dict[str, Any]:
        several = () if isinstance(family, Family) else family
        names = ",".join(f"{self._prefix}{one}" for one in several or (family,))
        try:
            # a partial answer would look like a complete one, so a missing shard is an error
            answer = self._client.search(names, ignore_missing=bool(several), **body)
        except NotFound:
            answer = None
        if answer is not None and not (several and answer["_shards"]["total"] == 0):
            return answer
        if not self._client.installed(self._prefix):
            raise UsageError("Elasticsearch holds nothing of Storywatch yet: run `storywatch init`")
        return {"hits": {"hits": [], "total": {"value": 0}}}  # no document yet


def _check_size(size: int) -> None:
    if not 1 <= size <= MOST:
        raise InvalidRequest(f"a limit of {size} is not possible: ask for 1 to {MOST:,}")


def record(hit: dict[str, Any], kind: type[R]) -> R:
    return msgspec.convert(hit["_source"], kind)


def delivery_record(hit: dict[str, Any]) -> r.AlertRecord | r.NoticeRecord:
    """What a search of `DELIVERIES` found."""
    return record(hit, r.NoticeRecord) if "source" in hit["_source"] else record(hit, r.AlertRecord)
