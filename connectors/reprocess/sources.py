"""Stored documents, or for `clean` the pages as they arrived -> batches of messages to run again.

An article's page is the arrival that brought the text that is stored now. Older revisions do not run again, nor does
what was never stored: rejected pages are dead letters, which have a replay command of their own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec.structs import replace

from connectors.elastic.read import to_messages
from connectors.elastic.read.scan import ArticleFilter, Scan
from connectors.elastic.records import ArticleRecord
from connectors.kafka.reader import KafkaRecord, Reader
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Undecodable
from streams.contract.messages import Message, RawArticle
from streams.contract.topics import Topic
from streams.contract.trace import Trace

ARRIVAL_DELAY = timedelta(minutes=1)  # from a command to the log: far longer than it takes while Kafka is up


@dataclass(frozen=True)
class Batch:
    """Messages with their topics and traces. ``place``: where to continue after them; JSON can hold it."""

    messages: list[tuple[Topic, Message, Trace]]
    place: Any


@dataclass(frozen=True)
class Reach:
    """How far back a stage can go. ``chosen``: articles that match; ``in_reach``: those of them that can run again."""

    chosen: int
    in_reach: int
    oldest: datetime | None  # first seen, of the chosen
    pages_since: datetime | None = None  # of `clean`: when the oldest page in the topic arrived


class MessageSource(Protocol):
    def reach(self, choice: ArticleFilter) -> Reach: ...

    def batches(self, choice: ArticleFilter, run: str, place: Any, most: int) -> Iterator[Batch]:
        """Batches of at most ``most`` messages, from ``place`` on (None: from the beginning)."""


class StoredDocuments:
    """The source of `dedup`, `tag` and `story`: everything that they need is in Elasticsearch."""

    def __init__(self, stage: str, scan: Scan, topic: Topic, message: Callable[[ArticleRecord, str], Message]) -> None:
        self._stage = stage
        self._scan = scan
        self._topic = topic
        self._message = message

    def reach(self, choice: ArticleFilter) -> Reach:
        count = self._scan.count(choice)
        return Reach(count, count, self._scan.oldest(choice))

    def batches(self, choice: ArticleFilter, run: str, place: Any, most: int) -> Iterator[Batch]:
        while True:
            found, place = self._scan.page(choice, place, most)
            if not found:
                return
            again = [
                (self._topic, self._message(one, run), to_messages.trace_before(self._stage, one)) for one in found
            ]
            yield Batch(again, place)


class ArrivedPages:
    """The source of `clean`: the pages that are still in their topic."""

    def __init__(self, scan: Scan, reader: Reader) -> None:
        self._scan = scan
        self._reader = reader

    def reach(self, choice: ArticleFilter) -> Reach:
        """Estimated by the times of arrival: the pages are not read."""
        since = self._reader.oldest_time()
        reach = 0
        if since is not None:
            arrived = {"gte": (since - ARRIVAL_DELAY).isoformat()}
            reach = self._scan.count(choice, {"range": {"article.received": arrived}})
        return Reach(self._scan.count(choice), reach, self._scan.oldest(choice), since)

    def batches(self, choice: ArticleFilter, run: str, place: Any, most: int) -> Iterator[Batch]:
        if place is not None:
            self._reader.seek({int(partition): offset for partition, offset in place.items()})
        elif choice.since is not None:
            self._reader.seek_time(choice.since)  # no page arrives before it is fetched
        place = dict(place or {})
        for records in self._reader.batches_to_end():
            for start in range(0, len(records), most):
                part = records[start : start + most]
                messages = self._messages(part, choice, run)
                place |= {str(record.partition): record.offset + 1 for record in part}
                yield Batch(messages, dict(place))

    def _messages(
        self, records: list[KafkaRecord], choice: ArticleFilter, run: str
    ) -> list[tuple[Topic, Message, Trace]]:
        arrived = [page for record in records if (page := _page(record)) is not None]
        known = _by_arrival(self._scan.by_arrival([page.id for page in arrived], choice)) if arrived else {}
        return [
            (topics.RAW, replace(page, stored=to_messages.stored(found, run)), ())
            for page in arrived
            if (found := known.get((page.id, page.fetched_at))) is not None
        ]


def _page(record: KafkaRecord) -> RawArticle | None:
    """A page that arrived for the first time; None for one that ran again and for a record of another program."""
    try:
        page = decode(record.value, RawArticle)
    except Undecodable:
        return None
    return page if page.stored is None else None


def _by_arrival(found: list[ArticleRecord]) -> Mapping[tuple[str, datetime], ArticleRecord]:
    return {(one.article.arrival or "", one.article.fetched_at): one for one in found}


def documents_of(stage: str, scan: Scan) -> StoredDocuments:
    """The source of one of the stages after `clean`."""
    sources: dict[str, tuple[Topic, Callable[[ArticleRecord, str], Message]]] = {
        "dedup": (topics.CLEAN, to_messages.clean),
        "tag": (topics.UNIQUE, to_messages.unique),
        "story": (topics.TAGGED, to_messages.tagged),
    }
    return StoredDocuments(stage, scan, *sources[stage])
