"""All documents of the indices of one prefix, over plain HTTP, without a client."""

from dataclasses import dataclass
from typing import Any

import httpx

PAGE = 1_000  # documents a request
ANSWER_SECONDS = 30.0


@dataclass(frozen=True)
class Document:
    index: str
    id: str
    version: int
    source: dict[str, Any]

    def get(self, path: str) -> Any:
        """The field at a dotted path, None when it is not there."""
        value: Any = self.source
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value


def articles(server: str, prefix: str) -> list[Document]:
    return _all(server, f"{prefix}articles-v1-*", "article.id")


def stories(server: str, prefix: str) -> list[Document]:
    return _all(server, f"{prefix}stories-v1", "story.id")


def alerts(server: str, prefix: str) -> list[Document]:
    return _all(server, f"{prefix}alerts-v1-*", "alert.id")


def letters(server: str, prefix: str) -> list[Document]:
    return _all(server, f"{prefix}deadletters-v1", "letter.id")


def _all(server: str, pattern: str, order: str) -> list[Document]:
    """Everything in the indices of a pattern, one index after another, in the order of a field."""
    with httpx.Client(base_url=server, timeout=ANSWER_SECONDS, trust_env=False) as client:
        refreshed = client.post(f"/{pattern}/_refresh")
        if refreshed.status_code == httpx.codes.NOT_FOUND:
            return []  # an index comes with its first document
        _answer(refreshed)
        found: list[Document] = []
        for index in sorted(_answer(client.get(f"/{pattern}"))):
            found += _of_index(client, index, order)
        return found


def _of_index(client: httpx.Client, index: str, order: str) -> list[Document]:
    found: dict[str, Document] = {}
    after: list[Any] | None = None
    while True:
        query: dict[str, Any] = {"size": PAGE, "version": True, "sort": [{order: "asc"}]}
        if after is not None:
            query["search_after"] = after
        hits = _answer(client.post(f"/{index}/_search", json=query))["hits"]["hits"]
        for hit in hits:
            found[hit["_id"]] = Document(hit["_index"], hit["_id"], hit["_version"], hit["_source"])
        if len(hits) < PAGE:
            return list(found.values())
        after = hits[-1]["sort"]


def _answer(response: httpx.Response) -> dict[str, Any]:
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer
