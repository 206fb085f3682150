"""All documents that match some filters, the oldest first, a page at a time: for exports of any size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from connectors.elastic.document_part import DocumentPart
from connectors.elastic.names import Family, index_pattern
from connectors.elastic.read import clauses as q
from connectors.elastic.read.client import NotFound, SearchClient
from streams.contract.errors import UsageError

PAGE = 500  # documents per request: with their texts some megabytes
KEEP_ALIVE = "5m"  # of the point in time, from one page to the next

R = TypeVar("R", bound=DocumentPart)


@dataclass(frozen=True)
class Cursor:
    """The position after the document of this time (milliseconds since 1970) and id."""

    time: int
    id: str

    def __str__(self) -> str:
        return f"{self.time}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises `UsageError`."""
        time, _, one = text.partition(":")
        if not (time.isdecimal() and one):
            raise UsageError(f"--after: {text!r} is no place that an export has named, such as 1767225600000:3f2a9c01")
        return cls(int(time), one)


@dataclass(frozen=True)
class Walk(Generic[R]):
    """Iterates over the documents of one family; ``id_field`` orders those of the same time."""

    client: SearchClient
    prefix: str
    family: Family
    kind: type[R]
    id_field: str

    def count(self, filters: Sequence[q.Query]) -> int:
        """The number of documents. Raises `Unavailable`, and `UsageError` before `storywatch init`."""
        try:
            return self.client.count(f"{self.prefix}{self.family}", q.all_of(list(filters)))
        except NotFound:
            if not self.client.installed(self.prefix):
                raise UsageError("Elasticsearch holds nothing of Storywatch yet: run `storywatch init`") from None
            return 0

    def each(
        self, filters: Sequence[q.Query], after: Cursor | None = None, *, page: int = PAGE
    ) -> Iterator[tuple[R, Cursor]]:
        """Each document with its cursor, as of the start: later writes are not in it. Raises `Unavailable`."""
        try:
            # of the indices themselves: for an alias the embedded server takes only the first of them
            pit = self.client.open_point_in_time(f"{self.prefix}{index_pattern(self.family)}", KEEP_ALIVE)
        except NotFound:
            return  # no document yet
        try:
            while True:
                hits = self._page(pit, filters, after, page)
                for hit in hits:
                    after = Cursor(*hit["sort"][:2])
                    yield msgspec.convert(hit["_source"], self.kind), after
                if len(hits) < page:
                    return
        finally:
            self.client.close_point_in_time(pit)

    def _page(self, pit: str, filters: Sequence[q.Query], after: Cursor | None, page: int) -> list[dict[str, Any]]:
        position: dict[str, Any] = {"search_after": [after.time, after.id]} if after else {}
        answer = self.client.search(
            None,
            pit={"id": pit, "keep_alive": KEEP_ALIVE},
            query=q.all_of(list(filters)),
            size=page,
            track_total_hits=False,
            sort=[{"@timestamp": {"order": "asc"}}, {self.id_field: {"order": "asc"}}],
            **position,
        )
        hits: list[dict[str, Any]] = answer["hits"]["hits"]
        return hits
