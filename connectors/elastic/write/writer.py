"""Writes documents to Elasticsearch through bulk requests, with one result a document.

| answer of the server | result |
|---|---|
| 200, 201 | stored |
| 409: the stored version is newer | stale: as good as stored |
| 400 for the document, or 413 for it alone | `Rejected`: it can never be stored |
| 429, 5xx, no connection, a blocked index | retried a few times, then `Unavailable` is raised |
| an index that cannot hold the documents | `FatalError`: `storywatch init` has to be run |

Writing the same documents again changes nothing, so after `Unavailable` the caller waits and calls `write` again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import stamina
from elasticsearch import ApiError, AsyncElasticsearch, BadRequestError, NotFoundError

from connectors.elastic.client import address, blocked, translated_errors
from connectors.elastic.error_lines import BLOCKED, explain
from connectors.elastic.fields import conflicts, covers, missing
from connectors.elastic.names import family_of
from connectors.elastic.write.documents import IndexDocument
from streams.contract.errors import FatalError, Rejected, TooLarge, Unavailable

stamina.instrumentation.set_on_retry_hooks([])  # it prints each retry to stdout; the caller reports ours

CHUNK_BYTES = 5_000_000  # servers take 100 MB, but answers within a second keep the stage committing
CHUNK_DOCUMENTS = 500  # 500 a request stored 1,993 documents/s, 100 stored 1,405; more gains little
ATTEMPTS = 4  # in one call: enough for a short disturbance; the caller waits for the end of an outage
WAIT_SECONDS = 0.25  # before the second attempt; doubles with each, with jitter

# reasons of a 400 that lie with the index or the cluster, not with the document
_NOT_THE_DOCUMENT = frozenset({"index_closed_exception", "validation_exception", "invalid_alias_name_exception"})
_encode = msgspec.json.Encoder().encode


WriteStatus = Literal["stored", "stale"]  # stale: the server has a newer version, which is as good
WriteResult = WriteStatus | Rejected


@dataclass(frozen=True)
class _Line:
    """An encoded document with its place in the caller's sequence."""

    place: int
    action: bytes
    source: bytes

    @property
    def size(self) -> int:
        return len(self.action) + len(self.source) + 2


