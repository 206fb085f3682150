"""Answers a request that comes again with the same ``Idempotency-Key`` as it was answered the first time.

In the memory of one process: articles that are sent again change nothing anyway, since their ids are derived from them.
What this adds is the same answer, and an error where a key is used for two different bodies.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from connectors.api.problems import ProblemError

KEPT_SECONDS = 86_400.0
MOST_BYTES = 64_000_000  # of answers; the oldest go first
ENTRY_BYTES = 300  # of an entry without its answer, about


@dataclass(frozen=True)
class Answer:
    """What was answered: ``body`` is JSON."""

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True)
class _Entry:
    digest: str  # of the request
    at: float
    answer: Answer | None = None  # None: in progress


class Answers:
    """Keys and what was answered to them. Used by one thread."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._bytes = 0

    def begin(self, owner: str, key: str, digest: str) -> Answer | None:
        """The earlier answer; None for a new request, which `finish` or `abandon` has to end.

        Raises `ProblemError`: 409 while the first request is in progress, 422 if that had another body.
        """
        self._expire()
        found = self._entries.get((owner, key))
        if found is None:
            self._put(owner, key, _Entry(digest, self._clock()))
            return None
        if found.digest != digest:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "this Idempotency-Key was used for another request: make a new one"
            )
        if found.answer is None:
            raise ProblemError(
                HTTPStatus.CONFLICT,
                "the first request with this Idempotency-Key is in progress: ask again later",
                headers={"Retry-After": "1"},
            )
        return found.answer

    def finish(self, owner: str, key: str, answer: Answer) -> None:
        """Keep the answer for requests that come again."""
        entry = self._remove(owner, key)
        if entry is not None:
            self._put(owner, key, _Entry(entry.digest, self._clock(), answer))
        while self._bytes > MOST_BYTES:
            self._remove(*next(iter(self._entries)))

    def abandon(self, owner: str, key: str) -> None:
        """Forget a request that was not carried out in full: it may be tried again."""
        self._remove(owner, key)

    def _expire(self) -> None:
        oldest = self._clock() - KEPT_SECONDS
        while self._entries and next(iter(self._entries.values())).at < oldest:
            self._remove(*next(iter(self._entries)))

    def _put(self, owner: str, key: str, entry: _Entry) -> None:
        self._entries[owner, key] = entry
        self._bytes += _size(entry)

    def _remove(self, owner: str, key: str) -> _Entry | None:
        entry = self._entries.pop((owner, key), None)
        self._bytes -= _size(entry) if entry is not None else 0
        return entry


def _size(entry: _Entry) -> int:
    return ENTRY_BYTES + (len(entry.answer.body) if entry.answer is not None else 0)