class Writer:
    """Writes documents through bulk requests. Calls of `write` may run concurrently."""

    def __init__(
        self,
        client: AsyncElasticsearch,
        prefix: str,
        *,
        attempts: int = ATTEMPTS,
        wait_seconds: float = WAIT_SECONDS,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._attempts = attempts
        self._wait_seconds = wait_seconds
        self._chunk_bytes = chunk_bytes
        self._open: set[str] = set()

    async def write(self, documents: Sequence[IndexDocument]) -> list[WriteResult]:
        """One result a document, in their order.

        Raises `Unavailable` when after a few attempts some documents are neither stored nor rejected, and `FatalError`
        when an index was not made from the templates. Writing the same documents again changes nothing.
        """
        outcomes: dict[int, WriteResult] = {}
        lines = [self._line(place, document) for place, document in enumerate(documents)]
        async for attempt in stamina.retry_context(
            on=Unavailable,
            attempts=self._attempts,
            timeout=None,
            wait_initial=self._wait_seconds,
            wait_max=self._wait_seconds * 8,
            wait_jitter=self._wait_seconds,
        ):
            with attempt:
                await self._check({f"{self._prefix}{document.index}" for document in documents})
                left = [line for line in lines if line.place not in outcomes]
                await self._send(left, outcomes)
        return [outcomes[line.place] for line in lines]

    def _line(self, place: int, document: IndexDocument) -> _Line:
        action = {
            "index": {
                "_index": f"{self._prefix}{document.index}",
                "_id": document.id,
                "version": document.version,
                "version_type": "external" if document.exclusive else "external_gte",
            }
        }
        return _Line(place, _encode(action), _encode(document.source))

    async def _check(self, indices: set[str]) -> None:
        """Check or create each index once: none is created by a document, so none has a guessed mapping."""
        for index in sorted(indices - self._open):
            with translated_errors(self._client):
                try:
                    answer = await self._client.indices.get_mapping(index=index)
                except NotFoundError:
                    await self._create(index)
                else:
                    for found in answer.body.values():  # under its own name, or that of an index that replaced it
                        self._check_mapping(index, found["mappings"])
            self._open.add(index)

    def _check_mapping(self, index: str, found: dict[str, Any]) -> None:
        family = family_of(index.removeprefix(self._prefix))
        problems = conflicts(family, found) or [f"field {path} is missing" for path in missing(family, found)]
        if problems:
            raise FatalError(f"index {index} cannot take documents: {problems[0]}. Run `storywatch init`")

    async def _create(self, index: str) -> None:
        answer = await self._client.indices.simulate_index_template(name=index)
        if not covers(family_of(index.removeprefix(self._prefix)), answer.body):
            raise FatalError(f"no template makes index {index} as this version needs it. Run `storywatch init`")
        try:
            await self._client.indices.create(index=index)
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":  # else another worker created it first
                raise Unavailable(f"index {index} cannot be made now: {explain(error.body)}") from error

    async def _send(self, lines: Sequence[_Line], outcomes: dict[int, WriteResult]) -> None:
        """Raises `Unavailable` after all chunks were tried, so that one busy index does not delay the others."""
        trouble: Unavailable | None = None
        for chunk in self._chunks(lines):
            try:
                await self._send_chunk(chunk, outcomes)
            except Unavailable as error:
                trouble = error
        if trouble is not None:
            raise trouble

    def _chunks(self, lines: Sequence[_Line]) -> Iterator[list[_Line]]:
        chunk: list[_Line] = []
        size = 0
        for line in lines:
            if chunk and (size + line.size > self._chunk_bytes or len(chunk) == CHUNK_DOCUMENTS):
                yield chunk
                chunk, size = [], 0
            chunk.append(line)
            size += line.size
        if chunk:
            yield chunk

    async def _send_chunk(self, chunk: Sequence[_Line], outcomes: dict[int, WriteResult]) -> None:
        answer = await self._bulk(chunk)
        if not isinstance(answer, Rejected):
            self._read(chunk, answer, outcomes)
        elif len(chunk) == 1:
            outcomes[chunk[0].place] = answer
        else:  # too large together, or one of them is: bisect
            middle = len(chunk) // 2
            await self._send(chunk[:middle], outcomes)
            await self._send(chunk[middle:], outcomes)

    async def _bulk(self, chunk: Sequence[_Line]) -> list[dict[str, Any]] | Rejected:
        """The answer for each line, or why the whole request was rejected."""
        operations: list[Any] = [part for line in chunk for part in (line.action, line.source)]
        with translated_errors(self._client):
            try:
                answer = await self._client.bulk(operations=operations)
            except ApiError as error:
                if error.status_code == 413:
                    return TooLarge(f"{sum(line.size for line in chunk):,} bytes: more than the server takes at once")
                if error.status_code == 400:
                    return Rejected(f"the server refuses the request: {explain(error.body)}")
                raise
        items: list[dict[str, Any]] = answer["items"]
        return items

    def _read(self, chunk: Sequence[_Line], items: list[dict[str, Any]], outcomes: dict[int, WriteResult]) -> None:
        busy = []
        for line, item in zip(chunk, items, strict=True):
            result = item["index"]
            status = result["status"]
            if status in (200, 201):
                outcomes[line.place] = "stored"
            elif status == 409:
                outcomes[line.place] = "stale"
            elif status == 400 and result["error"]["type"] not in _NOT_THE_DOCUMENT:
                outcomes[line.place] = Rejected(f"the mapping refuses it: {explain(result)}")
            else:
                busy.append(result)
        self._open -= {result["_index"] for result in busy}  # it may have been closed, deleted or recreated
        if any(result["error"]["type"] == BLOCKED for result in busy):
            raise Unavailable(blocked(self._client, next(one for one in busy if one["error"]["type"] == BLOCKED)))
        if busy:
            raise Unavailable(
                f"Elasticsearch at {address(self._client)} did not take {len(busy)} of {len(chunk)} documents "
                f"(HTTP {busy[0]['status']}: {explain(busy[0])})"
            )
